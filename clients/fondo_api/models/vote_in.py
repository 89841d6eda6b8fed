from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.vote_in_choice import VoteInChoice, check_vote_in_choice
from ..types import UNSET, Unset

T = TypeVar("T", bound="VoteIn")


@_attrs_define
class VoteIn:
    """A seat's choice; a vote against carries its reason.

    Attributes:
        choice (VoteInChoice):
        reason (None | str | Unset):
    """

    choice: VoteInChoice
    reason: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        choice: str = self.choice

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "choice": choice,
            }
        )
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        choice = check_vote_in_choice(d.pop("choice"))

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        vote_in = cls(
            choice=choice,
            reason=reason,
        )

        return vote_in
