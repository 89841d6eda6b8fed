from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.ballot_summary import BallotSummary
    from ..models.tie_out import TieOut


T = TypeVar("T", bound="WaitingBallot")


@_attrs_define
class WaitingBallot:
    """A ballot that takes votes, and whether the reader may vote in it now or why not.

    Attributes:
        ballot (BallotSummary): A ballot in a list.
        capacity (str):
        closes_at (datetime.datetime):
        conflicts (list[TieOut]): The reader's declared interests that meet its parties.
        may_vote (bool):
        presides (bool):
        refusal (None | str):
        seats_voted (int):
        voted (bool):
        working_days_left (int):
    """

    ballot: BallotSummary
    capacity: str
    closes_at: datetime.datetime
    conflicts: list[TieOut]
    may_vote: bool
    presides: bool
    refusal: None | str
    seats_voted: int
    voted: bool
    working_days_left: int

    def to_dict(self) -> dict[str, Any]:
        ballot = self.ballot.to_dict()

        capacity = self.capacity

        closes_at = self.closes_at.isoformat()

        conflicts = []
        for conflicts_item_data in self.conflicts:
            conflicts_item = conflicts_item_data.to_dict()
            conflicts.append(conflicts_item)

        may_vote = self.may_vote

        presides = self.presides

        refusal: None | str
        refusal = self.refusal

        seats_voted = self.seats_voted

        voted = self.voted

        working_days_left = self.working_days_left

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ballot": ballot,
                "capacity": capacity,
                "closes_at": closes_at,
                "conflicts": conflicts,
                "may_vote": may_vote,
                "presides": presides,
                "refusal": refusal,
                "seats_voted": seats_voted,
                "voted": voted,
                "working_days_left": working_days_left,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ballot_summary import BallotSummary  # noqa: PLC0415
        from ..models.tie_out import TieOut  # noqa: PLC0415

        d = dict(src_dict)
        ballot = BallotSummary.from_dict(d.pop("ballot"))

        capacity = d.pop("capacity")

        closes_at = datetime.datetime.fromisoformat(d.pop("closes_at"))

        conflicts = []
        _conflicts = d.pop("conflicts")
        for conflicts_item_data in _conflicts:
            conflicts_item = TieOut.from_dict(conflicts_item_data)

            conflicts.append(conflicts_item)

        may_vote = d.pop("may_vote")

        presides = d.pop("presides")

        def _parse_refusal(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refusal = _parse_refusal(d.pop("refusal"))

        seats_voted = d.pop("seats_voted")

        voted = d.pop("voted")

        working_days_left = d.pop("working_days_left")

        waiting_ballot = cls(
            ballot=ballot,
            capacity=capacity,
            closes_at=closes_at,
            conflicts=conflicts,
            may_vote=may_vote,
            presides=presides,
            refusal=refusal,
            seats_voted=seats_voted,
            voted=voted,
            working_days_left=working_days_left,
        )

        return waiting_ballot
