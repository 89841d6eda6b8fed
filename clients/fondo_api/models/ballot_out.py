from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.ballot_seat import BallotSeat
    from ..models.ballot_vote import BallotVote


T = TypeVar("T", bound="BallotOut")


@_attrs_define
class BallotOut:
    """A ballot: who may vote, who has, and what came of it.

    Attributes:
        application_id (str):
        call (str):
        call_id (str):
        closed_at (datetime.datetime | None):
        closes_at (datetime.datetime):
        complete (bool):
        consortium_id (str):
        dossier_sha256 (str):
        id (str):
        opened_at (datetime.datetime):
        policy_revision (None | str):
        quorum_required (int | None):
        recused (list[str]):
        resolution_number (None | str):
        result (None | str):
        seats (list[BallotSeat]):
        seats_voted (int):
        second_called_at (datetime.datetime | None):
        state (str):
        tie_broken_by (None | str):
        version (int):
        votes (list[BallotVote]):
    """

    application_id: str
    call: str
    call_id: str
    closed_at: datetime.datetime | None
    closes_at: datetime.datetime
    complete: bool
    consortium_id: str
    dossier_sha256: str
    id: str
    opened_at: datetime.datetime
    policy_revision: None | str
    quorum_required: int | None
    recused: list[str]
    resolution_number: None | str
    result: None | str
    seats: list[BallotSeat]
    seats_voted: int
    second_called_at: datetime.datetime | None
    state: str
    tie_broken_by: None | str
    version: int
    votes: list[BallotVote]

    def to_dict(self) -> dict[str, Any]:
        application_id = self.application_id

        call = self.call

        call_id = self.call_id

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        closes_at = self.closes_at.isoformat()

        complete = self.complete

        consortium_id = self.consortium_id

        dossier_sha256 = self.dossier_sha256

        id = self.id

        opened_at = self.opened_at.isoformat()

        policy_revision: None | str
        policy_revision = self.policy_revision

        quorum_required: int | None
        quorum_required = self.quorum_required

        recused = self.recused

        resolution_number: None | str
        resolution_number = self.resolution_number

        result: None | str
        result = self.result

        seats = []
        for seats_item_data in self.seats:
            seats_item = seats_item_data.to_dict()
            seats.append(seats_item)

        seats_voted = self.seats_voted

        second_called_at: None | str
        if isinstance(self.second_called_at, datetime.datetime):
            second_called_at = self.second_called_at.isoformat()
        else:
            second_called_at = self.second_called_at

        state = self.state

        tie_broken_by: None | str
        tie_broken_by = self.tie_broken_by

        version = self.version

        votes = []
        for votes_item_data in self.votes:
            votes_item = votes_item_data.to_dict()
            votes.append(votes_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "application_id": application_id,
                "call": call,
                "call_id": call_id,
                "closed_at": closed_at,
                "closes_at": closes_at,
                "complete": complete,
                "consortium_id": consortium_id,
                "dossier_sha256": dossier_sha256,
                "id": id,
                "opened_at": opened_at,
                "policy_revision": policy_revision,
                "quorum_required": quorum_required,
                "recused": recused,
                "resolution_number": resolution_number,
                "result": result,
                "seats": seats,
                "seats_voted": seats_voted,
                "second_called_at": second_called_at,
                "state": state,
                "tie_broken_by": tie_broken_by,
                "version": version,
                "votes": votes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ballot_seat import BallotSeat  # noqa: PLC0415
        from ..models.ballot_vote import BallotVote  # noqa: PLC0415

        d = dict(src_dict)
        application_id = d.pop("application_id")

        call = d.pop("call")

        call_id = d.pop("call_id")

        def _parse_closed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_at_type_0 = datetime.datetime.fromisoformat(data)

                return closed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        closed_at = _parse_closed_at(d.pop("closed_at"))

        closes_at = datetime.datetime.fromisoformat(d.pop("closes_at"))

        complete = d.pop("complete")

        consortium_id = d.pop("consortium_id")

        dossier_sha256 = d.pop("dossier_sha256")

        id = d.pop("id")

        opened_at = datetime.datetime.fromisoformat(d.pop("opened_at"))

        def _parse_policy_revision(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        policy_revision = _parse_policy_revision(d.pop("policy_revision"))

        def _parse_quorum_required(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        quorum_required = _parse_quorum_required(d.pop("quorum_required"))

        recused = cast(list[str], d.pop("recused"))

        def _parse_resolution_number(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        resolution_number = _parse_resolution_number(d.pop("resolution_number"))

        def _parse_result(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        result = _parse_result(d.pop("result"))

        seats = []
        _seats = d.pop("seats")
        for seats_item_data in _seats:
            seats_item = BallotSeat.from_dict(seats_item_data)

            seats.append(seats_item)

        seats_voted = d.pop("seats_voted")

        def _parse_second_called_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                second_called_at_type_0 = datetime.datetime.fromisoformat(data)

                return second_called_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        second_called_at = _parse_second_called_at(d.pop("second_called_at"))

        state = d.pop("state")

        def _parse_tie_broken_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        tie_broken_by = _parse_tie_broken_by(d.pop("tie_broken_by"))

        version = d.pop("version")

        votes = []
        _votes = d.pop("votes")
        for votes_item_data in _votes:
            votes_item = BallotVote.from_dict(votes_item_data)

            votes.append(votes_item)

        ballot_out = cls(
            application_id=application_id,
            call=call,
            call_id=call_id,
            closed_at=closed_at,
            closes_at=closes_at,
            complete=complete,
            consortium_id=consortium_id,
            dossier_sha256=dossier_sha256,
            id=id,
            opened_at=opened_at,
            policy_revision=policy_revision,
            quorum_required=quorum_required,
            recused=recused,
            resolution_number=resolution_number,
            result=result,
            seats=seats,
            seats_voted=seats_voted,
            second_called_at=second_called_at,
            state=state,
            tie_broken_by=tie_broken_by,
            version=version,
            votes=votes,
        )

        return ballot_out
