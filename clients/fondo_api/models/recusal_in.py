from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecusalIn")


@_attrs_define
class RecusalIn:
    """A ground of LPAG article 99 (1 to 6) and what makes it apply.

    Attributes:
        ground (int):
        reason (str):
    """

    ground: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        ground = self.ground

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ground": ground,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ground = d.pop("ground")

        reason = d.pop("reason")

        recusal_in = cls(
            ground=ground,
            reason=reason,
        )

        return recusal_in
