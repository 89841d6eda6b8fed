from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="BallotIn")


@_attrs_define
class BallotIn:
    """The dossier to vote on, and until when; of an addendum, the hash of what it proposes.

    Attributes:
        application_id (str):
        call_id (str):
        closes_at (datetime.datetime):
        consortium_id (str):
        dossier_sha256 (str):
        addendum_id (None | str | Unset):
        blind (bool | Unset):  Default: True.
        cites_ballot_id (None | str | Unset):
    """

    application_id: str
    call_id: str
    closes_at: datetime.datetime
    consortium_id: str
    dossier_sha256: str
    addendum_id: None | str | Unset = UNSET
    blind: bool | Unset = True
    cites_ballot_id: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        application_id = self.application_id

        call_id = self.call_id

        closes_at = self.closes_at.isoformat()

        consortium_id = self.consortium_id

        dossier_sha256 = self.dossier_sha256

        addendum_id: None | str | Unset
        if isinstance(self.addendum_id, Unset):
            addendum_id = UNSET
        else:
            addendum_id = self.addendum_id

        blind = self.blind

        cites_ballot_id: None | str | Unset
        if isinstance(self.cites_ballot_id, Unset):
            cites_ballot_id = UNSET
        else:
            cites_ballot_id = self.cites_ballot_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "application_id": application_id,
                "call_id": call_id,
                "closes_at": closes_at,
                "consortium_id": consortium_id,
                "dossier_sha256": dossier_sha256,
            }
        )
        if addendum_id is not UNSET:
            field_dict["addendum_id"] = addendum_id
        if blind is not UNSET:
            field_dict["blind"] = blind
        if cites_ballot_id is not UNSET:
            field_dict["cites_ballot_id"] = cites_ballot_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        application_id = d.pop("application_id")

        call_id = d.pop("call_id")

        closes_at = datetime.datetime.fromisoformat(d.pop("closes_at"))

        consortium_id = d.pop("consortium_id")

        dossier_sha256 = d.pop("dossier_sha256")

        def _parse_addendum_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        addendum_id = _parse_addendum_id(d.pop("addendum_id", UNSET))

        blind = d.pop("blind", UNSET)

        def _parse_cites_ballot_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        cites_ballot_id = _parse_cites_ballot_id(d.pop("cites_ballot_id", UNSET))

        ballot_in = cls(
            application_id=application_id,
            call_id=call_id,
            closes_at=closes_at,
            consortium_id=consortium_id,
            dossier_sha256=dossier_sha256,
            addendum_id=addendum_id,
            blind=blind,
            cites_ballot_id=cites_ballot_id,
        )

        return ballot_in
