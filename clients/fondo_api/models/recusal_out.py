from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecusalOut")


@_attrs_define
class RecusalOut:
    """A recusal.

    Attributes:
        ballot_id (str):
        ground (int):
        holder_sub (str):
        id (str):
        raised_at (datetime.datetime):
        reason (str):
        seat (str):
    """

    ballot_id: str
    ground: int
    holder_sub: str
    id: str
    raised_at: datetime.datetime
    reason: str
    seat: str

    def to_dict(self) -> dict[str, Any]:
        ballot_id = self.ballot_id

        ground = self.ground

        holder_sub = self.holder_sub

        id = self.id

        raised_at = self.raised_at.isoformat()

        reason = self.reason

        seat = self.seat

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ballot_id": ballot_id,
                "ground": ground,
                "holder_sub": holder_sub,
                "id": id,
                "raised_at": raised_at,
                "reason": reason,
                "seat": seat,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ballot_id = d.pop("ballot_id")

        ground = d.pop("ground")

        holder_sub = d.pop("holder_sub")

        id = d.pop("id")

        raised_at = datetime.datetime.fromisoformat(d.pop("raised_at"))

        reason = d.pop("reason")

        seat = d.pop("seat")

        recusal_out = cls(
            ballot_id=ballot_id,
            ground=ground,
            holder_sub=holder_sub,
            id=id,
            raised_at=raised_at,
            reason=reason,
            seat=seat,
        )

        return recusal_out
