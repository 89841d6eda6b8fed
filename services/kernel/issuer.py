"""The development issuer: discovery, JWKS and client credentials; refused in production.

It stands in for the ministries' identity provider on one machine. Tokens are ES256 JWTs
(RFC 9068) signed with a key that never leaves the state folder.
"""

import secrets
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from jwt.algorithms import ECAlgorithm
from prometheus_client import make_asgi_app

from services.kernel import clock
from services.kernel.auth import ALGORITHM, TOKEN_TYPE
from services.kernel.errors import Malformed, Unauthenticated
from services.kernel.ids import new_id
from services.kernel.problems import add_problems
from services.kernel.settings import Settings

TOKEN_LIFE_S = 3600
KEY_ID = "dev-1"


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


def issuer_app(settings: Settings) -> FastAPI:
    """The issuer's HTTP interface."""
    refuse_in_production(settings)
    app = FastAPI(title="Development issuer", openapi_url=None)
    app.mount("/metrics", make_asgi_app())
    add_problems(app)
    public = signing_key(settings.issuer_key_file).public_key()

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": settings.issuer_url,
            "jwks_uri": f"{settings.issuer_url}/jwks",
            "token_endpoint": f"{settings.issuer_url}/token",
            "grant_types_supported": ["client_credentials"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        key = ECAlgorithm.to_jwk(public, as_dict=True)
        return {"keys": [{**key, "kid": KEY_ID, "alg": ALGORITHM, "use": "sig"}]}

    @app.post("/token")
    async def token(
        request: Request,
        client: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())],
    ) -> dict[str, Any]:
        form = parse_qs((await request.body()).decode("ascii", "replace"))
        if form.get("grant_type") != ["client_credentials"]:
            raise Malformed("issuer.grant_unsupported", "Solo se admite client_credentials.")
        secret = settings.service_client_secret.get_secret_value()
        known = secrets.compare_digest(client.username, settings.service_client_id)
        if not secret or not known or not secrets.compare_digest(client.password, secret):
            raise Unauthenticated("issuer.client_unknown", "Cliente o secreto incorrectos.")
        return {
            "access_token": issue(settings, sub=client.username, role="service"),
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFE_S,
        }

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app
