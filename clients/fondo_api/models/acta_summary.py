from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ActaSummary")


@_attrs_define
class ActaSummary:
    """An acta in a list: of a session, or of one ballot without a session.

    Attributes:
        ballot_id (None | str):
        content_sha256 (str):
        drawn_at (datetime.datetime):
        drawn_by (str):
        id (str):
        number (str):
        previous_sha256 (None | str):
        sealed_at (datetime.datetime | None):
        session_id (None | str):
    """

    ballot_id: None | str
    content_sha256: str
    drawn_at: datetime.datetime
    drawn_by: str
    id: str
    number: str
    previous_sha256: None | str
    sealed_at: datetime.datetime | None
    session_id: None | str

    def to_dict(self) -> dict[str, Any]:
        ballot_id: None | str
        ballot_id = self.ballot_id

        content_sha256 = self.content_sha256

        drawn_at = self.drawn_at.isoformat()

        drawn_by = self.drawn_by

        id = self.id

        number = self.number

        previous_sha256: None | str
        previous_sha256 = self.previous_sha256

        sealed_at: None | str
        if isinstance(self.sealed_at, datetime.datetime):
            sealed_at = self.sealed_at.isoformat()
        else:
            sealed_at = self.sealed_at

        session_id: None | str
        session_id = self.session_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ballot_id": ballot_id,
                "content_sha256": content_sha256,
                "drawn_at": drawn_at,
                "drawn_by": drawn_by,
                "id": id,
                "number": number,
                "previous_sha256": previous_sha256,
                "sealed_at": sealed_at,
                "session_id": session_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_ballot_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ballot_id = _parse_ballot_id(d.pop("ballot_id"))

        content_sha256 = d.pop("content_sha256")

        drawn_at = datetime.datetime.fromisoformat(d.pop("drawn_at"))

        drawn_by = d.pop("drawn_by")

        id = d.pop("id")

        number = d.pop("number")

        def _parse_previous_sha256(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        previous_sha256 = _parse_previous_sha256(d.pop("previous_sha256"))

        def _parse_sealed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                sealed_at_type_0 = datetime.datetime.fromisoformat(data)

                return sealed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        sealed_at = _parse_sealed_at(d.pop("sealed_at"))

        def _parse_session_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        session_id = _parse_session_id(d.pop("session_id"))

        acta_summary = cls(
            ballot_id=ballot_id,
            content_sha256=content_sha256,
            drawn_at=drawn_at,
            drawn_by=drawn_by,
            id=id,
            number=number,
            previous_sha256=previous_sha256,
            sealed_at=sealed_at,
            session_id=session_id,
        )

        return acta_summary
