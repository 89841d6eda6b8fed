"""A partner's webhooks: its tranches are told, logged, asked for again and replayed."""

from datetime import timedelta
from urllib.parse import quote

from standardwebhooks import Webhook

from services.kernel import clock
from tests.factories.notices import received
from tests.integration.notices.conftest import Notices
from tests.support.callers import principal

SUB = "program:agroideas"
AGROIDEAS = principal("partner", "agroideas-1", program="agroideas")
AGROBANCO = principal("partner", "agrobanco-1", program="agrobanco")
INSTRUCTED, RECONCILED = (
    f"fund.disbursement.tranche.{what}.v1" for what in ("instructed", "reconciled")
)


async def registered(notices: Notices) -> str:
    """The partner gives its own address; returns the secret."""
    body = {"name": "Agroideas", "webhook_url": notices.receiver.url}
    answer = await notices.ask("PUT", f"/v1/contacts/{SUB}", body, by=AGROIDEAS)
    assert answer.status_code == 200, answer.text
    secret: str = answer.json()["webhook_secret"]
    return secret


def replay(since: str) -> str:
    return f"/v1/contacts/{SUB}/replay?since={quote(since)}"


async def test_a_partner_without_an_address_is_not_told(notices: Notices) -> None:
    await notices.hear(received(INSTRUCTED))
    assert await notices.deliveries() == []


async def test_a_partner_hears_of_its_tranches_signed_and_sees_the_log(notices: Notices) -> None:
    secret = await registered(notices)
    await notices.hear(received(INSTRUCTED), received(RECONCILED))
    assert await notices.send() == 2
    types = set()
    for headers, raw in notices.receiver.taken:
        types.add(Webhook(secret).verify(raw, headers)["type"])
    assert types == {INSTRUCTED, RECONCILED}
    log = await notices.ask("GET", f"/v1/deliveries?recipient={SUB}", by=AGROIDEAS)
    assert [row["state"] for row in log.json()["data"]] == ["sent", "sent"]
    for path in ("/v1/deliveries", f"/v1/deliveries?recipient={SUB}", f"/v1/contacts/{SUB}"):
        assert (await notices.ask("GET", path, by=AGROBANCO)).status_code == 404
    everything = await notices.ask("GET", "/v1/deliveries", by=AGROIDEAS)
    assert everything.status_code == 404  # it must name itself


async def test_a_replay_sends_again_what_was_sent_since_then(notices: Notices) -> None:
    secret = await registered(notices)
    await notices.hear(received(INSTRUCTED))
    await notices.send()
    before = (clock.now() - timedelta(minutes=5)).isoformat()
    answer = await notices.ask("POST", replay(before), by=AGROIDEAS)
    assert (answer.status_code, answer.json()["deliveries"]) == (202, 1)
    waiting = await notices.ask("POST", replay(before), by=AGROIDEAS)
    assert waiting.json()["deliveries"] == 0  # it is already on its way
    assert await notices.send() == 1
    first, second = (
        Webhook(secret).verify(raw, headers) for headers, raw in notices.receiver.taken
    )
    assert first["data"]["event_id"] == second["data"]["event_id"]
    later = (clock.now() + timedelta(minutes=5)).isoformat()
    assert (await notices.ask("POST", replay(later), by=AGROIDEAS)).json()["deliveries"] == 0


async def test_a_replay_is_refused_to_others_and_for_bad_instants(notices: Notices) -> None:
    good = clock.now().isoformat()
    assert (await notices.ask("POST", replay(good), by=AGROIDEAS)).status_code == 404
    await registered(notices)
    assert (await notices.ask("POST", replay(good), by=AGROBANCO)).status_code == 404
    for since in ("ayer", "0001-01-01T00:00:00+23:59", "2026-01-01T00:00:00", "9999-12-31T23:59Z"):
        assert (await notices.ask("POST", replay(since), by=AGROIDEAS)).status_code == 422, since


async def test_the_database_cannot_tell_a_secret(notices: Notices) -> None:
    """Neither its table nor the stored answer has it; the same key shows it again."""
    body = {"name": "Agroideas", "webhook_url": notices.receiver.url}
    path = f"/v1/contacts/{SUB}"
    answers = [
        await notices.caller.request("PUT", path, body, by=AGROIDEAS, key="once") for _ in range(2)
    ]
    first, again = (answer.json()["webhook_secret"] for answer in answers)
    assert first == again
    assert first.startswith("whsec_")
    kept = await notices.rows(
        "SELECT secret AS text FROM webhook_secret UNION ALL SELECT body FROM idempotency"
    )
    assert len(kept) == 2
    assert not [row for row in kept if "whsec_" in row.text]
