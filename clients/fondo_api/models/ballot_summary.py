from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="BallotSummary")


@_attrs_define
class BallotSummary:
    """A ballot in a list.

    Attributes:
        addendum_id (None | str):
        alternates_called_at (datetime.datetime | None):
        application_id (str):
        blind (bool):
        call_id (str):
        cites_ballot_id (None | str):
        closed_at (datetime.datetime | None):
        closes_at (datetime.datetime):
        consortium_id (str):
        dossier_sha256 (str):
        file_sequence (int):
        file_sha256 (str):
        id (str):
        opened_at (datetime.datetime):
        resolution_number (None | str):
        result (None | str):
        second_called_at (datetime.datetime | None):
        session_id (None | str):
        state (str):
        version (int):
        votes_from (datetime.datetime | None):
    """

    addendum_id: None | str
    alternates_called_at: datetime.datetime | None
    application_id: str
    blind: bool
    call_id: str
    cites_ballot_id: None | str
    closed_at: datetime.datetime | None
    closes_at: datetime.datetime
    consortium_id: str
    dossier_sha256: str
    file_sequence: int
    file_sha256: str
    id: str
    opened_at: datetime.datetime
    resolution_number: None | str
    result: None | str
    second_called_at: datetime.datetime | None
    session_id: None | str
    state: str
    version: int
    votes_from: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        addendum_id: None | str
        addendum_id = self.addendum_id

        alternates_called_at: None | str
        if isinstance(self.alternates_called_at, datetime.datetime):
            alternates_called_at = self.alternates_called_at.isoformat()
        else:
            alternates_called_at = self.alternates_called_at

        application_id = self.application_id

        blind = self.blind

        call_id = self.call_id

        cites_ballot_id: None | str
        cites_ballot_id = self.cites_ballot_id

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        closes_at = self.closes_at.isoformat()

        consortium_id = self.consortium_id

        dossier_sha256 = self.dossier_sha256

        file_sequence = self.file_sequence

        file_sha256 = self.file_sha256

        id = self.id

        opened_at = self.opened_at.isoformat()

        resolution_number: None | str
        resolution_number = self.resolution_number

        result: None | str
        result = self.result

        second_called_at: None | str
        if isinstance(self.second_called_at, datetime.datetime):
            second_called_at = self.second_called_at.isoformat()
        else:
            second_called_at = self.second_called_at

        session_id: None | str
        session_id = self.session_id

        state = self.state

        version = self.version

        votes_from: None | str
        if isinstance(self.votes_from, datetime.datetime):
            votes_from = self.votes_from.isoformat()
        else:
            votes_from = self.votes_from

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "addendum_id": addendum_id,
                "alternates_called_at": alternates_called_at,
                "application_id": application_id,
                "blind": blind,
                "call_id": call_id,
                "cites_ballot_id": cites_ballot_id,
                "closed_at": closed_at,
                "closes_at": closes_at,
                "consortium_id": consortium_id,
                "dossier_sha256": dossier_sha256,
                "file_sequence": file_sequence,
                "file_sha256": file_sha256,
                "id": id,
                "opened_at": opened_at,
                "resolution_number": resolution_number,
                "result": result,
                "second_called_at": second_called_at,
                "session_id": session_id,
                "state": state,
                "version": version,
                "votes_from": votes_from,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

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

        consortium_id = d.pop("consortium_id")

        dossier_sha256 = d.pop("dossier_sha256")

        file_sequence = d.pop("file_sequence")

        file_sha256 = d.pop("file_sha256")

        id = d.pop("id")

        opened_at = datetime.datetime.fromisoformat(d.pop("opened_at"))

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

        version = d.pop("version")

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

        ballot_summary = cls(
            addendum_id=addendum_id,
            alternates_called_at=alternates_called_at,
            application_id=application_id,
            blind=blind,
            call_id=call_id,
            cites_ballot_id=cites_ballot_id,
            closed_at=closed_at,
            closes_at=closes_at,
            consortium_id=consortium_id,
            dossier_sha256=dossier_sha256,
            file_sequence=file_sequence,
            file_sha256=file_sha256,
            id=id,
            opened_at=opened_at,
            resolution_number=resolution_number,
            result=result,
            second_called_at=second_called_at,
            session_id=session_id,
            state=state,
            version=version,
            votes_from=votes_from,
        )

        return ballot_summary
