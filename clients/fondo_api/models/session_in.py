from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.session_in_kind import SessionInKind, check_session_in_kind
from ..models.session_in_mode import SessionInMode, check_session_in_mode
from ..types import UNSET, Unset

T = TypeVar("T", bound="SessionIn")


@_attrs_define
class SessionIn:
    """Whom to call to what, and when. `waived_notice`: all four seats will attend and agree to
    meet without the notice (LPAG 109.3); attending is agreeing.

        Attributes:
            agenda (list[str]):
            first_call_at (datetime.datetime):
            kind (SessionInKind):
            mode (SessionInMode):
            place (str):
            voting_closes_at (datetime.datetime):
            blind (bool | Unset):  Default: True.
            waived_notice (bool | Unset):  Default: False.
    """

    agenda: list[str]
    first_call_at: datetime.datetime
    kind: SessionInKind
    mode: SessionInMode
    place: str
    voting_closes_at: datetime.datetime
    blind: bool | Unset = True
    waived_notice: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        agenda = self.agenda

        first_call_at = self.first_call_at.isoformat()

        kind: str = self.kind

        mode: str = self.mode

        place = self.place

        voting_closes_at = self.voting_closes_at.isoformat()

        blind = self.blind

        waived_notice = self.waived_notice

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "agenda": agenda,
                "first_call_at": first_call_at,
                "kind": kind,
                "mode": mode,
                "place": place,
                "voting_closes_at": voting_closes_at,
            }
        )
        if blind is not UNSET:
            field_dict["blind"] = blind
        if waived_notice is not UNSET:
            field_dict["waived_notice"] = waived_notice

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        agenda = cast(list[str], d.pop("agenda"))

        first_call_at = datetime.datetime.fromisoformat(d.pop("first_call_at"))

        kind = check_session_in_kind(d.pop("kind"))

        mode = check_session_in_mode(d.pop("mode"))

        place = d.pop("place")

        voting_closes_at = datetime.datetime.fromisoformat(d.pop("voting_closes_at"))

        blind = d.pop("blind", UNSET)

        waived_notice = d.pop("waived_notice", UNSET)

        session_in = cls(
            agenda=agenda,
            first_call_at=first_call_at,
            kind=kind,
            mode=mode,
            place=place,
            voting_closes_at=voting_closes_at,
            blind=blind,
            waived_notice=waived_notice,
        )

        return session_in
