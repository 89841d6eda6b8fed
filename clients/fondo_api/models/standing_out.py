from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="StandingOut")


@_attrs_define
class StandingOut:
    """How many seats can still be present and vote; `alternates_needed` when they are fewer than
    three present or two votes, so that the alternates are to be called.

        Attributes:
            alternates_needed (bool):
            can_be_present (int):
            can_vote (int):
    """

    alternates_needed: bool
    can_be_present: int
    can_vote: int

    def to_dict(self) -> dict[str, Any]:
        alternates_needed = self.alternates_needed

        can_be_present = self.can_be_present

        can_vote = self.can_vote

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "alternates_needed": alternates_needed,
                "can_be_present": can_be_present,
                "can_vote": can_vote,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        alternates_needed = d.pop("alternates_needed")

        can_be_present = d.pop("can_be_present")

        can_vote = d.pop("can_vote")

        standing_out = cls(
            alternates_needed=alternates_needed,
            can_be_present=can_be_present,
            can_vote=can_vote,
        )

        return standing_out
