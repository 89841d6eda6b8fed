from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="CountedVote")


@_attrs_define
class CountedVote:
    """One vote of a resolution.

    Attributes:
        cast_at (datetime.datetime):
        choice (str):
        holder_sub (str):
        seat (str):
        vote_id (str):
    """

    cast_at: datetime.datetime
    choice: str
    holder_sub: str
    seat: str
    vote_id: str

    def to_dict(self) -> dict[str, Any]:
        cast_at = self.cast_at.isoformat()

        choice = self.choice

        holder_sub = self.holder_sub

        seat = self.seat

        vote_id = self.vote_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "cast_at": cast_at,
                "choice": choice,
                "holder_sub": holder_sub,
                "seat": seat,
                "vote_id": vote_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        cast_at = datetime.datetime.fromisoformat(d.pop("cast_at"))

        choice = d.pop("choice")

        holder_sub = d.pop("holder_sub")

        seat = d.pop("seat")

        vote_id = d.pop("vote_id")

        counted_vote = cls(
            cast_at=cast_at,
            choice=choice,
            holder_sub=holder_sub,
            seat=seat,
            vote_id=vote_id,
        )

        return counted_vote
