"""Differences are worked on by people: given, commented, matched by two, resolved; and a callback
settles nothing that a statement contradicts."""

from typing import Any

import pytest

from services.disbursement.case_opening import TERM_WORKING_DAYS
from services.disbursement.channels.protocol import Status
from services.kernel import clock
from services.kernel.ids import new_id
from services.kernel.working_days import working_day
from tests.factories import disbursement as make
from tests.integration.disbursement.test_reconciliation import line, read, say, sent
from tests.integration.disbursement.world import AUDITOR, OPERATOR_A, OPERATOR_B, World

CASES = "/v1/reconciliation-cases"
WHY = "Mismo monto, día y beneficiario."


async def case_of(world: World, reference: str, **asked: str) -> dict[str, Any]:
    """The one case of the reference among those asked for."""
    query = "&".join(f"{name}={value}" for name, value in {"limit": "200", **asked}.items())
    page = await world.get(f"{CASES}?{query}")
    (found,) = [one for one in page["data"] if one["reference"] == reference]
    whole: dict[str, Any] = await world.get(f"{CASES}/{found['id']}")
    return whole


async def do(world: World, case: dict[str, Any], verb: str, body: Any, by: Any = OPERATOR_A) -> Any:
    answer = await world.post(f"{CASES}/{case['id']}/{verb}", body, by=by)
    return answer.json() if answer.is_success else (answer.status_code, answer.json()["code"])


def proposal(one: dict[str, Any]) -> dict[str, str]:
    return {"instruction_id": one["id"], "reason": WHY}


def ending(resolution: str = "matched") -> dict[str, str]:
    return {"resolution": resolution, "reason": WHY}


async def unknown(world: World, **changes: Any) -> tuple[str, list[Any], dict[str, Any], str]:
    """A tranche of one payment whose line came under a reference that is not ours."""
    amount = changes.pop("amount", 777_01)
    agreement, tranche_id, instructions = await sent(world, members=1, amount=amount)
    theirs = new_id("lin")
    await read(world, [line(instructions[0], reference=theirs, **changes)])
    return tranche_id, instructions, agreement, theirs


async def test_a_line_of_unknown_reference_is_matched_by_two_people(world: World) -> None:
    tranche_id, (one,), agreement, theirs = await unknown(world)
    case = await case_of(world, theirs, state="open", kind="unknown_reference", owner="operator")
    today = clock.lima_date(clock.now())
    due_on = working_day(today, TERM_WORKING_DAYS["unknown_reference"])
    assert (case["due_on"], case["owner"]) == (due_on.isoformat(), None)
    assert one["id"] in [found["instruction_id"] for found in case["candidates"]]
    given = await do(world, case, "assign", {"owner": OPERATOR_A.sub}, OPERATOR_B)
    assert given["owner"] == OPERATOR_A.sub
    await do(world, case, "comments", {"text": "Se pidió el detalle al banco."}, OPERATOR_B)
    nothing = (409, "disbursement.nothing_proposed")
    assert await do(world, case, "resolve", ending(), OPERATOR_B) == nothing
    owners = (403, "disbursement.not_the_owner")
    assert await do(world, case, "match", proposal(one), OPERATOR_B) == owners
    proposed = await do(world, case, "match", proposal(one))
    assert (proposed["state"], proposed["proposed_by"]) == ("open", OPERATOR_A.sub)
    assert await world.states(tranche_id) == ["acknowledged"]
    same = (403, "disbursement.same_person")
    assert await do(world, case, "resolve", ending()) == same
    resolved = await do(world, case, "resolve", ending(), OPERATOR_B)
    assert (resolved["state"], resolved["resolved_by"]) == ("resolved", OPERATOR_B.sub)
    assert await world.states(tranche_id) == ["settled"]
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    assert (await world.money(agreement["call_id"]))["paid_out"] == 777_01
    whole = await world.get(f"{CASES}/{case['id']}")
    steps = [(step["action"], step["actor"]) for step in whole["steps"]]
    assert steps == [
        ("assign", OPERATOR_B.sub),
        ("comment", OPERATOR_B.sub),
        ("propose", OPERATOR_A.sub),
        ("resolve", OPERATOR_B.sub),
    ]
    told = world.rows("SELECT type FROM outbox WHERE aggregate_id = %s ORDER BY id", case["id"])
    assert [row["type"].split(".")[-2] for row in told] == ["opened", "resolved"]
    again = (409, "disbursement.case_resolved")
    for verb, body in (
        ("comments", {"text": "x"}),
        ("match", proposal(one)),
        ("resolve", ending()),
    ):
        assert await do(world, case, verb, body, OPERATOR_B) == again
    # its own line, later, is a second payment, and never a match
    assert (await read(world, [line(one)])).matched == 0
    assert world.cases(one["reference"]) == ["second_line"]


