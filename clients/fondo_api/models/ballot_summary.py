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
        application_id (str):
        call_id (str):
        closed_at (datetime.datetime | None):
        closes_at (datetime.datetime):
        consortium_id (str):
        dossier_sha256 (str):
        id (str):
        opened_at (datetime.datetime):
        resolution_number (None | str):
        result (None | str):
        second_called_at (datetime.datetime | None):
        state (str):
        version (int):
    """

    application_id: str
    call_id: str
    closed_at: datetime.datetime | None
    closes_at: datetime.datetime
    consortium_id: str
    dossier_sha256: str
    id: str
    opened_at: datetime.datetime
    resolution_number: None | str
    result: None | str
    second_called_at: datetime.datetime | None
    state: str
    version: int

    def to_dict(self) -> dict[str, Any]:
        application_id = self.application_id

        call_id = self.call_id

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        closes_at = self.closes_at.isoformat()

        consortium_id = self.consortium_id

        dossier_sha256 = self.dossier_sha256

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

        state = self.state

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "application_id": application_id,
                "call_id": call_id,
                "closed_at": closed_at,
                "closes_at": closes_at,
                "consortium_id": consortium_id,
                "dossier_sha256": dossier_sha256,
                "id": id,
                "opened_at": opened_at,
                "resolution_number": resolution_number,
                "result": result,
                "second_called_at": second_called_at,
                "state": state,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        application_id = d.pop("application_id")

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

        consortium_id = d.pop("consortium_id")

        dossier_sha256 = d.pop("dossier_sha256")

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

        state = d.pop("state")

        version = d.pop("version")

        ballot_summary = cls(
            application_id=application_id,
            call_id=call_id,
            closed_at=closed_at,
            closes_at=closes_at,
            consortium_id=consortium_id,
            dossier_sha256=dossier_sha256,
            id=id,
            opened_at=opened_at,
            resolution_number=resolution_number,
            result=result,
            second_called_at=second_called_at,
            state=state,
            version=version,
        )

        return ballot_summary
