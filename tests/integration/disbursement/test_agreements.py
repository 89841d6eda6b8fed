"""From a resolution to an agreement: nothing is committed twice, or on votes that do not hold."""

from typing import Any

import pytest

from services.disbursement import service
from services.kernel.ids import new_id
from tests.factories import disbursement as make
from tests.integration.disbursement.world import (
    OPERATOR_A,
    OPERATOR_B,
    SECRETARIAT,
    SERVICE,
    World,
    at_once,
)
from tests.support.callers import principal

RACERS = 32


@pytest.mark.parametrize("covered", [1, 7, 31])
async def test_a_raced_budget_commits_as_many_as_it_covers(world: World, covered: int) -> None:
    """F57."""
    each, call_id = 1_000_00, new_id("cal")
    await world.budget(call_id, covered * each + each - 1)
    racers = [
        await world.approved(grant=(400_00,), loan=(600_00,), call_id=call_id)
        for _ in range(RACERS)
    ]
    answers = await at_once(RACERS, lambda number: world.draft(*racers[number]))
    won = [answer for answer in answers if answer.status_code == 201]
    lost = [answer for answer in answers if answer.status_code != 201]
    assert len(won) == covered
    assert {(answer.status_code, answer.json()["code"]) for answer in lost} == {
        (409, "disbursement.budget_exceeded")
    }
    left = await world.money(call_id)
    assert (left["available"], left["committed"]) == (each - 1, covered * each)
    (agreements,) = world.rows("SELECT count(*) FROM agreement WHERE call_id = %s", call_id)
    assert agreements["count"] == covered


async def test_two_hundred_race_for_the_last_million(world: World) -> None:
    """Two hundred commitments of S/ 30,000.00 for the last S/ 1,000,000.00: 33 fit."""
    each, whole, call_id = 30_000_00, 1_000_000_00, new_id("cal")
    await world.budget(call_id, whole)
    racers = [await world.approved(grant=(each,), call_id=call_id) for _ in range(200)]
    answers = await at_once(200, lambda number: world.draft(*racers[number]))
    won = [answer for answer in answers if answer.status_code == 201]
    assert len(won) == whole // each
    refused = [answer.json() for answer in answers if answer.status_code != 201]
    assert {problem["code"] for problem in refused} == {"disbursement.budget_exceeded"}
    assert all("S/ 30000.00" in problem["detail"] for problem in refused)
    left = await world.money(call_id)
    assert left["committed"] == len(won) * each
    assert left["available"] == whole - left["committed"]
    world.check_books()


async def test_one_application_drafted_by_many_has_one_agreement(world: World) -> None:
    application, ballot_id = await world.approved(grant=(1_000_00,))
    await world.budget(application["call_id"], 5_000_00)
    answers = await at_once(8, lambda _: world.draft(application, ballot_id))
    assert {answer.status_code for answer in answers} <= {201, 409}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused <= {"disbursement.agreement_being_drafted"}
    again = await world.draft(application, ballot_id)
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert made == {again.json()["id"]}
    assert (await world.money(application["call_id"]))["committed"] == 1_000_00


FOR_ALL = dict.fromkeys(make.SEATS, "for")