async def test_what_does_not_fit_is_not_matched_and_moves_nothing(world: World) -> None:
    tranche_id, (one,), _, theirs = await unknown(world)
    _, _, (other, paid, *_) = await sent(world)
    case = await case_of(world, theirs)
    refused = (422, "disbursement.match_differs")
    assert await do(world, case, "match", proposal(other)) == refused
    nobody = {"instruction_id": new_id("ins"), "reason": WHY}
    assert (await do(world, case, "match", nobody))[0] == 404
    await do(world, case, "match", proposal(one))
    await read(world, [line(one)])  # its own line comes before the other person confirms
    refused = (409, "disbursement.match_refused")
    assert await do(world, case, "resolve", ending(), OPERATOR_B) == refused
    assert world.transfers(one["reference"]) == ["instruct", "settle"]
    assert (await world.get(f"{CASES}/{case['id']}"))["state"] == "open"
    await do(world, case, "resolve", ending("explained"))
    assert (await world.get(f"{CASES}/{case['id']}"))["resolution"] == "explained"
    await read(world, [line(paid, amount_centimos=1)])
    case = await case_of(world, paid["reference"], kind="amount_differs")
    refused = (409, "disbursement.not_matchable")
    assert await do(world, case, "match", proposal(paid)) == refused
    refused = (409, "disbursement.line_missing")
    assert await do(world, case, "resolve", ending("line_arrived")) == refused
    assert (await world.tranche(tranche_id))["state"] == "reconciled"


async def test_a_return_of_unknown_reference_takes_the_money_back(world: World) -> None:
    tranche_id, (one,), agreement, theirs = await unknown(world, kind="return")
    await say(world, tranche_id, {one["reference"]: Status("executed")})
    case = await case_of(world, theirs)
    await do(world, case, "match", proposal(one))
    await do(world, case, "resolve", ending(), OPERATOR_B)
    assert await world.states(tranche_id) == ["returned"]
    assert (await world.money(agreement["call_id"]))["committed"] == 777_01


async def test_a_callback_settles_nothing_that_a_statement_contradicts(world: World) -> None:
    agreement, tranche_id = await world.ready(grant=(300_00,))
    await world.behave("agroideas", "no_callback")
    await world.instruct(tranche_id)
    (one,) = await world.instructions(tranche_id)
    await read(world, [line(one, amount_centimos=299_99)], "agroideas")
    answer = await world.tell(make.callback(one["reference"], 300_00))
    assert answer.json() == {"outcome": "case"}
    assert world.cases(one["reference"]) == ["amount_differs", "contradiction"]
    assert (await world.money(agreement["call_id"]))["in_transit"] == 300_00
    case = await case_of(world, one["reference"], kind="amount_differs")
    await do(world, case, "resolve", ending("partner_corrected"))
    answer = await world.tell(make.callback(one["reference"], 300_00))
    assert answer.json() == {"outcome": "applied"}
    assert (await world.money(agreement["call_id"]))["paid_out"] == 300_00


async def test_cases_past_their_day_are_told_apart(world: World) -> None:
    *_, theirs = await unknown(world)
    case = await case_of(world, theirs, overdue="false")
    world.rows("ALTER TABLE reconciliation_case DISABLE TRIGGER reconciliation_case_kept")
    world.rows("UPDATE reconciliation_case SET due_on = '2026-01-05' WHERE id = %s", case["id"])
    world.rows("ALTER TABLE reconciliation_case ENABLE TRIGGER reconciliation_case_kept")
    assert (await case_of(world, theirs, overdue="true"))["id"] == case["id"]
    await do(world, case, "resolve", ending("explained"))
    assert (await case_of(world, theirs, overdue="false"))["state"] == "resolved"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("assign", {"owner": ""}),
        ("comments", {"text": "\x00"}),
        ("match", {"instruction_id": "x", "reason": WHY}),
        ("resolve", {"resolution": "forgotten", "reason": WHY}),
        ("resolve", {"resolution": "explained"}),
    ],
)
async def test_bad_words_change_nothing(world: World, verb: str, body: dict[str, str]) -> None:
    *_, theirs = await unknown(world)
    case = await case_of(world, theirs)
    assert (await do(world, case, verb, body))[0] == 422
    assert (await do(world, case, "resolve", ending("explained"), AUDITOR))[0] == 403
    assert await world.get(f"{CASES}/{case['id']}") == case
    assert (await world.post(f"{CASES}/{new_id('cas')}/{verb}", body, by=AUDITOR)).is_error


async def test_postgresql_keeps_cases_and_lines(world: World) -> None:
    _, (one,), _, theirs = await unknown(world)
    case = await case_of(world, theirs)
    url = world.settings.database_url.replace("+psycopg", "")
    for statement in (
        f"UPDATE reconciliation_case SET detail = '{{}}', kind = 'x' WHERE id = '{case['id']}'",
        f"UPDATE reconciliation_case SET state = 'resolved' WHERE id = '{case['id']}'",
        "UPDATE reconciliation_case SET state = 'resolved', resolution = 'matched', reason = 'x',"
        " resolved_by = 'a', resolved_at = now(), proposed_by = 'a', proposed_at = now(),"
        f" proposed_instruction_id = '{one['id']}' WHERE id = '{case['id']}'",
        f"UPDATE statement_line SET amount_centimos = 1 WHERE reference = '{theirs}'",
        "UPDATE case_step SET text = '' WHERE true",
    ):
        assert world.refused(url, statement).sqlstate in {"23001", "23514", "42501"}
