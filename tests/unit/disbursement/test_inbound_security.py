"""Two active secrets during a change, and refusals counted by a few fixed reasons."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from services.disbursement.inbound.security import REASONS, verified
from services.kernel.errors import Unauthenticated, Unavailable
from services.kernel.settings import Settings
from tests.factories import disbursement as make

NEW = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OLD = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
OTHER = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="
BODY = make.callback("ref-01", 100_00)


def now() -> datetime:
    return datetime.now(UTC)


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {"agroideas_webhook_secret": SecretStr(NEW), **changes}
    return Settings(_env_file=None, **given)


CHANGING = {
    "agroideas_webhook_secret_previous": SecretStr(OLD),
    "agroideas_webhook_previous_until": now() + timedelta(days=1),
}


def refused(reason: str) -> float:
    labels = {"program": "agroideas", "reason": reason}
    return REGISTRY.get_sample_value("fund_callbacks_refused_total", labels) or 0.0


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_during_a_change_both_secrets_sign(secret: str) -> None:
    raw, headers = make.signed(secret, BODY, at=now())
    assert verified(settings(**CHANGING), raw, headers, now()) == BODY


def test_after_the_change_the_old_secret_is_refused_and_counted() -> None:
    raw, headers = make.signed(OLD, BODY, at=now())
    before = refused("bad_signature")
    over = CHANGING | {"agroideas_webhook_previous_until": now() - timedelta(seconds=1)}
    for given in (settings(**over), settings()):
        with pytest.raises(Unauthenticated):
            verified(given, raw, headers, now())
    assert refused("bad_signature") == before + 2


def test_without_any_secret_nothing_is_believed() -> None:
    raw, headers = make.signed(NEW, BODY, at=now())
    with pytest.raises(Unavailable):
        verified(settings(agroideas_webhook_secret=SecretStr("")), raw, headers, now())


@pytest.mark.parametrize(
    ("reason", "secret", "off_s", "changes"),
    [
        ("stale", NEW, -301, {}),
        ("stale", NEW, 310, {}),
        ("bad_signature", OTHER, 0, {}),
        ("unsigned", NEW, 0, {"webhook-signature": ""}),
        ("unsigned", NEW, 0, {"webhook-id": ""}),
        ("bad_signature", NEW, 0, {"webhook-id": "evt-another"}),
        ("bad_signature", NEW, 0, {"webhook-timestamp": "²"}),
        ("bad_signature", NEW, 0, {"webhook-timestamp": "9" * 400}),
        ("bad_signature", NEW, 0, {"webhook-signature": "v1,\ud800"}),
    ],
)
def test_each_refusal_is_counted_by_its_reason(
    reason: str, secret: str, off_s: int, changes: dict[str, str]
) -> None:
    raw, headers = make.signed(secret, BODY, at=now() + timedelta(seconds=off_s))
    before = {one: refused(one) for one in REASONS}
    with pytest.raises(Unauthenticated):
        verified(settings(**CHANGING), raw, headers | changes, now())
    assert {one: refused(one) - before[one] for one in REASONS} == {
        one: float(one == reason) for one in REASONS
    }
