from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.agenda_item_out import AgendaItemOut
    from ..models.attendance_out import AttendanceOut


T = TypeVar("T", bound="SessionOut")


@_attrs_define
class SessionOut:
    """A session: its agenda in order, and who attended.

    Attributes:
        agenda (list[AgendaItemOut]):
        attendance (list[AttendanceOut]):
        blind (bool):
        closed_at (datetime.datetime | None):
        convened_at (datetime.datetime):
        convened_by (str):
        first_call_at (datetime.datetime):
        id (str):
        kind (str):
        mode (str):
        number (str):
        opened_at (datetime.datetime | None):
        opened_on_call (None | str):
        place (str):
        second_call_at (datetime.datetime):
        state (str):
        version (int):
        voting_closes_at (datetime.datetime):
        waived_notice (bool):
    """

    agenda: list[AgendaItemOut]
    attendance: list[AttendanceOut]
    blind: bool
    closed_at: datetime.datetime | None
    convened_at: datetime.datetime
    convened_by: str
    first_call_at: datetime.datetime
    id: str
    kind: str
    mode: str
    number: str
    opened_at: datetime.datetime | None
    opened_on_call: None | str
    place: str
    second_call_at: datetime.datetime
    state: str
    version: int
    voting_closes_at: datetime.datetime
    waived_notice: bool

    def to_dict(self) -> dict[str, Any]:
        agenda = []
        for agenda_item_data in self.agenda:
            agenda_item = agenda_item_data.to_dict()
            agenda.append(agenda_item)

        attendance = []
        for attendance_item_data in self.attendance:
            attendance_item = attendance_item_data.to_dict()
            attendance.append(attendance_item)

        blind = self.blind

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        convened_at = self.convened_at.isoformat()

        convened_by = self.convened_by

        first_call_at = self.first_call_at.isoformat()

        id = self.id

        kind = self.kind

        mode = self.mode

        number = self.number

        opened_at: None | str
        if isinstance(self.opened_at, datetime.datetime):
            opened_at = self.opened_at.isoformat()
        else:
            opened_at = self.opened_at

        opened_on_call: None | str
        opened_on_call = self.opened_on_call

        place = self.place

        second_call_at = self.second_call_at.isoformat()

        state = self.state

        version = self.version

        voting_closes_at = self.voting_closes_at.isoformat()

        waived_notice = self.waived_notice

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "agenda": agenda,
                "attendance": attendance,
                "blind": blind,
                "closed_at": closed_at,
                "convened_at": convened_at,
                "convened_by": convened_by,
                "first_call_at": first_call_at,
                "id": id,
                "kind": kind,
                "mode": mode,
                "number": number,
                "opened_at": opened_at,
                "opened_on_call": opened_on_call,
                "place": place,
                "second_call_at": second_call_at,
                "state": state,
                "version": version,
                "voting_closes_at": voting_closes_at,
                "waived_notice": waived_notice,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.agenda_item_out import AgendaItemOut  # noqa: PLC0415
        from ..models.attendance_out import AttendanceOut  # noqa: PLC0415

        d = dict(src_dict)
        agenda = []
        _agenda = d.pop("agenda")
        for agenda_item_data in _agenda:
            agenda_item = AgendaItemOut.from_dict(agenda_item_data)

            agenda.append(agenda_item)

        attendance = []
        _attendance = d.pop("attendance")
        for attendance_item_data in _attendance:
            attendance_item = AttendanceOut.from_dict(attendance_item_data)

            attendance.append(attendance_item)

        blind = d.pop("blind")

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

        convened_at = datetime.datetime.fromisoformat(d.pop("convened_at"))

        convened_by = d.pop("convened_by")

        first_call_at = datetime.datetime.fromisoformat(d.pop("first_call_at"))

        id = d.pop("id")

        kind = d.pop("kind")

        mode = d.pop("mode")

        number = d.pop("number")

        def _parse_opened_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                opened_at_type_0 = datetime.datetime.fromisoformat(data)

                return opened_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        opened_at = _parse_opened_at(d.pop("opened_at"))

        def _parse_opened_on_call(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        opened_on_call = _parse_opened_on_call(d.pop("opened_on_call"))

        place = d.pop("place")

        second_call_at = datetime.datetime.fromisoformat(d.pop("second_call_at"))

        state = d.pop("state")

        version = d.pop("version")

        voting_closes_at = datetime.datetime.fromisoformat(d.pop("voting_closes_at"))

        waived_notice = d.pop("waived_notice")

        session_out = cls(
            agenda=agenda,
            attendance=attendance,
            blind=blind,
            closed_at=closed_at,
            convened_at=convened_at,
            convened_by=convened_by,
            first_call_at=first_call_at,
            id=id,
            kind=kind,
            mode=mode,
            number=number,
            opened_at=opened_at,
            opened_on_call=opened_on_call,
            place=place,
            second_call_at=second_call_at,
            state=state,
            version=version,
            voting_closes_at=voting_closes_at,
            waived_notice=waived_notice,
        )

        return session_out
