from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ActaSignatureIn")


@_attrs_define
class ActaSignatureIn:
    """The caller's signature over `fondo.acta.v1`: the acta's id and the hash of its content.

    Attributes:
        nonce (str):
        signature (str):
        signed_at (datetime.datetime):
    """

    nonce: str
    signature: str
    signed_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        nonce = self.nonce

        signature = self.signature

        signed_at = self.signed_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "nonce": nonce,
                "signature": signature,
                "signed_at": signed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        nonce = d.pop("nonce")

        signature = d.pop("signature")

        signed_at = datetime.datetime.fromisoformat(d.pop("signed_at"))

        acta_signature_in = cls(
            nonce=nonce,
            signature=signature,
            signed_at=signed_at,
        )

        return acta_signature_in
