"""Members who sign in tests: one key a person and test process, and bodies signed with it.

Register once with `POST /v1/keys` (`key_registration`), then vote with `signed_vote`.
"""

import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any

from deploy.demo import signing
from services.kernel import clock, proof
from services.kernel.statements import acta_statement, seal_statement


@cache
def key_of(sub: str) -> signing.PrivateKey:
    """The person's private key in this process."""
    return signing.new_key()


def key_registration(sub: str) -> dict[str, Any]:
    """The body of `POST /v1/keys` that registers the person's key."""
    return signing.registration(key_of(sub), sub)


def signed_vote(
    ballot: Mapping[str, Any], seat: str, sub: str, choice: str = "for", **said: Any
) -> dict[str, Any]:
    """The body of a ballot's `POST …/votes` by the person for the seat; `said` may hold `reason`,
    `legal_bar`, `conditions`, `signed_at`, `nonce` and `key`. What must have a reason has one."""
    key = said.pop("key", None) or key_of(sub)
    if choice != "for":
        said.setdefault("reason", "Falta sustento.")
    if choice == "abstain":
        said.setdefault("legal_bar", "LPAG art. 99.2")
    return signing.vote(key, ballot, seat, sub, choice, **said)


def signed_deferral(ballot: Mapping[str, Any], seat: str, sub: str, **said: Any) -> dict[str, Any]:
    """The body of a ballot's `POST …/deferral` by the person who presides: `reason`, `until`."""
    return signing.deferral(key_of(sub), ballot, seat, sub, **said)


def signed_acta(acta: Mapping[str, Any], seat: str, sub: str, **said: Any) -> dict[str, Any]:
    """The body of an acta's `POST …/signatures` by one who took part."""
    signed = _signed(**said)
    statement = acta_statement(
        acta_id=acta["id"],
        content_sha256=acta["content_sha256"],
        seat=seat,
        holder_sub=sub,
        **signed,
    )
    return {**_told(statement), "signature": proof.sign(statement, key_of(sub))}


def signed_seal(acta: Mapping[str, Any], sub: str, reason: str, **said: Any) -> dict[str, Any]:
    """The body of an acta's `POST …/seal` by the secretariat, over who is missing there."""
    statement = seal_statement(
        acta_id=acta["id"],
        content_sha256=acta["content_sha256"],
        holder_sub=sub,
        missing=acta["missing"],
        reason=reason,
        **_signed(**said),
    )
    signature = proof.sign(statement, key_of(sub))
    return {"reason": reason, **_told(statement), "signature": signature}


def signed_agreement(file: Mapping[str, Any], party: str, sub: str, **said: Any) -> dict[str, Any]:
    """The body of an agreement's `POST …/signatures` for a party, on the document in its file."""
    return signing.agreement(key_of(sub), file, party, sub, **said)


def _signed(**said: Any) -> dict[str, Any]:
    return {"signed_at": clock.now(), "nonce": secrets.token_urlsafe(16), **said}


def _told(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {name: statement[name] for name in ("signed_at", "nonce")}
