"""The development issuer: discovery, JWKS and client credentials; refused in production.

It stands in for the ministries' identity provider on one machine. Tokens are ES256 JWTs
(RFC 9068) signed with a key that never leaves the state folder.
"""

import secrets
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from jwt.algorithms import ECAlgorithm

from services.kernel.app import metrics
from services.kernel.errors import Malformed, Unauthenticated
from services.kernel.problems import add_problems
from services.kernel.settings import Settings
from services.kernel.tokens import (
    ALGORITHM,
    KEY_ID,
    TOKEN_LIFE_S,
    issue,
    refuse_in_production,
    signing_key,
)


def issuer_app(settings: Settings) -> FastAPI:
    """The issuer's HTTP interface."""
    refuse_in_production(settings)
    app = FastAPI(title="Development issuer", openapi_url=None)
    app.add_route("/metrics", metrics)
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
