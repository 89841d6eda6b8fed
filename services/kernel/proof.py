"""Signed statements that anybody can check: canonical JSON under a detached JWS.

A statement is a JSON object with a `type`; its text is RFC 8785, its signature a compact JWS with
detached, unencoded payload (RFC 7515 and 7797), its key named by the JWK thumbprint (RFC 7638).
The signer's private key never comes here: this module signs for clients and checks for everybody.
"""

import base64
import binascii
import hashlib
import json
from typing import Any, Final

import jwt
import rfc8785
from jwt.api_jws import PyJWS

ALGORITHMS: Final = ("EdDSA", "ES256")
_CURVES: Final = {"EdDSA": ("OKP", "Ed25519"), "ES256": ("EC", "P-256")}
_PUBLIC: Final = {"EdDSA": ("crv", "kty", "x"), "ES256": ("crv", "kty", "x", "y")}
_JWS: Final = PyJWS(algorithms=list(ALGORITHMS))


class ProofError(ValueError):
    """A statement that its signature does not prove; `reason` is one of `malformed`, `algorithm`,
    `key`, `signature`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def canonical(statement: dict[str, Any]) -> bytes:
    """The one text of a statement (RFC 8785); raises ValueError for what JSON cannot say."""
    return rfc8785.dumps(statement)


def sha256_of(statement: dict[str, Any]) -> str:
    """The SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(statement)).hexdigest()


def algorithm_of(jwk: dict[str, Any]) -> str:
    """The one algorithm of a public key; raises ProofError for any other key, or a private one."""
    for algorithm, curve in _CURVES.items():
        if (jwk.get("kty"), jwk.get("crv")) == curve and set(jwk) == set(_PUBLIC[algorithm]):
            return algorithm
    raise ProofError("key")


def thumbprint(jwk: dict[str, Any]) -> str:
    """The key's id: RFC 7638 over its public members, in base64url."""
    algorithm_of(jwk)
    digest = hashlib.sha256(canonical(jwk)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def public_jwk(private_key: Any) -> dict[str, Any]:
    """The public members of a private key (Ed25519 or P-256 of `cryptography`)."""
    public = private_key.public_key()
    for algorithm in ALGORITHMS:
        try:
            jwk = json.loads(_JWS.get_algorithm_by_name(algorithm).to_jwk(public))
        except (TypeError, jwt.InvalidKeyError):
            continue
        members = {name: jwk[name] for name in _PUBLIC[algorithm] if name in jwk}
        algorithm_of(members)
        return members
    raise ProofError("key")


def sign(statement: dict[str, Any], private_key: Any) -> str:
    """The detached JWS of a statement, `header..signature`."""
    jwk = public_jwk(private_key)
    return _JWS.encode(
        canonical(statement),
        private_key,
        algorithm=algorithm_of(jwk),
        headers={"kid": thumbprint(jwk), "typ": _type_of(statement)},
        is_payload_detached=True,
    )


def key_id_of(signature: str) -> str:
    """Which key a signature names; raises ProofError when it names none."""
    kid = _header(signature).get("kid")
    if not isinstance(kid, str):
        raise ProofError("malformed")
    return kid


def check(statement: dict[str, Any], signature: str, jwk: dict[str, Any]) -> None:
    """Return if the key's owner signed exactly this statement; else raise ProofError."""
    algorithm, header = algorithm_of(jwk), _header(signature)
    if header != {
        "alg": algorithm,
        "b64": False,
        "crit": ["b64"],
        "kid": thumbprint(jwk),
        "typ": _type_of(statement),
    }:
        raise ProofError("key" if header.get("alg") == algorithm else "algorithm")
    try:
        key = _JWS.get_algorithm_by_name(algorithm).from_jwk(json.dumps(jwk))
        _JWS.decode(signature, key, algorithms=[algorithm], detached_payload=canonical(statement))
    except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError) as error:
        raise ProofError("signature") from error


def _type_of(statement: dict[str, Any]) -> str:
    return f"{statement['type']}+jws"


def _header(signature: str) -> dict[str, Any]:
    parts = signature.split(".")
    if len(parts) != 3 or parts[1] or not (_is_exact(parts[0]) and _is_exact(parts[2])):
        raise ProofError("malformed")
    try:
        header: dict[str, Any] = jwt.get_unverified_header(signature)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise ProofError("malformed") from error
    return header


def _is_exact(part: str) -> bool:
    """Whether the text is the one base64url form of its bytes: no spare bit may differ."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error):
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == part
