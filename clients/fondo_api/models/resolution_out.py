from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.condition import Condition
    from ..models.counted_vote import CountedVote
    from ..models.seat_at_decision import SeatAtDecision


T = TypeVar("T", bound="ResolutionOut")


@_attrs_define
class ResolutionOut:
    """The resolution package (acuerdo), exactly as `ballot.decided` published it.

    Attributes:
        application_id (str):
        ballot_id (str):
        call_id (str):
        consortium_id (str):
        decided_at (datetime.datetime):
        dossier_sha256 (str):
        policy_revision (str):
        quorum_required (int):
        recused (list[str]):
        resolution_number (str):
        result (str):
        seats (list[SeatAtDecision]):
        tie_broken_by (None | str):
        votes (list[CountedVote]):
        addendum_id (None | str | Unset):
        conditions (list[Condition] | Unset):
        file_sha256 (None | str | Unset):
    """

    application_id: str
    ballot_id: str
    call_id: str
    consortium_id: str
    decided_at: datetime.datetime
    dossier_sha256: str
    policy_revision: str
    quorum_required: int
    recused: list[str]
    resolution_number: str
    result: str
    seats: list[SeatAtDecision]
    tie_broken_by: None | str
    votes: list[CountedVote]
    addendum_id: None | str | Unset = UNSET
    conditions: list[Condition] | Unset = UNSET
    file_sha256: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        application_id = self.application_id

        ballot_id = self.ballot_id

        call_id = self.call_id

        consortium_id = self.consortium_id

        decided_at = self.decided_at.isoformat()

        dossier_sha256 = self.dossier_sha256

        policy_revision = self.policy_revision

        quorum_required = self.quorum_required

        recused = self.recused

        resolution_number = self.resolution_number

        result = self.result

        seats = []
        for seats_item_data in self.seats:
            seats_item = seats_item_data.to_dict()
            seats.append(seats_item)

        tie_broken_by: None | str
        tie_broken_by = self.tie_broken_by

        votes = []
        for votes_item_data in self.votes:
            votes_item = votes_item_data.to_dict()
            votes.append(votes_item)

        addendum_id: None | str | Unset
        if isinstance(self.addendum_id, Unset):
            addendum_id = UNSET
        else:
            addendum_id = self.addendum_id

        conditions: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.conditions, Unset):
            conditions = []
            for conditions_item_data in self.conditions:
                conditions_item = conditions_item_data.to_dict()
                conditions.append(conditions_item)

        file_sha256: None | str | Unset
        if isinstance(self.file_sha256, Unset):
            file_sha256 = UNSET
        else:
            file_sha256 = self.file_sha256

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "application_id": application_id,
                "ballot_id": ballot_id,
                "call_id": call_id,
                "consortium_id": consortium_id,
                "decided_at": decided_at,
                "dossier_sha256": dossier_sha256,
                "policy_revision": policy_revision,
                "quorum_required": quorum_required,
                "recused": recused,
                "resolution_number": resolution_number,
                "result": result,
                "seats": seats,
                "tie_broken_by": tie_broken_by,
                "votes": votes,
            }
        )
        if addendum_id is not UNSET:
            field_dict["addendum_id"] = addendum_id
        if conditions is not UNSET:
            field_dict["conditions"] = conditions
        if file_sha256 is not UNSET:
            field_dict["file_sha256"] = file_sha256

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.condition import Condition  # noqa: PLC0415
        from ..models.counted_vote import CountedVote  # noqa: PLC0415
        from ..models.seat_at_decision import SeatAtDecision  # noqa: PLC0415

        d = dict(src_dict)
        application_id = d.pop("application_id")

        ballot_id = d.pop("ballot_id")

        call_id = d.pop("call_id")

        consortium_id = d.pop("consortium_id")

        decided_at = datetime.datetime.fromisoformat(d.pop("decided_at"))

        dossier_sha256 = d.pop("dossier_sha256")

        policy_revision = d.pop("policy_revision")

        quorum_required = d.pop("quorum_required")

        recused = cast(list[str], d.pop("recused"))

        resolution_number = d.pop("resolution_number")

        result = d.pop("result")

        seats = []
        _seats = d.pop("seats")
        for seats_item_data in _seats:
            seats_item = SeatAtDecision.from_dict(seats_item_data)

            seats.append(seats_item)

        def _parse_tie_broken_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        tie_broken_by = _parse_tie_broken_by(d.pop("tie_broken_by"))

        votes = []
        _votes = d.pop("votes")
        for votes_item_data in _votes:
            votes_item = CountedVote.from_dict(votes_item_data)

            votes.append(votes_item)

        def _parse_addendum_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        addendum_id = _parse_addendum_id(d.pop("addendum_id", UNSET))

        _conditions = d.pop("conditions", UNSET)
        conditions: list[Condition] | Unset = UNSET
        if _conditions is not UNSET:
            conditions = []
            for conditions_item_data in _conditions:
                conditions_item = Condition.from_dict(conditions_item_data)

                conditions.append(conditions_item)

        def _parse_file_sha256(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        file_sha256 = _parse_file_sha256(d.pop("file_sha256", UNSET))

        resolution_out = cls(
            application_id=application_id,
            ballot_id=ballot_id,
            call_id=call_id,
            consortium_id=consortium_id,
            decided_at=decided_at,
            dossier_sha256=dossier_sha256,
            policy_revision=policy_revision,
            quorum_required=quorum_required,
            recused=recused,
            resolution_number=resolution_number,
            result=result,
            seats=seats,
            tie_broken_by=tie_broken_by,
            votes=votes,
            addendum_id=addendum_id,
            conditions=conditions,
            file_sha256=file_sha256,
        )

        return resolution_out
