"""A signer's side, the board's or a party's: its private key never reaches the service."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.kernel import clock, proof
from services.kernel.statements import (
    agreement_statement,
    deferral_statement,
    key_statement,
    signed_instant,
    vote_statement,
)

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey


def new_key() -> Ed25519PrivateKey:
    """A fresh private key."""
    return Ed25519PrivateKey.generate()


def registration(key: PrivateKey, sub: str) -> dict[str, Any]:
    """The body of `POST /v1/keys` by which `sub` registers its key."""
    jwk, now = proof.public_jwk(key), clock.now()
    statement = key_statement(jwk=jwk, holder_sub=sub, signed_at=now)
    return {
        "jwk": jwk,
        "signed_at": statement["signed_at"],
        "signature": proof.sign(statement, key),
    }


def vote(
    key: PrivateKey,
    ballot: Mapping[str, Any],
    seat: str,
    sub: str,
    choice: str,
    *,
    reason: str | None = None,
    legal_bar: str | None = None,
    conditions: Sequence[dict[str, Any]] = (),
    signed_at: datetime | None = None,
    nonce: str | None = None,
) -> dict[str, Any]:
    """The body of a ballot's `POST …/votes`, signed on the file that `ballot` shows."""
    statement = vote_statement(
        ballot_id=ballot["id"],
        file_sha256=ballot["file_sha256"],
        dossier_sha256=ballot["dossier_sha256"],
        seat=seat,
        holder_sub=sub,
        choice=choice,
        reason=reason,
        legal_bar=legal_bar,
        conditions=conditions,
        signed_at=signed_at or clock.now(),
        nonce=nonce or secrets.token_urlsafe(16),
    )
    said = ("choice", "reason", "legal_bar", "conditions", "file_sha256", "signed_at", "nonce")
    return {
        **{name: statement[name] for name in said},
        "signature": proof.sign(statement, key),
    }


def deferral(
    key: PrivateKey,
    ballot: Mapping[str, Any],
    seat: str,
    sub: str,
    *,
    reason: str,
    until: date,
    signed_at: datetime | None = None,
) -> dict[str, Any]:
    """The body of a ballot's `POST …/deferral`, signed."""
    now, nonce = signed_at or clock.now(), secrets.token_urlsafe(16)
    statement = deferral_statement(
        ballot_id=ballot["id"],
        file_sha256=ballot["file_sha256"],
        seat=seat,
        holder_sub=sub,
        reason=reason,
        until=until,
        signed_at=now,
        nonce=nonce,
    )
    return {
        "reason": reason,
        "until": until.isoformat(),
        "signed_at": signed_instant(now),
        "nonce": nonce,
        "signature": proof.sign(statement, key),
    }


def agreement(
    key: PrivateKey,
    file: Mapping[str, Any],
    party: str,
    sub: str,
    *,
    signed_at: datetime | None = None,
    nonce: str | None = None,
) -> dict[str, Any]:
    """The body of an agreement's `POST …/signatures`, signed on the document that `file` shows."""
    statement = agreement_statement(
        agreement_id=file["content"]["agreement_id"],
        content_sha256=file["content_sha256"],
        party=party,
        holder_sub=sub,
        signed_at=signed_at or clock.now(),
        nonce=nonce or secrets.token_urlsafe(16),
    )
    told = {name: statement[name] for name in ("party", "signed_at", "nonce")}
    return {**told, "signature": proof.sign(statement, key)}
