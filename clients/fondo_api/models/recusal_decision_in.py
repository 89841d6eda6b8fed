from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecusalDecisionIn")


@_attrs_define
class RecusalDecisionIn:
    """Whether the recusal is accepted, and why.

    Attributes:
        accepted (bool):
        reason (str):
    """

    accepted: bool
    reason: str

    def to_dict(self) -> dict[str, Any]:
        accepted = self.accepted

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "accepted": accepted,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        accepted = d.pop("accepted")

        reason = d.pop("reason")

        recusal_decision_in = cls(
            accepted=accepted,
            reason=reason,
        )

        return recusal_decision_in
