from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="FileOut")


@_attrs_define
class FileOut:
    """One file of a ballot, without its content: when and why it was compiled.

    Attributes:
        compiled_at (datetime.datetime):
        compiled_by (str):
        file_sha256 (str):
        reason (str):
        sequence (int):
    """

    compiled_at: datetime.datetime
    compiled_by: str
    file_sha256: str
    reason: str
    sequence: int

    def to_dict(self) -> dict[str, Any]:
        compiled_at = self.compiled_at.isoformat()

        compiled_by = self.compiled_by

        file_sha256 = self.file_sha256

        reason = self.reason

        sequence = self.sequence

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "compiled_at": compiled_at,
                "compiled_by": compiled_by,
                "file_sha256": file_sha256,
                "reason": reason,
                "sequence": sequence,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        compiled_at = datetime.datetime.fromisoformat(d.pop("compiled_at"))

        compiled_by = d.pop("compiled_by")

        file_sha256 = d.pop("file_sha256")

        reason = d.pop("reason")

        sequence = d.pop("sequence")

        file_out = cls(
            compiled_at=compiled_at,
            compiled_by=compiled_by,
            file_sha256=file_sha256,
            reason=reason,
            sequence=sequence,
        )

        return file_out
