from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.ballot_recusal import BallotRecusal
    from ..models.ballot_seat import BallotSeat
    from ..models.ballot_vote import BallotVote
    from ..models.condition import Condition
    from ..models.deferral_out import DeferralOut


T = TypeVar("T", bound="BallotOut")


@_attrs_define
class BallotOut:
    """A ballot: who may vote, who has, and what came of it.

    Attributes:
        abstentions (int | None):
        addendum_id (None | str):
        alternates_called_at (datetime.datetime | None):
        application_id (str):
        blind (bool):
        call (str):
        call_id (str):
        cites_ballot_id (None | str):
        closed_at (datetime.datetime | None):
        closes_at (datetime.datetime):
        complete (bool):
        conditions (list[Condition] | None):
        consortium_id (str):
        deferral (DeferralOut | None):
        dossier_sha256 (str):
        file_sequence (int):
        file_sha256 (str):
        id (str):
        opened_at (datetime.datetime):
        policy_revision (None | str):
        present (int | None):
        presiding (None | str):
        quorum_required (int | None):
        recusals (list[BallotRecusal]):
        recused (list[str]):
        resolution_number (None | str):
        result (None | str):
        seats (list[BallotSeat]):
        seats_voted (int):
        second_called_at (datetime.datetime | None):
        session_id (None | str):
        state (str):
        tie_broken_by (None | str):
        version (int):
        votes (list[BallotVote]):
        votes_against (int | None):
        votes_for (int | None):
        votes_from (datetime.datetime | None):
    """

    abstentions: int | None
    addendum_id: None | str
    alternates_called_at: datetime.datetime | None
    application_id: str
    blind: bool
    call: str
    call_id: str
    cites_ballot_id: None | str
    closed_at: datetime.datetime | None
    closes_at: datetime.datetime
    complete: bool
    conditions: list[Condition] | None
    consortium_id: str
    deferral: DeferralOut | None
    dossier_sha256: str
    file_sequence: int
    file_sha256: str
    id: str
    opened_at: datetime.datetime
    policy_revision: None | str
    present: int | None
    presiding: None | str
    quorum_required: int | None
    recusals: list[BallotRecusal]
    recused: list[str]
    resolution_number: None | str
    result: None | str
    seats: list[BallotSeat]
    seats_voted: int
    second_called_at: datetime.datetime | None
    session_id: None | str
    state: str
    tie_broken_by: None | str
    version: int
    votes: list[BallotVote]
    votes_against: int | None
    votes_for: int | None
    votes_from: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.deferral_out import DeferralOut  # noqa: PLC0415

        abstentions: int | None
        abstentions = self.abstentions

        addendum_id: None | str
        addendum_id = self.addendum_id

        alternates_called_at: None | str
        if isinstance(self.alternates_called_at, datetime.datetime):
            alternates_called_at = self.alternates_called_at.isoformat()
        else:
            alternates_called_at = self.alternates_called_at

        application_id = self.application_id

        blind = self.blind

        call = self.call

        call_id = self.call_id

        cites_ballot_id: None | str
        cites_ballot_id = self.cites_ballot_id

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        closes_at = self.closes_at.isoformat()

        complete = self.complete

        conditions: list[dict[str, Any]] | None
        if isinstance(self.conditions, list):
            conditions = []
            for conditions_type_0_item_data in self.conditions:
                conditions_type_0_item = conditions_type_0_item_data.to_dict()
                conditions.append(conditions_type_0_item)

        else:
            conditions = self.conditions

        consortium_id = self.consortium_id

        deferral: dict[str, Any] | None
        if isinstance(self.deferral, DeferralOut):
            deferral = self.deferral.to_dict()
        else:
            deferral = self.deferral

        dossier_sha256 = self.dossier_sha256

        file_sequence = self.file_sequence

        file_sha256 = self.file_sha256

        id = self.id

        opened_at = self.opened_at.isoformat()

        policy_revision: None | str
        policy_revision = self.policy_revision

        present: int | None
        present = self.present

        presiding: None | str
        presiding = self.presiding

        quorum_required: int | None
        quorum_required = self.quorum_required

        recusals = []
        for recusals_item_data in self.recusals:
            recusals_item = recusals_item_data.to_dict()
            recusals.append(recusals_item)

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

        session_id: None | str
        session_id = self.session_id

        state = self.state

        tie_broken_by: None | str
        tie_broken_by = self.tie_broken_by

        version = self.version

        votes = []
        for votes_item_data in self.votes:
            votes_item = votes_item_data.to_dict()
            votes.append(votes_item)

        votes_against: int | None
        votes_against = self.votes_against

        votes_for: int | None
        votes_for = self.votes_for

        votes_from: None | str
        if isinstance(self.votes_from, datetime.datetime):
            votes_from = self.votes_from.isoformat()
        else:
            votes_from = self.votes_from

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "abstentions": abstentions,
                "addendum_id": addendum_id,
                "alternates_called_at": alternates_called_at,
                "application_id": application_id,
                "blind": blind,
                "call": call,
                "call_id": call_id,
                "cites_ballot_id": cites_ballot_id,
                "closed_at": closed_at,
                "closes_at": closes_at,
                "complete": complete,
                "conditions": conditions,
                "consortium_id": consortium_id,
                "deferral": deferral,
                "dossier_sha256": dossier_sha256,
                "file_sequence": file_sequence,
                "file_sha256": file_sha256,
                "id": id,
                "opened_at": opened_at,
                "policy_revision": policy_revision,
                "present": present,
                "presiding": presiding,
                "quorum_required": quorum_required,
                "recusals": recusals,
                "recused": recused,
                "resolution_number": resolution_number,
                "result": result,
                "seats": seats,
                "seats_voted": seats_voted,
                "second_called_at": second_called_at,
                "session_id": session_id,
                "state": state,
                "tie_broken_by": tie_broken_by,
                "version": version,
                "votes": votes,
                "votes_against": votes_against,
                "votes_for": votes_for,
                "votes_from": votes_from,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ballot_recusal import BallotRecusal  # noqa: PLC0415
        from ..models.ballot_seat import BallotSeat  # noqa: PLC0415
        from ..models.ballot_vote import BallotVote  # noqa: PLC0415
        from ..models.condition import Condition  # noqa: PLC0415
        from ..models.deferral_out import DeferralOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_abstentions(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        abstentions = _parse_abstentions(d.pop("abstentions"))

        def _parse_addendum_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        addendum_id = _parse_addendum_id(d.pop("addendum_id"))

        def _parse_alternates_called_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                alternates_called_at_type_0 = datetime.datetime.fromisoformat(data)

                return alternates_called_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        alternates_called_at = _parse_alternates_called_at(d.pop("alternates_called_at"))

        application_id = d.pop("application_id")

        blind = d.pop("blind")

        call = d.pop("call")

        call_id = d.pop("call_id")

        def _parse_cites_ballot_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        cites_ballot_id = _parse_cites_ballot_id(d.pop("cites_ballot_id"))

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

        consortium_id = d.pop("consortium_id")

        def _parse_deferral(data: object) -> DeferralOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                deferral_type_0 = DeferralOut.from_dict(data)

                return deferral_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DeferralOut | None, data)

        deferral = _parse_deferral(d.pop("deferral"))

        dossier_sha256 = d.pop("dossier_sha256")

        file_sequence = d.pop("file_sequence")

        file_sha256 = d.pop("file_sha256")

        id = d.pop("id")

        opened_at = datetime.datetime.fromisoformat(d.pop("opened_at"))

        def _parse_policy_revision(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        policy_revision = _parse_policy_revision(d.pop("policy_revision"))

        def _parse_present(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        present = _parse_present(d.pop("present"))

        def _parse_presiding(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        presiding = _parse_presiding(d.pop("presiding"))

        def _parse_quorum_required(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        quorum_required = _parse_quorum_required(d.pop("quorum_required"))

        recusals = []
        _recusals = d.pop("recusals")
        for recusals_item_data in _recusals:
            recusals_item = BallotRecusal.from_dict(recusals_item_data)

            recusals.append(recusals_item)

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

        def _parse_session_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        session_id = _parse_session_id(d.pop("session_id"))

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

        def _parse_votes_against(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        votes_against = _parse_votes_against(d.pop("votes_against"))

        def _parse_votes_for(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        votes_for = _parse_votes_for(d.pop("votes_for"))

        def _parse_votes_from(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                votes_from_type_0 = datetime.datetime.fromisoformat(data)

                return votes_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        votes_from = _parse_votes_from(d.pop("votes_from"))

        ballot_out = cls(
            abstentions=abstentions,
            addendum_id=addendum_id,
            alternates_called_at=alternates_called_at,
            application_id=application_id,
            blind=blind,
            call=call,
            call_id=call_id,
            cites_ballot_id=cites_ballot_id,
            closed_at=closed_at,
            closes_at=closes_at,
            complete=complete,
            conditions=conditions,
            consortium_id=consortium_id,
            deferral=deferral,
            dossier_sha256=dossier_sha256,
            file_sequence=file_sequence,
            file_sha256=file_sha256,
            id=id,
            opened_at=opened_at,
            policy_revision=policy_revision,
            present=present,
            presiding=presiding,
            quorum_required=quorum_required,
            recusals=recusals,
            recused=recused,
            resolution_number=resolution_number,
            result=result,
            seats=seats,
            seats_voted=seats_voted,
            second_called_at=second_called_at,
            session_id=session_id,
            state=state,
            tie_broken_by=tie_broken_by,
            version=version,
            votes=votes,
            votes_against=votes_against,
            votes_for=votes_for,
            votes_from=votes_from,
        )

        return ballot_out
