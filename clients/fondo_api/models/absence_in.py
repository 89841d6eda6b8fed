from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="AbsenceIn")


@_attrs_define
class AbsenceIn:
    """From when to when the seat's titular is absent, and why.

    Attributes:
        from_at (datetime.datetime):
        reason (str):
        to_at (datetime.datetime):
    """

    from_at: datetime.datetime
    reason: str
    to_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        from_at = self.from_at.isoformat()

        reason = self.reason

        to_at = self.to_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "from_at": from_at,
                "reason": reason,
                "to_at": to_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        from_at = datetime.datetime.fromisoformat(d.pop("from_at"))

        reason = d.pop("reason")

        to_at = datetime.datetime.fromisoformat(d.pop("to_at"))

        absence_in = cls(
            from_at=from_at,
            reason=reason,
            to_at=to_at,
        )

        return absence_in
