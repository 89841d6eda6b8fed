from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="BallotSeat")


@_attrs_define
class BallotSeat:
    """A seat in a ballot: who may act for it, has it answered, and how.

    Attributes:
        absent (bool):
        alternate_sub (None | str):
        chair (bool):
        deputy_chair (bool):
        holder_name (None | str):
        holder_sub (None | str):
        recused (bool):
        seat (str):
        voted (bool):
    """

    absent: bool
    alternate_sub: None | str
    chair: bool
    deputy_chair: bool
    holder_name: None | str
    holder_sub: None | str
    recused: bool
    seat: str
    voted: bool

    def to_dict(self) -> dict[str, Any]:
        absent = self.absent

        alternate_sub: None | str
        alternate_sub = self.alternate_sub

        chair = self.chair

        deputy_chair = self.deputy_chair

        holder_name: None | str
        holder_name = self.holder_name

        holder_sub: None | str
        holder_sub = self.holder_sub

        recused = self.recused

        seat = self.seat

        voted = self.voted

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "absent": absent,
                "alternate_sub": alternate_sub,
                "chair": chair,
                "deputy_chair": deputy_chair,
                "holder_name": holder_name,
                "holder_sub": holder_sub,
                "recused": recused,
                "seat": seat,
                "voted": voted,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        absent = d.pop("absent")

        def _parse_alternate_sub(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        alternate_sub = _parse_alternate_sub(d.pop("alternate_sub"))

        chair = d.pop("chair")

        deputy_chair = d.pop("deputy_chair")

        def _parse_holder_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        holder_name = _parse_holder_name(d.pop("holder_name"))

        def _parse_holder_sub(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        holder_sub = _parse_holder_sub(d.pop("holder_sub"))

        recused = d.pop("recused")

        seat = d.pop("seat")

        voted = d.pop("voted")

        ballot_seat = cls(
            absent=absent,
            alternate_sub=alternate_sub,
            chair=chair,
            deputy_chair=deputy_chair,
            holder_name=holder_name,
            holder_sub=holder_sub,
            recused=recused,
            seat=seat,
            voted=voted,
        )

        return ballot_seat
