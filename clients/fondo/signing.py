"""The texts that a member signs, exactly as the server builds them again to check.

Each is canonical JSON (RFC 8785) with a detached JWS over it; the text itself is not sent, so a
signature over anything else than what both sides know is worth nothing.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clients.fondo import keys, times
from clients.fondo.errors import Refused
from services.kernel import proof
from services.kernel.statements import key_statement


@dataclass(frozen=True)
class Signed:
    """A signed text, whole, as its receipt keeps it."""

    text: dict[str, Any]
    jwk: dict[str, Any]
    signature: str

    def sent(self, *names: str) -> dict[str, Any]:
        """The parts of the text that the request carries, with the signature."""
        return {**{name: self.text[name] for name in names}, "signature": self.signature}

    def document(self) -> dict[str, Any]:
        """For the receipt."""
        return {"text": self.text, "jwk": self.jwk, "signature": self.signature}


def sign(
    profile: str,
    build: Callable[..., dict[str, Any]],
    said: dict[str, Any],
    *,
    key: keys.LocalKey,
    passphrase: str,
) -> Signed:
    """Sign now what is said; `build` is its builder in services.kernel.statements."""
    private = keys.unlock(profile, key, passphrase)
    text = build(**said, signed_at=times.now(), nonce=secrets.token_urlsafe(24))
    return Signed(text, key.jwk, proof.sign(text, private))


def sign_key(profile: str, holder_sub: str, *, key: keys.LocalKey, passphrase: str) -> Signed:
    """Prove that one holds the private half of a key that is to be registered."""
    private = keys.unlock(profile, key, passphrase)
    text = key_statement(jwk=key.jwk, holder_sub=holder_sub, signed_at=times.now())
    return Signed(text, key.jwk, proof.sign(text, private))


def check_content(content: dict[str, Any], sha256: str, what: str) -> str:
    """The hash, computed here; raises Refused when the server tells another one."""
    found = proof.sha256_of(content)
    if found != sha256:
        raise Refused(
            "client.hash_differs",
            f"{what} no es lo que su huella dice: {found[:16]}… y no {sha256[:16]}….",
            "No firme. Avise a la secretaría y al auditor.",
        )
    return found
