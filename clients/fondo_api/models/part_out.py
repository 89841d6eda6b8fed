from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="PartOut")


@_attrs_define
class PartOut:
    """A part of the file with its own hash, over an object of this part alone.

    Attributes:
        part (str):
        sha256 (str):
    """

    part: str
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        part = self.part

        sha256 = self.sha256

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "part": part,
                "sha256": sha256,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        part = d.pop("part")

        sha256 = d.pop("sha256")

        part_out = cls(
            part=part,
            sha256=sha256,
        )

        return part_out
