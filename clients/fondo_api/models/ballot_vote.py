from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="BallotVote")


@_attrs_define
class BallotVote:
    """Who voted and when; what, only after the decision.

    Attributes:
        cast_at (datetime.datetime):
        choice (None | str):
        holder_sub (str):
        reason (None | str):
        seat (str):
        vote_id (str):
    """

    cast_at: datetime.datetime
    choice: None | str
    holder_sub: str
    reason: None | str
    seat: str
    vote_id: str

    def to_dict(self) -> dict[str, Any]:
        cast_at = self.cast_at.isoformat()

        choice: None | str
        choice = self.choice

        holder_sub = self.holder_sub

        reason: None | str
        reason = self.reason

        seat = self.seat

        vote_id = self.vote_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "cast_at": cast_at,
                "choice": choice,
                "holder_sub": holder_sub,
                "reason": reason,
                "seat": seat,
                "vote_id": vote_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        cast_at = datetime.datetime.fromisoformat(d.pop("cast_at"))

        def _parse_choice(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        choice = _parse_choice(d.pop("choice"))

        holder_sub = d.pop("holder_sub")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        seat = d.pop("seat")

        vote_id = d.pop("vote_id")

        ballot_vote = cls(
            cast_at=cast_at,
            choice=choice,
            holder_sub=holder_sub,
            reason=reason,
            seat=seat,
            vote_id=vote_id,
        )

        return ballot_vote
