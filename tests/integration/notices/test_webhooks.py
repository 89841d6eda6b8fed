"""Webhooks against a real receiver: signed, tried again, never redirected, never inside."""

from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.kernel import clock, sealing
from services.notices import channels
from services.notices.domain import Taken
from tests.factories.notices import received
from tests.integration.notices.conftest import Notices, Receiver

SEALED = "fund.board.acta.sealed.v1"
SECRETARIAT = "role:secretariat"
OTHER = "whsec_" + "c2VjcmV0byBkZSBvdHJhIHBlcnNvbmE" + "="


async def told(notices: Notices) -> str:
    """A notice that waits for the secretariat's webhook; returns the webhook's secret."""
    made = await notices.contact(SECRETARIAT, webhook_url=notices.receiver.url)
    await notices.hear(received(SEALED))
    secret: str = made["webhook_secret"]
    return secret


def verified(receiver: Receiver, secret: str, at: int = -1) -> dict[str, Any]:
    headers, body = receiver.taken[at]
    found: dict[str, Any] = Webhook(secret).verify(body, headers)
    return found


async def test_a_webhook_is_signed_and_says_what_the_e_mail_says(notices: Notices) -> None:
    secret = await told(notices)
    assert await notices.send() == 1
    body = verified(notices.receiver, secret)
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["channel"]) == ("sent", "webhook")
    assert delivery["address"] == "http://127.0.0.1/…"
    assert body["type"] == SEALED
    assert body["data"]["delivery_id"] == delivery["id"]
    assert body["data"]["event_id"] == delivery["event_id"]
    assert body["data"]["title"] == "Acta sellada: ACTA-007-2026-FC"
    headers, content = notices.receiver.taken[0]
    assert headers["webhook-id"] == delivery["id"]
    with pytest.raises(WebhookVerificationError):
        verified(notices.receiver, OTHER)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(content.replace(b"007", b"008"), headers)


async def test_a_receiver_that_fails_and_then_takes_it(notices: Notices) -> None:
    secret = await told(notices)
    notices.receiver.answers = [500, 200]
    await notices.send()
    [delivery] = await notices.deliveries("&state=failed")
    assert delivery["last_error"] == "HTTP 500"
    assert await notices.send() == 0
    await notices.make_due()
    await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("sent", 2)
    first, second = (verified(notices.receiver, secret, at)["data"] for at in (0, 1))
    assert first == second


async def test_a_changed_secret_signs_beside_the_one_before(notices: Notices) -> None:
    first = await told(notices)
    path = f"/v1/contacts/{SECRETARIAT}/webhook-secret"
    second = (await notices.ask("POST", path)).json()["webhook_secret"]
    await notices.send()
    for secret in (first, second):
        verified(notices.receiver, secret)
    third = (await notices.ask("POST", path)).json()
    assert third["webhook_secrets"] == 2
    await notices.hear(received(SEALED))
    await notices.send()
    for secret in (second, third["webhook_secret"]):
        verified(notices.receiver, secret)
    with pytest.raises(WebhookVerificationError):
        verified(notices.receiver, first)


async def test_a_new_address_gets_a_new_secret_and_no_signature_of_the_old(
    notices: Notices,
) -> None:
    first = await told(notices)
    url = f"{notices.receiver.url}/other"
    second = (await notices.contact(SECRETARIAT, webhook_url=url))["webhook_secret"]
    await notices.send()
    verified(notices.receiver, second)
    with pytest.raises(WebhookVerificationError):
        verified(notices.receiver, first)


async def test_a_redirect_is_not_followed(notices: Notices) -> None:
    await told(notices)
    notices.receiver.answers = [307]
    notices.receiver.location = f"{notices.receiver.url}/elsewhere"
    await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["last_error"]) == ("failed", "HTTP 307")
    assert len(notices.receiver.taken) == 1


async def test_a_receiver_that_wants_no_more_is_believed(notices: Notices) -> None:
    await told(notices)
    notices.receiver.answers = [410]
    await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["last_error"]) == ("given_up", "HTTP 410")


async def test_a_receiver_that_never_answers_does_not_hold_the_sender(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "TRY_LIMIT_S", 0.3)
    await told(notices)
    notices.receiver.hangs = True
    await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], "Timeout" in delivery["last_error"]) == ("failed", True)


async def test_both_channels_of_a_contact_are_used_each_once(notices: Notices) -> None:
    await notices.contact(SECRETARIAT, email="ana@fondo.example", webhook_url=notices.receiver.url)
    event = received(SEALED)
    await notices.hear(event, event)
    assert await notices.send() == 2
    assert (len(notices.mail.messages), len(notices.receiver.taken)) == (1, 1)


async def test_without_a_secret_nothing_is_sent_unsigned(notices: Notices) -> None:
    await told(notices)
    await notices.rows("UPDATE webhook_secret SET retired_at = now() RETURNING 1")
    await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], "secreto" in delivery["last_error"]) == ("failed", True)
    assert notices.receiver.taken == []


@pytest.mark.parametrize("url", ["https://127.0.0.1:9/x", "https://localhost:9/x"])
async def test_outside_a_developers_machine_no_host_inside_is_asked(
    notices: Notices, url: str
) -> None:
    taken = Taken(
        **{"id": "dlv_1", "event_id": "evt_1", "event_type": "t", "about": "bal_1"},
        **{"template": "x", "channel": "webhook", "address": url, "name": "Rosa"},
        **{"title": "x", "plain": "x", "html": "x"},
        attempt=1,
        secrets=(sealing.seal(notices.settings, OTHER),),
    )
    production = notices.settings.model_copy(update={"environment": "production"})
    hooks = channels.Webhooks(production)
    refused = await hooks.send(taken, now=clock.now())
    await hooks.close()
    assert "internet pública" in str(refused.error)
