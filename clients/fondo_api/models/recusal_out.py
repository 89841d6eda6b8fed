from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.standing_out import StandingOut


T = TypeVar("T", bound="RecusalOut")


@_attrs_define
class RecusalOut:
    """A recusal: of whom, why, who raised it, and what was decided. `decider` is the seat that is
    to decide it, null when it is decided or nobody can preside; then it ends at `decide_by`.

        Attributes:
            application_id (str):
            ballot_id (str):
            decide_by (datetime.datetime):
            decided_at (datetime.datetime | None):
            decided_by (None | str):
            decider (None | str):
            decision_reason (None | str):
            ground (int):
            holder_sub (str):
            id (str):
            late (bool):
            origin (str):
            outcome (str):
            raised_at (datetime.datetime):
            raised_by (str):
            reason (str):
            seat (str):
            standing (StandingOut): How many seats can still be present and vote; `alternates_needed` when they are fewer
                than
                three present or two votes, so that the alternates are to be called.
    """

    application_id: str
    ballot_id: str
    decide_by: datetime.datetime
    decided_at: datetime.datetime | None
    decided_by: None | str
    decider: None | str
    decision_reason: None | str
    ground: int
    holder_sub: str
    id: str
    late: bool
    origin: str
    outcome: str
    raised_at: datetime.datetime
    raised_by: str
    reason: str
    seat: str
    standing: StandingOut

    def to_dict(self) -> dict[str, Any]:
        application_id = self.application_id

        ballot_id = self.ballot_id

        decide_by = self.decide_by.isoformat()

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        decided_by: None | str
        decided_by = self.decided_by

        decider: None | str
        decider = self.decider

        decision_reason: None | str
        decision_reason = self.decision_reason

        ground = self.ground

        holder_sub = self.holder_sub

        id = self.id

        late = self.late

        origin = self.origin

        outcome = self.outcome

        raised_at = self.raised_at.isoformat()

        raised_by = self.raised_by

        reason = self.reason

        seat = self.seat

        standing = self.standing.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "application_id": application_id,
                "ballot_id": ballot_id,
                "decide_by": decide_by,
                "decided_at": decided_at,
                "decided_by": decided_by,
                "decider": decider,
                "decision_reason": decision_reason,
                "ground": ground,
                "holder_sub": holder_sub,
                "id": id,
                "late": late,
                "origin": origin,
                "outcome": outcome,
                "raised_at": raised_at,
                "raised_by": raised_by,
                "reason": reason,
                "seat": seat,
                "standing": standing,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.standing_out import StandingOut  # noqa: PLC0415

        d = dict(src_dict)
        application_id = d.pop("application_id")

        ballot_id = d.pop("ballot_id")

        decide_by = datetime.datetime.fromisoformat(d.pop("decide_by"))

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

        def _parse_decided_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decided_by = _parse_decided_by(d.pop("decided_by"))

        def _parse_decider(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decider = _parse_decider(d.pop("decider"))

        def _parse_decision_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decision_reason = _parse_decision_reason(d.pop("decision_reason"))

        ground = d.pop("ground")

        holder_sub = d.pop("holder_sub")

        id = d.pop("id")

        late = d.pop("late")

        origin = d.pop("origin")

        outcome = d.pop("outcome")

        raised_at = datetime.datetime.fromisoformat(d.pop("raised_at"))

        raised_by = d.pop("raised_by")

        reason = d.pop("reason")

        seat = d.pop("seat")

        standing = StandingOut.from_dict(d.pop("standing"))

        recusal_out = cls(
            application_id=application_id,
            ballot_id=ballot_id,
            decide_by=decide_by,
            decided_at=decided_at,
            decided_by=decided_by,
            decider=decider,
            decision_reason=decision_reason,
            ground=ground,
            holder_sub=holder_sub,
            id=id,
            late=late,
            origin=origin,
            outcome=outcome,
            raised_at=raised_at,
            raised_by=raised_by,
            reason=reason,
            seat=seat,
            standing=standing,
        )

        return recusal_out
