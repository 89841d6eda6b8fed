from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="BallotRecusal")


@_attrs_define
class BallotRecusal:
    """Whether a person may take part: decided, or to be decided by `decide_by`; the reasons stand
    at /v1/ballots/{id}/recusals.

        Attributes:
            decide_by (datetime.datetime):
            holder_sub (str):
            id (str):
            late (bool):
            origin (str):
            outcome (str):
            seat (str):
    """

    decide_by: datetime.datetime
    holder_sub: str
    id: str
    late: bool
    origin: str
    outcome: str
    seat: str

    def to_dict(self) -> dict[str, Any]:
        decide_by = self.decide_by.isoformat()

        holder_sub = self.holder_sub

        id = self.id

        late = self.late

        origin = self.origin

        outcome = self.outcome

        seat = self.seat

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "decide_by": decide_by,
                "holder_sub": holder_sub,
                "id": id,
                "late": late,
                "origin": origin,
                "outcome": outcome,
                "seat": seat,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        decide_by = datetime.datetime.fromisoformat(d.pop("decide_by"))

        holder_sub = d.pop("holder_sub")

        id = d.pop("id")

        late = d.pop("late")

        origin = d.pop("origin")

        outcome = d.pop("outcome")

        seat = d.pop("seat")

        ballot_recusal = cls(
            decide_by=decide_by,
            holder_sub=holder_sub,
            id=id,
            late=late,
            origin=origin,
            outcome=outcome,
            seat=seat,
        )

        return ballot_recusal
