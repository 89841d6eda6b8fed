"""The documentation that a partner's programmer reads: its part of our API, without the network."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

PATHS: Final = ("/v1/partners/", "/v1/instructions")
ALSO: Final = (
    "/v1/purchases",
    "/v1/purchases/{purchase_id}",
    "/v1/purchases/{purchase_id}/answer",
)
"""What a partner may call: all under those, and these."""
ASSETS: Final = "/static-offline-docs"
"""Where the application serves the page's script and style from its own files."""
ABOUT: Final = """What Agroideas and Agrobanco call at the fund. What the fund calls at them is
described by their own contracts (`contracts/partners`) and spoken by the sandbox.

**Callbacks** are signed as Standard Webhooks says: `webhook-id` (one for one event, kept over
retries), `webhook-timestamp` (seconds, at most five minutes off), `webhook-signature` (HMAC-SHA256
over `{id}.{timestamp}.{body}`). While a secret is changed the one before it is good too, until the
agreed date. Answers: 200 `applied`, `repeated` or `case` (kept, a person looks at it): do not send
it again; 422 `disbursement.foreign_reference`: not ours; 401: not signed well; 503 or no answer:
send it again with the same id.

**No-objections**: the fund asks at your `POST /v1/no-objections`; answer by a signed message to
the `callback_url` (`POST /v1/partners/agroideas/no-objections`: `no_objection.granted` with a
`record_number`, `no_objection.observed` or `.denied` with a `reason`), or here:
`GET /v1/purchases?program=agroideas&state=sent`, then `POST /v1/purchases/{id}/answer`. Either way
once; another word later is a case. No supplier is paid before its no-objection.

**Delivery log**: `GET /v1/partners/{program}/messages` shows each of your signed messages and what
it led to.

**Webhooks to you**: give an address with `PUT /v1/contacts/program:<you>`; its answer shows the
secret once. You are told `tranche.instructed` (a hint to check that all orders came), `rejected`,
`returned` and `reconciled`; each is tried for a day with backoff. `POST
/v1/contacts/{sub}/webhook-secret` makes a new secret, the one before signs too until the next
change; `GET /v1/deliveries?recipient=program:<you>` is the log; `POST
/v1/deliveries/{id}/redeliver` tries one again, `POST /v1/contacts/{sub}/replay?since=` all of them.

**Check**: `make partner-check PARTNER=agroideas|agrobanco URL=<your sandbox>`, and
`PARTNER=fund URL=<the fund>` for the callbacks from your side."""


@router.get("/docs/partners")
async def partner_page(request: Request) -> HTMLResponse:
    """The page; its script and style come from this server."""
    root = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{root}/docs/partners/openapi.json",
        title="Fondo Consorcios: socios",
        swagger_js_url=f"{root}{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{root}{ASSETS}/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},
    )


@router.get("/docs/partners/openapi.json")
async def partner_openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI document of those paths alone."""
    whole = request.app.openapi()
    paths = {
        path: item
        for path, item in whole["paths"].items()
        if path.startswith(PATHS) or path in ALSO
    }
    info = {**whole["info"], "title": "Fondo Consorcios: socios", "description": ABOUT}
    return {**whole, "info": info, "paths": paths}
