"""What members of the board and parties sign: one JSON object a kind of statement.

The client that signs and the room that checks build it here, from plain values, so that both have
the same text byte for byte. Pure; `proof` makes the text and the signature of a statement.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any


def signed_instant(instant: datetime) -> str:
    """The instant as statements carry it: UTC, whole seconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def vote_statement(
    *,
    ballot_id: str,
    file_sha256: str,
    dossier_sha256: str,
    seat: str,
    holder_sub: str,
    choice: str,
    reason: str | None,
    legal_bar: str | None,
    conditions: Sequence[dict[str, Any]],
    signed_at: datetime,
    nonce: str,
) -> dict[str, Any]:
    """A seat's vote on one compiled file; each condition is `text`, `evidence` and
    `due_working_days`."""
    return {
        "type": "fondo.vote.v1",
        "ballot_id": ballot_id,
        "file_sha256": file_sha256,
        "dossier_sha256": dossier_sha256,
        "seat": seat,
        "holder_sub": holder_sub,
        "choice": choice,
        "reason": reason,
        "legal_bar": legal_bar,
        "conditions": [
            {name: condition[name] for name in ("text", "evidence", "due_working_days")}
            for condition in conditions
        ],
        "signed_at": signed_instant(signed_at),
        "nonce": nonce,
    }


def deferral_statement(
    *,
    ballot_id: str,
    file_sha256: str,
    seat: str,
    holder_sub: str,
    reason: str,
    until: date,
    signed_at: datetime,
    nonce: str,
) -> dict[str, Any]:
    """The decision of who presides to take a dossier up again later."""
    return {
        "type": "fondo.deferral.v1",
        "ballot_id": ballot_id,
        "file_sha256": file_sha256,
        "seat": seat,
        "holder_sub": holder_sub,
        "reason": reason,
        "until": until.isoformat(),
        "signed_at": signed_instant(signed_at),
        "nonce": nonce,
    }


def acta_statement(
    *,
    acta_id: str,
    content_sha256: str,
    seat: str,
    holder_sub: str,
    signed_at: datetime,
    nonce: str,
) -> dict[str, Any]:
    """A member's signature under the content of an acta."""
    return {
        "type": "fondo.acta.v1",
        "acta_id": acta_id,
        "content_sha256": content_sha256,
        "seat": seat,
        "holder_sub": holder_sub,
        "signed_at": signed_instant(signed_at),
        "nonce": nonce,
    }


def seal_statement(
    *,
    acta_id: str,
    content_sha256: str,
    holder_sub: str,
    missing: Sequence[dict[str, str]],
    reason: str,
    signed_at: datetime,
    nonce: str,
) -> dict[str, Any]:
    """The secretariat's seal on an acta that somebody present did not sign; `missing` are `seat`
    and `holder_sub` of each."""
    return {
        "type": "fondo.seal.v1",
        "acta_id": acta_id,
        "content_sha256": content_sha256,
        "holder_sub": holder_sub,
        "missing": [{name: one[name] for name in ("seat", "holder_sub")} for one in missing],
        "reason": reason,
        "signed_at": signed_instant(signed_at),
        "nonce": nonce,
    }


def agreement_statement(
    *,
    agreement_id: str,
    content_sha256: str,
    party: str,
    holder_sub: str,
    signed_at: datetime,
    nonce: str,
) -> dict[str, Any]:
    """A party's signature on an agreement's document; `party` is `fund` or `consortium`."""
    return {
        "type": "fondo.agreement_signature.v1",
        "agreement_id": agreement_id,
        "content_sha256": content_sha256,
        "party": party,
        "holder_sub": holder_sub,
        "signed_at": signed_instant(signed_at),
        "nonce": nonce,
    }


def key_statement(*, jwk: dict[str, Any], holder_sub: str, signed_at: datetime) -> dict[str, Any]:
    """The proof that who registers a public key holds its private half."""
    return {
        "type": "fondo.key.v1",
        "jwk": jwk,
        "holder_sub": holder_sub,
        "signed_at": signed_instant(signed_at),
    }
