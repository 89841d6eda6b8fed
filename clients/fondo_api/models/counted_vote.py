from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CountedVote")


@_attrs_define
class CountedVote:
    """One vote of a resolution, with what proves it. Votes from before there were keys have
    none.

        Attributes:
            cast_at (datetime.datetime):
            choice (str):
            holder_sub (str):
            seat (str):
            vote_id (str):
            capacity (str | Unset):  Default: 'titular'.
            key_id (None | str | Unset):
            signature (None | str | Unset):
    """

    cast_at: datetime.datetime
    choice: str
    holder_sub: str
    seat: str
    vote_id: str
    capacity: str | Unset = "titular"
    key_id: None | str | Unset = UNSET
    signature: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        cast_at = self.cast_at.isoformat()

        choice = self.choice

        holder_sub = self.holder_sub

        seat = self.seat

        vote_id = self.vote_id

        capacity = self.capacity

        key_id: None | str | Unset
        if isinstance(self.key_id, Unset):
            key_id = UNSET
        else:
            key_id = self.key_id

        signature: None | str | Unset
        if isinstance(self.signature, Unset):
            signature = UNSET
        else:
            signature = self.signature

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
        if capacity is not UNSET:
            field_dict["capacity"] = capacity
        if key_id is not UNSET:
            field_dict["key_id"] = key_id
        if signature is not UNSET:
            field_dict["signature"] = signature

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        cast_at = datetime.datetime.fromisoformat(d.pop("cast_at"))

        choice = d.pop("choice")

        holder_sub = d.pop("holder_sub")

        seat = d.pop("seat")

        vote_id = d.pop("vote_id")

        capacity = d.pop("capacity", UNSET)

        def _parse_key_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        key_id = _parse_key_id(d.pop("key_id", UNSET))

        def _parse_signature(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        signature = _parse_signature(d.pop("signature", UNSET))

        counted_vote = cls(
            cast_at=cast_at,
            choice=choice,
            holder_sub=holder_sub,
            seat=seat,
            vote_id=vote_id,
            capacity=capacity,
            key_id=key_id,
            signature=signature,
        )

        return counted_vote
