from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.condition import Condition


T = TypeVar("T", bound="BallotVote")


@_attrs_define
class BallotVote:
    """Who voted and when; what, only to those who may know it yet.

    Attributes:
        capacity (str):
        cast_at (datetime.datetime):
        choice (None | str):
        conditions (list[Condition] | None):
        holder_sub (str):
        key_id (None | str):
        legal_bar (None | str):
        reason (None | str):
        seat (str):
        vote_id (str):
    """

    capacity: str
    cast_at: datetime.datetime
    choice: None | str
    conditions: list[Condition] | None
    holder_sub: str
    key_id: None | str
    legal_bar: None | str
    reason: None | str
    seat: str
    vote_id: str

    def to_dict(self) -> dict[str, Any]:
        capacity = self.capacity

        cast_at = self.cast_at.isoformat()

        choice: None | str
        choice = self.choice

        conditions: list[dict[str, Any]] | None
        if isinstance(self.conditions, list):
            conditions = []
            for conditions_type_0_item_data in self.conditions:
                conditions_type_0_item = conditions_type_0_item_data.to_dict()
                conditions.append(conditions_type_0_item)

        else:
            conditions = self.conditions

        holder_sub = self.holder_sub

        key_id: None | str
        key_id = self.key_id

        legal_bar: None | str
        legal_bar = self.legal_bar

        reason: None | str
        reason = self.reason

        seat = self.seat

        vote_id = self.vote_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "capacity": capacity,
                "cast_at": cast_at,
                "choice": choice,
                "conditions": conditions,
                "holder_sub": holder_sub,
                "key_id": key_id,
                "legal_bar": legal_bar,
                "reason": reason,
                "seat": seat,
                "vote_id": vote_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.condition import Condition  # noqa: PLC0415

        d = dict(src_dict)
        capacity = d.pop("capacity")

        cast_at = datetime.datetime.fromisoformat(d.pop("cast_at"))

        def _parse_choice(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        choice = _parse_choice(d.pop("choice"))

        def _parse_conditions(data: object) -> list[Condition] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                conditions_type_0 = []
                _conditions_type_0 = data
                for conditions_type_0_item_data in _conditions_type_0:
                    conditions_type_0_item = Condition.from_dict(conditions_type_0_item_data)

                    conditions_type_0.append(conditions_type_0_item)

                return conditions_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Condition] | None, data)

        conditions = _parse_conditions(d.pop("conditions"))

        holder_sub = d.pop("holder_sub")

        def _parse_key_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        key_id = _parse_key_id(d.pop("key_id"))

        def _parse_legal_bar(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        legal_bar = _parse_legal_bar(d.pop("legal_bar"))

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        seat = d.pop("seat")

        vote_id = d.pop("vote_id")

        ballot_vote = cls(
            capacity=capacity,
            cast_at=cast_at,
            choice=choice,
            conditions=conditions,
            holder_sub=holder_sub,
            key_id=key_id,
            legal_bar=legal_bar,
            reason=reason,
            seat=seat,
            vote_id=vote_id,
        )

        return ballot_vote
