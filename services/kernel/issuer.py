"""The development issuer: discovery, JWKS, client credentials for processes and device
authorization for people; refused in production.

It stands in for the ministries' identity provider on one machine. Tokens are ES256 JWTs
(RFC 9068) signed with a key that never leaves the state folder.
"""

import secrets
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from jwt.algorithms import ECAlgorithm

from services.kernel.app import metrics
from services.kernel.device_login import GRANT, add_device_login, form_of, token_for
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
    logins = add_device_login(app, settings)
    public = signing_key(settings.issuer_key_file).public_key()

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": settings.issuer_url,
            "jwks_uri": f"{settings.issuer_url}/jwks",
            "token_endpoint": f"{settings.issuer_url}/token",
            "device_authorization_endpoint": f"{settings.issuer_url}/device_authorization",
            "grant_types_supported": ["client_credentials", GRANT],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        key = ECAlgorithm.to_jwk(public, as_dict=True)
        return {"keys": [{**key, "kid": KEY_ID, "alg": ALGORITHM, "use": "sig"}]}

    @app.post("/token", response_model=None)
    async def token(
        request: Request,
        client: Annotated[HTTPBasicCredentials | None, Depends(HTTPBasic(auto_error=False))],
    ) -> dict[str, Any] | JSONResponse:
        form = await form_of(request)
        if form.get("grant_type") == GRANT:
            return token_for(logins, settings, form)
        if form.get("grant_type") != "client_credentials":
            detail = "Solo se admiten client_credentials y el ingreso por dispositivo."
            raise Malformed("issuer.grant_unsupported", detail)
        if client is None:
            raise Unauthenticated(
                "issuer.client_missing", "Falta el cliente: Authorization: Basic …"
            )
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