@pytest.mark.parametrize(
    "changes",
    [
        {"votes": [*make.votes(FOR_ALL), *make.votes({"mef": "for"})]},
        {"votes": make.votes(FOR_ALL), "recused": ["mef"]},
        {"votes": make.votes({"mef": "for", "midagri": "for"})},
        {"votes": make.votes(dict.fromkeys(make.SEATS, "against"))},
        {"votes": make.votes({"a": "for", "b": "for", "c": "for"})},
        {"seats": [{"seat": seat, "chair": False} for seat in "abcd"]},
    ],
    ids=["two votes", "recused voter", "no quorum", "wrong result", "strangers", "other seats"],
)
async def test_a_forged_resolution_is_not_kept_and_leads_to_no_agreement(
    world: World, changes: dict[str, Any]
) -> None:
    application, _ = await world.approved(grant=(1_000_00,))
    await world.budget(application["call_id"], 1_000_00)
    forged = make.resolution(application, **changes)
    with pytest.raises(ValueError, match=r".+"):
        await world.use(service.keep_resolution, package=forged)
    answer = await world.draft(application, forged["ballot_id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "disbursement.resolution_missing")
    assert answer.headers["Retry-After"]
    assert (await world.money(application["call_id"]))["committed"] == 0


async def test_a_resolution_of_another_kind_leads_to_no_agreement(world: World) -> None:
    application, ballot_id = await world.approved(grant=(1_000_00,))
    await world.budget(application["call_id"], 1_000_00)
    refused = make.resolution(
        application, result="rejected", votes=make.votes(dict.fromkeys(make.SEATS, "against"))
    )
    of_another = make.resolution()
    of_former_dossier = make.resolution(application, dossier_sha256="cd" * 32)
    for package in (refused, of_another, of_former_dossier):
        await world.use(service.keep_resolution, package=package)
    for package, code in (
        (refused, "disbursement.not_approved"),
        (of_another, "disbursement.not_approved"),
        (of_former_dossier, "disbursement.dossier_changed"),
    ):
        answer = await world.draft(application, package["ballot_id"])
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert (await world.draft(application, ballot_id)).status_code == 201


async def test_a_ballot_has_one_resolution(world: World) -> None:
    package = make.resolution()
    await world.use(service.keep_resolution, package=package)
    await world.use(service.keep_resolution, package=package)
    other = {**package, "application_id": new_id("app")}
    with pytest.raises(ValueError, match="another resolution"):
        await world.use(service.keep_resolution, package=other)


async def test_postgresql_itself_wants_an_approved_resolution(world: World) -> None:
    agreement = await world.active(grant=(1_000_00,))
    url = world.settings.database_url.replace("+psycopg", "")
    rejected = make.resolution(
        result="rejected", votes=make.votes(dict.fromkeys(make.SEATS, "against"))
    )
    await world.use(service.keep_resolution, package=rejected)
    for change in (f"ballot_id = '{new_id('bal')}'", f"ballot_id = '{rejected['ballot_id']}'"):
        error = world.refused(url, f"UPDATE agreement SET {change} WHERE id = '{agreement['id']}'")
        assert error.diag.constraint_name == "fk_agreement_ballot_id_resolution"
    error = world.refused(
        url, f"UPDATE agreement SET resolution_result = 'rejected' WHERE id = '{agreement['id']}'"
    )
    assert error.diag.constraint_name == "ck_agreement_board_approved"


async def test_an_application_that_asks_for_nothing_or_is_unknown_has_no_agreement(
    world: World,
) -> None:
    application, ballot_id = await world.approved()
    answer = await world.draft(application, ballot_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "disbursement.nothing_to_commit")
    answer = await world.draft({"id": new_id("app")}, ballot_id)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/application_id")


async def test_each_party_signs_once_and_for_itself(world: World) -> None:
    application, ballot_id = await world.approved(grant=(1_000_00,))
    await world.budget(application["call_id"], 1_000_00)
    agreement = (await world.draft(application, ballot_id)).json()
    path = f"/v1/agreements/{agreement['id']}/signatures"
    consortium = world.consortium(agreement)

    async def sign(party: str, by: Any) -> tuple[int, str]:
        if by.role in {"applicant", "secretariat"}:
            answer = await world.sign(agreement["id"], party, by)
        else:
            answer = await world.post(path, {"party": party}, by=by)
        return answer.status_code, answer.json().get("code", answer.json().get("state"))

    assert await sign("fund", consortium) == (403, "disbursement.wrong_party")
    assert await sign("consortium", SECRETARIAT) == (403, "disbursement.wrong_party")
    assert (await sign("consortium", OPERATOR_A))[0] == 403
    stranger = principal("applicant", "otro", consortium_id=new_id("con"))
    assert (await sign("consortium", stranger))[0] == 404
    assert await sign("consortium", consortium) == (201, "drafted")
    assert await sign("consortium", consortium) == (409, "disbursement.already_signed")
    same = principal("secretariat", consortium.sub)
    assert await sign("fund", same) == (403, "disbursement.same_person")
    tranche_id = (await world.get(f"/v1/agreements/{agreement['id']}"))["tranches"][0]["id"]
    early = await world.post(f"/v1/tranches/{tranche_id}/request", by=consortium)
    assert (early.status_code, early.json()["code"]) == (409, "disbursement.agreement_not_active")
    assert await sign("fund", SECRETARIAT) == (201, "active")
    assert await sign("fund", SECRETARIAT) == (409, "disbursement.already_signed")


async def test_ending_releases_what_was_not_used_and_waits_for_money_on_its_way(
    world: World,
) -> None:
    agreement = await world.active(left=1_00, grant=(300_00, 500_00))
    first, second = (tranche["id"] for tranche in agreement["tranches"])
    await world.behave("agroideas", "return", delay_s=2, callback=False)
    path, why = f"/v1/agreements/{agreement['id']}/terminate", {"reason": "No siembra."}
    await world.released(agreement, first)
    for verb in ("released", "instructed"):
        if verb == "instructed":
            await world.instruct(first)
        for ending in (path, path.replace("terminate", "close")):
            body = why if ending == path else None
            answer = await world.post(ending, body, by=SECRETARIAT)
            assert (answer.status_code, answer.json()["code"]) == (409, "disbursement.tranche_open")
    await world.until_inquired(first, "confirmed")
    assert (await world.done(path, why, by=SECRETARIAT))["state"] == "terminated"
    money = await world.money(agreement["call_id"])
    assert (money["available"], money["committed"], money["paid_out"]) == (501_00, 0, 300_00)
    answer = await world.post(path, why, by=SECRETARIAT)
    assert (answer.status_code, answer.json()["code"]) == (409, "disbursement.illegal_transition")
    for tranche_id in (first, second):
        answer = await world.post(
            f"/v1/tranches/{tranche_id}/request", by=world.consortium(agreement)
        )
        assert answer.json()["code"] == "disbursement.agreement_not_active"
    (one,) = await world.instructions(first)
    await world.until_booked(one["reference"], "returned")
    assert (await world.reconcile("agroideas")).status_code == 200
    assert (await world.tranche(first))["state"] == "returned"
    money = await world.money(agreement["call_id"])
    assert (money["available"], money["committed"], money["paid_out"]) == (801_00, 0, 0)


async def test_a_release_and_an_ending_at_once_leave_nothing_stuck(world: World) -> None:
    for _ in range(4):
        agreement = await world.active(grant=(300_00,))
        tranche_id = agreement["tranches"][0]["id"]
        path = f"/v1/tranches/{tranche_id}"
        await world.done(f"{path}/request", by=world.consortium(agreement))
        await world.done(f"{path}/prepare", by=OPERATOR_A)

        async def act(number: int, agreement: Any = agreement, path: str = path) -> Any:
            if number:
                return await world.post(f"{path}/release", by=OPERATOR_B)
            ending = f"/v1/agreements/{agreement['id']}/terminate"
            return await world.post(ending, {"reason": "No siembra."}, by=SECRETARIAT)

        ended, releasing = await at_once(2, act)
        assert {ended.is_success, releasing.is_success} == {True, False}
        if releasing.is_success:
            assert (await world.instruct(tranche_id))["state"] == "instructed"
        else:
            assert (await world.money(agreement["call_id"]))["available"] == 300_00


async def test_money_is_given_by_operators_alone_and_never_nothing(world: World) -> None:
    call_id = new_id("cal")
    body = {"call_id": call_id, "amount": make.money(100)}
    answer = await world.post("/v1/budgets", body, by=OPERATOR_A)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/call_id")
    await world.budget(call_id, 100)
    for by in (SERVICE, SECRETARIAT, principal("applicant", consortium_id=new_id("con"))):
        assert (await world.post("/v1/budgets", body, by=by)).status_code == 403
    for amount in ("0.00", "-1.00", "1.005", "NaN", "1e3", 5):
        body = {"call_id": call_id, "amount": {"amount": amount, "currency": "PEN"}}
        assert (await world.post("/v1/budgets", body, by=OPERATOR_A)).status_code == 422
    assert (await world.money(call_id))["allocated"] == 100
