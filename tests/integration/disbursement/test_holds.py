"""Holds, suspension, termination, withdrawal: money waits, nothing is lost, all that was reserved
comes back."""

from datetime import timedelta
from typing import Any

import pytest

from services.disbursement import endings
from services.kernel import clock
from services.kernel.ids import new_id
from tests.integration.disbursement.world import (
    AUDITOR,
    OPERATOR_A,
    OPERATOR_B,
    SECRETARIAT,
    World,
    at_once,
)

WHY = {"reason": "Informe de control 031-2026."}


async def hold(world: World, scope: str, target: str = "", **more: Any) -> dict[str, Any]:
    body = {"scope": scope, "target": target, **WHY, **more}
    answer = await world.post("/v1/holds", body, by=OPERATOR_A)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def lift(world: World, held: dict[str, Any]) -> None:
    await world.done(f"/v1/holds/{held['id']}/lift", WHY, by=SECRETARIAT)


@pytest.mark.parametrize("scope", ["fund", "channel", "call", "consortium", "agreement", "person"])
async def test_a_held_payment_waits_and_then_goes_out_once(world: World, scope: str) -> None:
    agreement, tranche_id = await world.ready(loan=(300,))
    paid = world.rows(
        "SELECT beneficiary_document FROM instruction WHERE tranche_id = %s", tranche_id
    )
    documents = [row["beneficiary_document"] for row in paid]
    assert len(documents) == 3
    target = {
        "fund": "",
        "channel": "agrobanco",
        "call": agreement["call_id"],
        "consortium": agreement["consortium_id"],
        "agreement": agreement["id"],
        "person": documents[1],
    }[scope]
    held = await hold(world, scope, target)
    answer = await world.post(f"/v1/tranches/{tranche_id}/instruct")
    assert (answer.status_code, answer.json()["code"]) == (423, "disbursement.held")
    assert "Informe de control" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert (await world.tranche(tranche_id))["state"] == "released"
    assert (await world.money(agreement["call_id"]))["in_transit"] == 0
    await lift(world, held)
    assert (await world.instruct(tranche_id))["state"] == "instructed"
    await world.until_inquired(tranche_id, "confirmed")
    world.check_books()


async def test_a_hold_stops_approvals_too_and_only_what_it_names(world: World) -> None:
    application, ballot_id = await world.approved(grant=(1_000,))
    await world.budget(application["call_id"], 5_000)
    held = await hold(world, "call", application["call_id"])
    other = await hold(world, "call", new_id("cal"))
    assert (await world.draft(application, ballot_id)).status_code == 423
    await lift(world, held)
    drafted = await world.draft(application, ballot_id)
    assert drafted.status_code == 201, drafted.text
    again = await hold(world, "agreement", drafted.json()["id"])
    answer = await world.sign(drafted.json()["id"], "fund", SECRETARIAT)
    assert answer.status_code == 423
    await lift(world, again)
    assert (await world.sign(drafted.json()["id"], "fund", SECRETARIAT)).status_code == 201
    standing = (await world.get("/v1/holds", by=AUDITOR))["data"]
    assert other["id"] in {row["id"] for row in standing}
    assert {held["id"], again["id"]}.isdisjoint(row["id"] for row in standing)
    await lift(world, other)


async def test_a_hold_ends_by_itself_and_is_lifted_once_by_another(world: World) -> None:
    _, tranche_id = await world.ready(grant=(500,))
    channel = await hold(
        world, "channel", "agroideas", ends_at=(clock.now() + timedelta(hours=1)).isoformat()
    )
    assert (await world.post(f"/v1/tranches/{tranche_id}/instruct")).status_code == 423
    own = await world.post(f"/v1/holds/{channel['id']}/lift", WHY, by=OPERATOR_A)
    assert (own.status_code, own.json()["code"]) == (403, "disbursement.same_person")
    await lift(world, channel)
    twice = await world.post(f"/v1/holds/{channel['id']}/lift", WHY, by=OPERATOR_B)
    assert (twice.status_code, twice.json()["code"]) == (409, "disbursement.hold_lifted")
    world.rows(
        "INSERT INTO hold (id, scope, target, reason, placed_by, placed_at, ends_at) VALUES"
        " (%s, 'fund', '', 'Día de elecciones.', 'x', now() - interval '2 days',"
        " now() - interval '1 day')",
        new_id("hld"),
    )
    assert (await world.instruct(tranche_id))["state"] == "instructed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"scope": "fund", "target": "x"}, "disbursement.hold_target"),
        ({"scope": "channel"}, "disbursement.hold_target"),
        ({"scope": "fund", "ends_at": "2020-01-01T00:00:00Z"}, "disbursement.hold_ends"),
        ({"scope": "fund", "reason": "  "}, "http.invalid"),
        ({"scope": "weather", "target": "x"}, "http.invalid"),
    ],
)
async def test_a_hold_that_says_nothing_is_refused(
    world: World, body: dict[str, Any], code: str
) -> None:
    answer = await world.post("/v1/holds", {**WHY, **body}, by=OPERATOR_A)
    assert answer.status_code == 422
    assert code in {answer.json()["code"], "http.invalid"}


