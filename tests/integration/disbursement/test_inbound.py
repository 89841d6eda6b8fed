"""The log of a partner's messages, the count of what was refused, and the check that a partner
can run against our callback endpoint."""

import re

from deploy.conformance.__main__ import arguments, results
from tests.factories import disbursement as make
from tests.integration.disbursement.world import OPERATOR_A, World
from tests.support.callers import principal

AMOUNT = 30_000_00
AGROIDEAS = principal("partner", "agroideas-1", program="agroideas")
AGROBANCO = principal("partner", "agrobanco-1", program="agrobanco")


async def refusals(world: World, reason: str) -> float:
    text = (await world.caller.client.get("/metrics")).text
    pattern = rf'fund_callbacks_refused_total{{program="agroideas",reason="{reason}"}} ([0-9.]+)'
    found = re.search(pattern, text)
    assert found, reason
    return float(found[1])


async def test_each_delivery_is_in_the_log_and_each_partner_reads_its_own(world: World) -> None:
    _, tranche_id = await world.ready(grant=(AMOUNT,))
    await world.behave("agroideas", "no_callback", delay_s=60)
    await world.instruct(tranche_id)
    (one,) = await world.instructions(tranche_id)
    body = make.callback(one["reference"], AMOUNT)
    for _ in range(2):
        assert (await world.tell(body)).status_code == 200
    wrong = make.callback(one["reference"], AMOUNT + 1)
    assert (await world.tell(wrong)).json()["outcome"] == "case"
    path = f"/v1/partners/agroideas/messages?reference={one['reference']}"
    page = await world.get(path, by=OPERATOR_A)
    seen = [(row["message_id"], row["outcome"]) for row in page["data"]]
    assert seen == [
        (body["event_id"], "applied"),
        (body["event_id"], "repeated"),
        (wrong["event_id"], "case"),
    ]
    assert await world.get(path, by=AGROIDEAS) == page
    other = await world.caller.request("GET", path, by=AGROBANCO)
    assert other.status_code == 404
    (filtered,) = (await world.get(f"{path}&outcome=case", by=OPERATOR_A))["data"]
    assert filtered["message_id"] == wrong["event_id"]
    unknown = await world.caller.request("GET", "/v1/partners/bcp/messages", by=OPERATOR_A)
    assert unknown.status_code == 422


async def test_the_log_cannot_be_changed(world: World) -> None:
    await world.tell(make.callback("not-ours-02", AMOUNT))
    (row,) = world.rows("SELECT outcome FROM inbound_message WHERE reference = 'not-ours-02'")
    assert row["outcome"] == "refused"
    granted = world.rows(
        "SELECT has_table_privilege('fund_app', 'inbound_message', 'UPDATE')"
        " OR has_table_privilege('fund_app', 'inbound_message', 'DELETE') AS may"
    )
    assert granted == [{"may": False}]


async def test_our_endpoint_passes_the_check_and_counts_what_it_refused(world: World) -> None:
    reasons = ("unsigned", "stale", "bad_signature", "malformed", "foreign_reference")
    before = [await refusals(world, reason) for reason in reasons]
    secret = world.settings.agroideas_webhook_secret.get_secret_value()
    url = str(world.caller.client.base_url)
    given = arguments(["fund", f"--url={url}", f"--webhook-secret={secret}"])
    assert [result.id for result in await results(given) if not result.passed] == []
    after = [await refusals(world, reason) for reason in reasons]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 2, 1, 5, 3]
