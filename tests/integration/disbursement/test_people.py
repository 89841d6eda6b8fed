"""Three people move a tranche, and each step is one person's once."""

import pytest

from tests.factories import disbursement as make
from tests.integration.disbursement import accounts
from tests.integration.disbursement.world import (
    OPERATOR_A,
    OPERATOR_B,
    SECRETARIAT,
    SERVICE,
    World,
    at_once,
)
from tests.support.callers import principal

GRANT = (30_000_00,)


async def test_nobody_does_two_steps(world: World) -> None:
    agreement = await world.active(grant=GRANT)
    path = f"/v1/tranches/{agreement['tranches'][0]['id']}"
    both = world.consortium(agreement, "una-misma")
    await world.done(f"{path}/request", by=both)
    same = principal("operator", "una-misma")
    answer = await world.post(f"{path}/prepare", by=same)
    assert (answer.status_code, answer.json()["code"]) == (403, "disbursement.same_person")
    await world.done(f"{path}/prepare", by=OPERATOR_A)
    for by in (same, OPERATOR_A):
        answer = await world.post(f"{path}/release", by=by)
        assert (answer.status_code, answer.json()["code"]) == (403, "disbursement.same_person")
    assert (await world.done(f"{path}/release", by=OPERATOR_B))["state"] == "released"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("requested_by", "prepared_by"),
        ("prepared_by", "released_by"),
        ("requested_by", "released_by"),
    ],
)
async def test_postgresql_refuses_one_person_in_two_steps(
    world: World, one: str, other: str
) -> None:
    _, tranche_id = await world.ready(grant=GRANT)
    url = world.settings.database_url.replace("+psycopg", "")
    error = world.refused(url, f"UPDATE tranche SET {other} = {one} WHERE id = '{tranche_id}'")
    noun = {"requested_by": "requester", "prepared_by": "preparer", "released_by": "releaser"}
    assert error.diag.constraint_name == f"ck_tranche_{noun[one]}_is_not_{noun[other]}"
    for column in ("requested_by", "prepared_by", "released_by", "release_decision_id"):
        error = world.refused(url, f"UPDATE tranche SET {column} = NULL WHERE id = '{tranche_id}'")
        assert error.diag.constraint_name == "ck_tranche_released_by_the_book"


async def test_two_operators_release_at_once_and_one_does(world: World) -> None:
    """F59."""
    agreement = await world.active(grant=GRANT)
    tranche_id = agreement["tranches"][0]["id"]
    path = f"/v1/tranches/{tranche_id}"
    await world.done(f"{path}/request", by=world.consortium(agreement))
    await world.done(f"{path}/prepare", by=OPERATOR_A)
    people = [principal("operator", f"operador-{number}") for number in range(8)]
    answers = await at_once(8, lambda number: world.post(f"{path}/release", by=people[number]))
    codes = [answer.json().get("code") for answer in answers]
    assert codes.count(None) == 1
    assert set(codes) == {None, "disbursement.not_prepared"}
    decided = world.rows("SELECT 1 FROM decision WHERE subject = %s", tranche_id)
    assert len(decided) == 1
    told = world.rows(
        "SELECT 1 FROM outbox WHERE aggregate_id = %s AND type LIKE '%%tranche.released%%'",
        tranche_id,
    )
    assert len(told) == 1


async def test_two_operators_prepare_at_once_and_one_does(world: World) -> None:
    agreement = await world.active(loan=GRANT)
    tranche_id = agreement["tranches"][0]["id"]
    await world.done(f"/v1/tranches/{tranche_id}/request", by=world.consortium(agreement))
    people = [principal("operator", f"operador-{number}") for number in range(6)]
    answers = await at_once(
        6, lambda number: world.post(f"/v1/tranches/{tranche_id}/prepare", by=people[number])
    )
    codes = [answer.json().get("code") for answer in answers]
    assert codes.count(None) == 1
    assert set(codes) == {None, "disbursement.already_prepared"}
    instructions = await world.instructions(tranche_id)
    assert [one["amount"]["amount"] for one in instructions] == ["10000.00"] * 3


