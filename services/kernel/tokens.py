"""Signing the development issuer's access tokens: ES256 JWTs (RFC 9068), refused in production.

The key never leaves the state folder; nothing here needs the web framework.
"""

import secrets
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kernel import clock
from services.kernel.ids import new_id
from services.kernel.settings import Settings

ALGORITHM: Final = "ES256"
TOKEN_TYPE: Final = "at+jwt"
TOKEN_LIFE_S: Final = 3600
KEY_ID: Final = "dev-1"


def refuse_in_production(settings: Settings) -> None:
    """Raise when the environment is production: there, tokens come from the real provider."""
    if settings.environment == "production":
        raise SystemExit(
            "the development issuer is refused in production; set FUND_ISSUER_URL to your provider"
        )


def signing_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The issuer's private key, made at the first use, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        partial = path.with_suffix(f".{secrets.token_hex(4)}")
        partial.touch(mode=0o600)
        partial.write_bytes(fresh)
        if not path.exists():
            partial.rename(path)
        partial.unlink(missing_ok=True)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SystemExit(f"{path} is not an EC key; remove it and start the issuer again")
    return key


def issue(
    settings: Settings, *, sub: str, role: str, life_s: int = TOKEN_LIFE_S, **claims: str | None
) -> str:
    """A signed access token; `claims` may hold seat, program and consortium_id."""
    refuse_in_production(settings)
    now_s = int(clock.now().timestamp())
    payload: dict[str, Any] = {
        "iss": settings.issuer_url,
        "aud": settings.audience,
        "sub": sub,
        "role": role,
        "iat": now_s,
        "nbf": now_s,
        "exp": now_s + life_s,
        "jti": new_id("jti"),
        **{name: value for name, value in claims.items() if value},
    }
    return jwt.encode(
        payload,
        signing_key(settings.issuer_key_file),
        algorithm=ALGORITHM,
        headers={"kid": KEY_ID, "typ": TOKEN_TYPE},
    )
