from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.jwk import Jwk


T = TypeVar("T", bound="KeyOut")


@_attrs_define
class KeyOut:
    """A member's key; `kid` is its JWK thumbprint (RFC 7638).

    Attributes:
        algorithm (str):
        holder_sub (str):
        jwk (Jwk): A public key of RFC 7517: Ed25519 (OKP, without `y`) or P-256 (EC).
        kid (str):
        registered_at (datetime.datetime):
        revoked_at (datetime.datetime | None):
        revoked_by (None | str):
        revoked_reason (None | str):
    """

    algorithm: str
    holder_sub: str
    jwk: Jwk
    kid: str
    registered_at: datetime.datetime
    revoked_at: datetime.datetime | None
    revoked_by: None | str
    revoked_reason: None | str

    def to_dict(self) -> dict[str, Any]:
        algorithm = self.algorithm

        holder_sub = self.holder_sub

        jwk = self.jwk.to_dict()

        kid = self.kid

        registered_at = self.registered_at.isoformat()

        revoked_at: None | str
        if isinstance(self.revoked_at, datetime.datetime):
            revoked_at = self.revoked_at.isoformat()
        else:
            revoked_at = self.revoked_at

        revoked_by: None | str
        revoked_by = self.revoked_by

        revoked_reason: None | str
        revoked_reason = self.revoked_reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "algorithm": algorithm,
                "holder_sub": holder_sub,
                "jwk": jwk,
                "kid": kid,
                "registered_at": registered_at,
                "revoked_at": revoked_at,
                "revoked_by": revoked_by,
                "revoked_reason": revoked_reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.jwk import Jwk  # noqa: PLC0415

        d = dict(src_dict)
        algorithm = d.pop("algorithm")

        holder_sub = d.pop("holder_sub")

        jwk = Jwk.from_dict(d.pop("jwk"))

        kid = d.pop("kid")

        registered_at = datetime.datetime.fromisoformat(d.pop("registered_at"))

        def _parse_revoked_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                revoked_at_type_0 = datetime.datetime.fromisoformat(data)

                return revoked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        revoked_at = _parse_revoked_at(d.pop("revoked_at"))

        def _parse_revoked_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        revoked_by = _parse_revoked_by(d.pop("revoked_by"))

        def _parse_revoked_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        revoked_reason = _parse_revoked_reason(d.pop("revoked_reason"))

        key_out = cls(
            algorithm=algorithm,
            holder_sub=holder_sub,
            jwk=jwk,
            kid=kid,
            registered_at=registered_at,
            revoked_at=revoked_at,
            revoked_by=revoked_by,
            revoked_reason=revoked_reason,
        )

        return key_out
