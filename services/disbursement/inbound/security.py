"""Whether a message is the partner's: Standard Webhooks, two secrets during a change, and a count
of what was refused by one of a few fixed reasons."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from standardwebhooks import Webhook, WebhookVerificationError

from services.kernel.auth import PROBLEM_RESPONSES
from services.kernel.errors import FundError, Unauthenticated, Unavailable
from services.kernel.settings import Settings
from services.kernel.telemetry import counter

Reason = Literal["unsigned", "stale", "bad_signature", "malformed", "foreign_reference"]
REASONS: Final[tuple[Reason, ...]] = (
    "unsigned",
    "stale",
    "bad_signature",
    "malformed",
    "foreign_reference",
)
HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
SIGNED_ROUTE: Final[dict[str, Any]] = {
    "responses": {status: PROBLEM_RESPONSES[status] for status in (400, 401, 413, 422, 503)},
    "openapi_extra": {
        "x-policy": "signature",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in HEADERS
        ],
    },
}
"""What a route that takes signed messages says of itself."""
TOLERANCE_S: Final = 300
"""As the library has it: five minutes to either side."""

REFUSED = counter(
    "fund_callbacks_refused_total",
    "Partners' messages that were refused.",
    ["program", "reason"],
    by="api",
)
for _reason in REASONS:
    REFUSED.labels("agroideas", _reason)


def refuse(reason: Reason, error: FundError, *, program: str = "agroideas") -> FundError:
    """Count the refusal; returns the error, to be raised."""
    REFUSED.labels(program, reason).inc()
    return error


def active_secrets(settings: Settings, now: datetime) -> list[str]:
    """The secrets that a message may be signed with now: the present one and, until the date of
    the change is over, the one before it. Raises Unavailable when there is none."""
    secrets = [settings.agroideas_webhook_secret.get_secret_value()]
    until = settings.agroideas_webhook_previous_until
    if until is not None and now < until:
        secrets.append(settings.agroideas_webhook_secret_previous.get_secret_value())
    found = [secret for secret in secrets if secret]
    if not found:
        raise Unavailable("disbursement.no_webhook_secret", "Falta configurar el secreto.")
    return found


def verified(settings: Settings, raw: bytes, headers: Mapping[str, str], now: datetime) -> Any:
    """The JSON body of a signed message.

    Raises Unauthenticated for a missing, wrong or old signature, and counts which.
    """
    for secret in active_secrets(settings, now):
        try:
            return Webhook(secret).verify(raw, dict(headers))
        except (WebhookVerificationError, ValueError, UnicodeError, RecursionError):
            continue
    error = Unauthenticated(
        "disbursement.bad_signature", "La firma del mensaje no es válida o venció."
    )
    raise refuse(_reason_of(headers, now), error)


def _reason_of(headers: Mapping[str, str], now: datetime) -> Reason:
    if any(not headers.get(name) for name in HEADERS):
        return "unsigned"
    stamp = headers["webhook-timestamp"]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return "bad_signature"
    return "stale" if abs(now.timestamp() - int(stamp)) > TOLERANCE_S else "bad_signature"