async def test_steps_out_of_order_are_refused(world: World) -> None:
    agreement = await world.active(grant=GRANT)
    path = f"/v1/tranches/{agreement['tranches'][0]['id']}"
    for verb, code in (
        ("prepare", "disbursement.not_requested"),
        ("release", "disbursement.not_prepared"),
    ):
        answer = await world.post(f"{path}/{verb}", by=OPERATOR_A)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    for verb in ("instruct", "inquire"):
        assert (await world.done(f"{path}/{verb}"))["state"] == "planned"
    await world.done(f"{path}/request", by=world.consortium(agreement))
    answer = await world.post(f"{path}/request", by=world.consortium(agreement))
    assert answer.json()["code"] == "disbursement.illegal_transition"
    answer = await world.post(f"{path}/release", by=OPERATOR_B)
    assert answer.json()["code"] == "disbursement.not_prepared"


async def test_only_the_role_of_a_step_may_do_it(world: World) -> None:
    agreement = await world.active(grant=GRANT)
    path = f"/v1/tranches/{agreement['tranches'][0]['id']}"
    consortium = world.consortium(agreement)
    others = {
        "request": (OPERATOR_A, SERVICE, SECRETARIAT),
        "prepare": (consortium, SERVICE, SECRETARIAT),
        "release": (consortium, SERVICE, SECRETARIAT),
        "instruct": (consortium, OPERATOR_A, SECRETARIAT),
        "inquire": (consortium, SECRETARIAT),
    }
    for verb, people in others.items():
        for by in people:
            assert (await world.post(f"{path}/{verb}", by=by)).status_code == 403, (verb, by)
    stranger = principal("applicant", "otro", consortium_id="con_0123456789abcdefghjkmnpqrs")
    assert (await world.post(f"{path}/request", by=stranger)).status_code == 404


async def test_a_refused_release_names_the_finding_and_changes_nothing(world: World) -> None:
    agreement = await world.active(grant=(100_00, 100_00))
    second = agreement["tranches"][1]["id"]
    path = f"/v1/tranches/{second}"
    await world.done(f"{path}/request", by=world.consortium(agreement))
    await world.done(f"{path}/prepare", by=OPERATOR_A)
    answer = await world.post(f"{path}/release", by=OPERATOR_B)
    assert (answer.status_code, answer.json()["code"]) == (422, "disbursement.release_refused")
    assert [one["code"] for one in answer.json()["errors"]] == ["DIS-009"]
    assert (await world.tranche(second))["state"] == "requested"
    assert world.rows("SELECT 1 FROM decision WHERE subject = %s", second) == []


async def test_a_grant_accounted_for_before_its_statement_ends_with_it(world: World) -> None:
    agreement, tranche_id = await world.ready(grant=(300_00,))
    await world.behave("agroideas", "no_callback")
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    await accounts.accounted(world, agreement, tranche_id, (100_00, 200_00))
    assert (await world.tranche(tranche_id))["state"] == "confirmed"
    assert (await world.reconcile("agroideas")).status_code == 200
    assert (await world.tranche(tranche_id))["state"] == "accounted"
    assert (await world.money(agreement["call_id"]))["paid_out"] == 300_00
    repaid = await world.post(
        f"/v1/tranches/{tranche_id}/repayments", {"amount": make.money(1)}, by=OPERATOR_A
    )
    assert repaid.json()["code"] == "disbursement.grant_not_repaid"


async def test_a_loan_is_repaid_up_to_what_its_own_tranche_paid(world: World) -> None:
    agreement = await world.active(loan=(300_00, 600_00))
    first, second = (tranche["id"] for tranche in agreement["tranches"])

    async def repay(tranche_id: str, centimos: int) -> tuple[int, str]:
        answer = await world.post(
            f"/v1/tranches/{tranche_id}/repayments",
            {"amount": make.money(centimos)},
            by=OPERATOR_A,
        )
        return answer.status_code, answer.json().get("code", answer.json().get("state"))

    await world.released(agreement, first)
    await world.instruct(first)
    await world.until_inquired(first, "confirmed")
    assert await repay(second, 1) == (409, "disbursement.not_paid")
    assert await repay(first, 300_01) == (422, "disbursement.repaid_too_much")
    assert await repay(first, 200_00) == (201, "confirmed")
    assert await repay(first, 100_01) == (422, "disbursement.repaid_too_much")
    answers = await at_once(4, lambda _: repay(first, 30_00))
    assert sorted(code for _, code in answers) == ["confirmed"] * 3 + [
        "disbursement.repaid_too_much"
    ]
    answer = await world.post(
        f"/v1/tranches/{first}/accountability", {"amount": make.money(1)}, by=SECRETARIAT
    )
    assert answer.json()["code"] == "disbursement.loan_not_accounted"
    assert (await world.money(agreement["call_id"]))["paid_out"] == 300_00
