from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="DeferralIn")


@_attrs_define
class DeferralIn:
    """Until when who presides puts the dossier off, and why; signed over `fondo.deferral.v1`.

    Attributes:
        nonce (str):
        reason (str):
        signature (str):
        signed_at (datetime.datetime):
        until (datetime.date):
    """

    nonce: str
    reason: str
    signature: str
    signed_at: datetime.datetime
    until: datetime.date

    def to_dict(self) -> dict[str, Any]:
        nonce = self.nonce

        reason = self.reason

        signature = self.signature

        signed_at = self.signed_at.isoformat()

        until = self.until.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "nonce": nonce,
                "reason": reason,
                "signature": signature,
                "signed_at": signed_at,
                "until": until,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        nonce = d.pop("nonce")

        reason = d.pop("reason")

        signature = d.pop("signature")

        signed_at = datetime.datetime.fromisoformat(d.pop("signed_at"))

        until = datetime.date.fromisoformat(d.pop("until"))

        deferral_in = cls(
            nonce=nonce,
            reason=reason,
            signature=signature,
            signed_at=signed_at,
            until=until,
        )

        return deferral_in
