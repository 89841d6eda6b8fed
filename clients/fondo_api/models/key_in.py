from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.jwk import Jwk


T = TypeVar("T", bound="KeyIn")


@_attrs_define
class KeyIn:
    """A public key, and the caller's signature over `fondo.key.v1` with its private half.

    Attributes:
        jwk (Jwk): A public key of RFC 7517: Ed25519 (OKP, without `y`) or P-256 (EC).
        signature (str):
        signed_at (datetime.datetime):
    """

    jwk: Jwk
    signature: str
    signed_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        jwk = self.jwk.to_dict()

        signature = self.signature

        signed_at = self.signed_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "jwk": jwk,
                "signature": signature,
                "signed_at": signed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.jwk import Jwk  # noqa: PLC0415

        d = dict(src_dict)
        jwk = Jwk.from_dict(d.pop("jwk"))

        signature = d.pop("signature")

        signed_at = datetime.datetime.fromisoformat(d.pop("signed_at"))

        key_in = cls(
            jwk=jwk,
            signature=signature,
            signed_at=signed_at,
        )

        return key_in