async def test_a_suspended_agreement_pays_nothing_even_a_tranche_already_asked_for(
    world: World,
) -> None:
    agreement = await world.active(grant=(500, 700))
    first, second = (tranche["id"] for tranche in agreement["tranches"][:2])
    await world.released(agreement, first)
    await world.done(f"/v1/tranches/{second}/request", by=world.consortium(agreement))
    path = f"/v1/agreements/{agreement['id']}"
    suspended = await world.done(f"{path}/suspend", WHY, by=OPERATOR_A)
    assert suspended["state"] == "suspended"
    answer = await world.post(f"/v1/tranches/{first}/instruct")
    assert (answer.status_code, answer.json()["code"]) == (
        423,
        "disbursement.agreement_suspended",
    )
    await world.done(f"/v1/tranches/{second}/prepare", by=OPERATOR_A)
    release = await world.post(f"/v1/tranches/{second}/release", by=OPERATOR_B)
    assert (release.status_code, release.json()["code"]) == (422, "disbursement.release_refused")
    assert (await world.money(agreement["call_id"]))["in_transit"] == 0
    assert (await world.post(f"{path}/suspend", WHY, by=OPERATOR_A)).status_code == 409
    resumed = await world.done(f"{path}/resume", WHY, by=SECRETARIAT)
    assert resumed["state"] == "active"
    assert (await world.instruct(first))["state"] == "instructed"
    world.check_books()


@pytest.mark.parametrize("by", ["hold", "suspension"])
async def test_what_never_arrived_is_not_sent_again_while_payments_wait(
    world: World, by: str
) -> None:
    agreement, tranche_id = await world.ready(grant=(300,))
    await world.behave("agroideas", "down_503", applies_to="next")
    await world.instruct(tranche_id)
    world.rows(
        "UPDATE attempt SET started_at = started_at - interval '1 hour',"
        " ended_at = ended_at - interval '1 hour' WHERE tranche_id = %s",
        tranche_id,
    )
    if by == "hold":
        held = await hold(world, "agreement", agreement["id"])
    else:
        await world.use(endings.suspend, agreement_id=agreement["id"], reason="Denuncia")
    await world.inquire(tranche_id)
    assert world.attempts(tranche_id) == ["unknown"]
    if by == "hold":
        await lift(world, held)
    else:
        await world.use(endings.resume, agreement_id=agreement["id"], reason="Aclarado")
    await world.inquire(tranche_id)
    assert world.attempts(tranche_id) == ["unknown", "accepted"]


async def test_a_terminated_agreement_gives_back_what_it_has_not_used(world: World) -> None:
    agreement, tranche_id = await world.ready(grant=(500, 700))
    path = f"/v1/agreements/{agreement['id']}"
    answer = await world.post(f"{path}/terminate", WHY, by=SECRETARIAT)
    assert (answer.status_code, answer.json()["code"]) == (409, "disbursement.tranche_open")
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    ended = await world.done(f"{path}/terminate", WHY, by=SECRETARIAT)
    assert ended["state"] == "terminated"
    money = await world.money(agreement["call_id"])
    assert (money["committed"], money["paid_out"]) == (0, 500)
    again = await world.post(
        f"/v1/tranches/{agreement['tranches'][1]['id']}/request", by=world.consortium(agreement)
    )
    assert again.json()["code"] == "disbursement.agreement_not_active"
    world.check_books()


async def test_a_withdrawal_gives_back_all_it_reserved_and_no_agreement_follows(
    world: World,
) -> None:
    application, ballot_id = await world.approved(grant=(1_000,))
    await world.budget(application["call_id"], 5_000)
    drafted = await world.draft(application, ballot_id)
    assert drafted.status_code == 201
    await world.use(endings.give_up, application_id=application["id"])
    await world.use(endings.give_up, application_id=application["id"])
    agreement = await world.get(f"/v1/agreements/{drafted.json()['id']}")
    assert agreement["state"] == "terminated"
    money = await world.money(application["call_id"])
    assert (money["available"], money["committed"]) == (5_000, 0)
    answer = await world.post(
        f"/v1/agreements/{agreement['id']}/signatures", {"party": "fund"}, by=SECRETARIAT
    )
    assert answer.status_code == 409

    later, its_ballot = await world.approved(grant=(1_000,), call_id=application["call_id"])
    await world.use(endings.give_up, application_id=later["id"])
    refused = await world.draft(later, its_ballot)
    assert (refused.status_code, refused.json()["code"]) == (409, "disbursement.withdrawn")
    world.check_books()


async def test_a_withdrawal_and_a_draft_at_once_leave_nothing_reserved(world: World) -> None:
    call_id = new_id("cal")
    await world.budget(call_id, 50_000)
    for _ in range(5):
        application, ballot_id = await world.approved(grant=(1_000,), call_id=call_id)

        async def one(
            number: int, of: dict[str, Any] = application, ballot: str = ballot_id
        ) -> Any:
            if number:
                return await world.draft(of, ballot)
            return await world.use(endings.give_up, application_id=of["id"])

        await at_once(3, one)
    money = await world.money(call_id)
    assert (money["available"], money["committed"]) == (50_000, 0)
    world.check_books()
