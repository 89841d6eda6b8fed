from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="AgendaItemOut")


@_attrs_define
class AgendaItemOut:
    """A dossier of the agenda and how far it has come.

    Attributes:
        application_id (str):
        ballot_id (str):
        position (int):
        resolution_number (None | str):
        result (None | str):
        state (str):
        title (str):
    """

    application_id: str
    ballot_id: str
    position: int
    resolution_number: None | str
    result: None | str
    state: str
    title: str

    def to_dict(self) -> dict[str, Any]:
        application_id = self.application_id

        ballot_id = self.ballot_id

        position = self.position

        resolution_number: None | str
        resolution_number = self.resolution_number

        result: None | str
        result = self.result

        state = self.state

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "application_id": application_id,
                "ballot_id": ballot_id,
                "position": position,
                "resolution_number": resolution_number,
                "result": result,
                "state": state,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        application_id = d.pop("application_id")

        ballot_id = d.pop("ballot_id")

        position = d.pop("position")

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

        state = d.pop("state")

        title = d.pop("title")

        agenda_item_out = cls(
            application_id=application_id,
            ballot_id=ballot_id,
            position=position,
            resolution_number=resolution_number,
            result=result,
            state=state,
            title=title,
        )

        return agenda_item_out
