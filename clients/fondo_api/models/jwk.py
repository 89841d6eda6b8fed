from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.jwk_crv import JwkCrv, check_jwk_crv
from ..models.jwk_kty import JwkKty, check_jwk_kty
from ..types import UNSET, Unset

T = TypeVar("T", bound="Jwk")


@_attrs_define
class Jwk:
    """A public key of RFC 7517: Ed25519 (OKP, without `y`) or P-256 (EC).

    Attributes:
        crv (JwkCrv):
        kty (JwkKty):
        x (str):
        y (None | str | Unset):
    """

    crv: JwkCrv
    kty: JwkKty
    x: str
    y: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        crv: str = self.crv

        kty: str = self.kty

        x = self.x

        y: None | str | Unset
        if isinstance(self.y, Unset):
            y = UNSET
        else:
            y = self.y

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "crv": crv,
                "kty": kty,
                "x": x,
            }
        )
        if y is not UNSET:
            field_dict["y"] = y

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        crv = check_jwk_crv(d.pop("crv"))

        kty = check_jwk_kty(d.pop("kty"))

        x = d.pop("x")

        def _parse_y(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        y = _parse_y(d.pop("y", UNSET))

        jwk = cls(
            crv=crv,
            kty=kty,
            x=x,
            y=y,
        )

        return jwk
