from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="BallotIn")


@_attrs_define
class BallotIn:
    """The dossier to vote on, and until when.

    Attributes:
        application_id (str):
        call_id (str):
        closes_at (datetime.datetime):
        consortium_id (str):
        dossier_sha256 (str):
    """

    application_id: str
    call_id: str
    closes_at: datetime.datetime
    consortium_id: str
    dossier_sha256: str

    def to_dict(self) -> dict[str, Any]:
        application_id = self.application_id

        call_id = self.call_id

        closes_at = self.closes_at.isoformat()

        consortium_id = self.consortium_id

        dossier_sha256 = self.dossier_sha256

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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        application_id = d.pop("application_id")

        call_id = d.pop("call_id")

        closes_at = datetime.datetime.fromisoformat(d.pop("closes_at"))

        consortium_id = d.pop("consortium_id")

        dossier_sha256 = d.pop("dossier_sha256")

        ballot_in = cls(
            application_id=application_id,
            call_id=call_id,
            closes_at=closes_at,
            consortium_id=consortium_id,
            dossier_sha256=dossier_sha256,
        )

        return ballot_in
