"""What people do: money for calls, resolutions, agreements, tranches, holds, accounts."""

from datetime import timedelta
from typing import Any

from services.disbursement import conditions, endings, holds, service, tranches
from services.disbursement.final_reports import service as final_reports
from services.kernel.work import Principal
from tests.factories import disbursement as make
from tests.simulation.plans import plan_of
from tests.simulation.simulator import OPERATORS, SECRETARIAT, SERVICE, Application, Simulator
from tests.support import agreements
from tests.support.callers import principal

CALLS_AT_MOST = 4
LIVE_AT_MOST = 14
REASON = "por la simulación"


async def allocate(sim: Simulator) -> str:
    """A call gets money, or more of it."""
    if len(sim.calls) < CALLS_AT_MOST or sim.chance.maybe(0.002):
        sim.calls.append(service.new_id("cal"))
        sim.calls[:-CALLS_AT_MOST] = []
    call_id = sim.chance.one(sim.calls)
    amount = sim.chance.number(1, 9_000_000_00 if sim.chance.maybe(0.03) else 120_000_00)
    return await sim.do(service.allocate, OPERATORS[0], call_id=call_id, amount_centimos=amount)


async def board_decides(sim: Simulator) -> str | None:
    """A resolution arrives: for, against, or one that its votes do not support."""
    if not sim.calls or len([one for one in sim.applications if not one.agreement_id]) > 12:
        return None
    application = _application(sim)
    wanted = [
        {"text": "Título", "evidence": "Partida", "due_working_days": sim.chance.number(1, 6)}
        for _ in range(sim.chance.weighted((0, 1, 2), (6, 2, 1)))
    ]
    package = make.resolution(application, conditions=wanted)
    kind = sim.chance.weighted(("for", "against", "forged"), (8, 1, 1))
    if kind != "for":
        package["votes"] = make.votes(dict.fromkeys(make.SEATS, "against"))
        package["result"] = "rejected" if kind == "against" else "approved"
    one = Application(application, package, approved=kind == "for")
    sim.applications.append(one)
    if one.approved:
        sim.watch.approved.add(application["id"])
    if sim.chance.maybe(0.1):
        return "late"
    return await _hear(sim, one, package, forged=kind == "forged")


def _application(sim: Simulator) -> dict[str, Any]:
    def amount() -> int:
        return sim.chance.number(1, sim.chance.weighted((20_000_00, 60, 2_000_000_00), (87, 10, 3)))

    grants = [amount() for _ in range(sim.chance.weighted((0, 1, 2, 3), (1, 4, 2, 1)))]
    loans = [amount() for _ in range(sim.chance.weighted((0, 1, 2), (2, 4, 2)))]
    application: dict[str, Any] = make.application(
        grant=grants, loan=loans, call_id=sim.chance.one(sim.calls)
    )
    sim.members[application["consortium_id"]] = sim.chance.weighted((1, 2, 3, 5), (2, 3, 3, 1))
    return application


async def _hear(sim: Simulator, one: Application, package: Any, *, forged: bool = False) -> str:
    why = "its votes do not support it" if forged else ""
    outcome = await sim.do(service.keep_resolution, SERVICE, forbidden=why, package=package)
    one.heard |= outcome == "done" and not forged
    return outcome


async def hear_again(sim: Simulator) -> str | None:
    """A resolution arrives late or twice, or another one of the same ballot."""
    if not sim.applications:
        return None
    one = sim.chance.one(sim.applications)
    against = one.package["votes"][0]["choice"] == "against"
    forged = against and one.package["result"] != "rejected"
    if one.heard and sim.chance.maybe(0.3):
        other = {**one.package, "resolution_number": "999-2026-FC"}
        return await _hear(sim, one, other, forged=True)
    return await _hear(sim, one, one.package, forged=forged)


async def draft(sim: Simulator) -> str | None:
    """An agreement is drawn up: in its turn, twice, or without what it needs."""
    waiting = [one for one in sim.applications if not one.agreement_id]
    again = sim.chance.maybe(0.1)
    if again:
        waiting = sim.applications
    if not waiting or (len(sim.live) >= LIVE_AT_MOST and not again):
        return None
    one = sim.chance.one(waiting)
    body = {**one.body, "plan": plan_of(one.body)}
    why = "" if one.approved else "the board did not approve"
    if not one.agreement_id:
        if one.withdrawn:
            why = "the consortium has withdrawn"
        if sim.chance.maybe(0.05):
            body["dossier_sha256"], why = "cd" * 32, "its dossier changed"
        asked = sum(item["amount_centimos"] for item in body["plan"]["tranches"])
        left = sim.watch.balances[f"call:{body['call_id']}:available"]
        why = why or ("the call has not so much" if asked > left else "")
        why = why or ("the fund is held" if _held(sim, body) else "")
    before = sim.watch.link
    outcome = await sim.do(
        service.draft_agreement,
        SERVICE,
        forbidden=why,
        application=body,
        ballot_id=one.package["ballot_id"],
        opa=sim.world.opa,
    )
    sim.look()
    drafted = (
        [
            row["id"]
            for row in sim.watch.agreement.values()
            if row["application_id"] == one.body["id"]
        ]
        if sim.watch.link > before
        else []
    )
    if drafted and not one.agreement_id:
        one.agreement_id = drafted[0]
        sim.live.append(drafted[0])
    if not one.agreement_id and outcome != "done" and sim.chance.maybe(0.2):
        sim.applications.remove(one)
    return outcome


def _held(sim: Simulator, body: dict[str, Any]) -> bool:
    named = {("fund", ""), ("call", body["call_id"]), ("consortium", body["consortium_id"])}
    return any((one["scope"], one["target"]) in named for one in sim.watch.standing(sim.chance.now))


async def sign(sim: Simulator) -> str | None:
    """A party signs: its own part, or another's."""
    drafted = sim.agreements() if sim.chance.maybe(0.1) else sim.agreements("drafted")
    if not drafted:
        return None
    agreement = sim.chance.one(drafted)
    party = sim.chance.one(("fund", "consortium"))
    by = SECRETARIAT if party == "fund" else consortium(sim, agreement)
    why = ""
    if sim.chance.maybe(0.08):
        by, why = OPERATORS[0], "it is not its part"
    elif sim.chance.maybe(0.05):
        by = principal(by.role, "sara", consortium_id=by.consortium_id)
    if agreement[f"{party}_signed_by"] is not None:
        why = "it had signed"
    return await sim.do(
        agreements.sign, by, forbidden=why, agreement_id=agreement["id"], party=party
    )


def consortium(sim: Simulator, of: dict[str, Any]) -> Principal:
    sub = sim.chance.weighted(("rosa", "ana"), (19, 1))  # a name that an operator bears too
    return principal("applicant", sub, consortium_id=of["consortium_id"])


async def meet_condition(sim: Simulator) -> str | None:
    """A condition of the board is fulfilled, or verified by another person or by the same."""
    agreements = sim.agreements("active", "drafted")
    if not agreements:
        return None
    agreement = sim.chance.one(agreements)
    rows = sim.watch.rows(
        "SELECT * FROM agreement_condition WHERE agreement_id = %s AND verified_by IS NULL"
        " ORDER BY number",
        agreement["id"],
    )
    if not rows:
        return None
    row, by = sim.chance.one(rows), sim.chance.one(OPERATORS)
    asked = {"agreement_id": agreement["id"], "number": row["number"]}
    if row["fulfilled_by"] is None and sim.chance.maybe(0.9):
        return await sim.do(conditions.fulfil, by, evidence="Partida 11", **asked)
    why = "the same person" if row["fulfilled_by"] in {None, by.sub} else ""
    return await sim.do(conditions.verify, by, forbidden=why, **asked)


async def request(sim: Simulator) -> str | None:
    """The consortium asks for a tranche."""
    found = sim.tranches("planned", "rejected", "returned")
    if sim.chance.maybe(0.9):
        active = {row["id"] for row in sim.agreements("active")}
        found = [one for one in found if one["agreement_id"] in active]
    if not found:
        return None
    one = sim.chance.one(found)
    agreement = sim.watch.agreement[one["agreement_id"]]
    why = "" if agreement["state"] == "active" else "the agreement is not in force"
    by = consortium(sim, agreement)
    return await sim.do(tranches.request_tranche, by, forbidden=why, tranche_id=one["id"])


def first_document(sim: Simulator, consortium_id: str) -> int:
    """Where the documents of a consortium's producers begin: nobody is in two."""
    return 1 + 100 * list(sim.members).index(consortium_id)


async def prepare(sim: Simulator) -> str | None:
    """An operator prepares what was asked for."""
    found = sim.tranches("requested")
    if sim.chance.maybe(0.95):
        found = [one for one in found if one["prepared_by"] is None]
    if not found:
        return None
    one, by = sim.chance.one(found), sim.chance.one(OPERATORS)
    consortium_id = one["consortium_id"]
    first = first_document(sim, consortium_id)
    facts = make.facts(consortium_id, sim.members[consortium_id], first)
    why = "the same person asked" if one["requested_by"] == by.sub else ""
    if one["prepared_by"] is not None or one["state"] != "requested":
        why = "it is not to be prepared"
    return await sim.do(tranches.prepare_tranche, by, forbidden=why, tranche_id=one["id"], **facts)


async def release(sim: Simulator) -> str | None:
    """Another operator releases it, or the same one tries."""
    found = [one for one in sim.tranches("requested") if one["prepared_by"] is not None]
    if not found:
        return None
    one = sim.chance.one(found)
    before = {one["requested_by"], one["prepared_by"], one["released_by"]}
    by = sim.other_than(*before)
    why = "the same person" if by.sub in before else ""
    if sim.watch.held(one, sim.chance.now):
        why = "it is held"
    if sim.watch.agreement[one["agreement_id"]]["state"] != "active":
        why = "the agreement is not in force"
    return await sim.do(
        tranches.release_tranche, by, forbidden=why, tranche_id=one["id"], opa=sim.world.opa
    )


async def place_hold(sim: Simulator) -> str | None:
    """A hold on something, mostly with an end."""
    if len(sim.watch.standing(sim.chance.now)) >= 3 or not sim.live:
        return None
    agreement = sim.chance.one(sim.agreements())
    person = make.members(3, first_document(sim, agreement["consortium_id"]))[2]["dni"]
    scope, target = sim.chance.weighted(
        (
            ("fund", ""),
            ("channel", sim.chance.one(("agroideas", "agrobanco"))),
            ("call", agreement["call_id"]),
            ("consortium", agreement["consortium_id"]),
            ("agreement", agreement["id"]),
            ("person", person),
        ),
        (1, 1, 2, 4, 6, 1),
    )
    minutes = sim.chance.number(1, 20)
    ends_at = sim.chance.now + timedelta(minutes=minutes) if sim.chance.maybe(0.7) else None
    return await sim.do(
        holds.place,
        sim.chance.one(OPERATORS),
        scope=scope,
        target=target,
        reason=REASON,
        ends_at=ends_at,
    )


async def lift_hold(sim: Simulator) -> str | None:
    """A hold is lifted, by another person or by the same."""
    found = sim.watch.standing(sim.chance.now)
    if not found:
        return None
    one = sim.chance.one(found)
    by = sim.other_than(one["placed_by"])
    why = "the same person" if one["placed_by"] == by.sub else ""
    return await sim.do(holds.lift, by, forbidden=why, hold_id=one["id"], reason=REASON)


async def suspend(sim: Simulator) -> str | None:
    """An agreement is suspended."""
    found = sim.agreements("active")
    if not found or len(sim.agreements("suspended")) > 2:
        return None
    one = sim.chance.one(found)
    return await sim.do(endings.suspend, OPERATORS[0], agreement_id=one["id"], reason=REASON)


async def resume(sim: Simulator) -> str | None:
    """A suspended agreement goes on."""
    found = sim.agreements("suspended")
    if not found:
        return None
    one = sim.chance.one(found)
    return await sim.do(endings.resume, OPERATORS[1], agreement_id=one["id"], reason=REASON)


async def end(sim: Simulator) -> str | None:
    """An agreement is closed, mostly when all is paid, or terminated at any time."""
    found = sim.agreements()
    if not found:
        return None
    one = sim.chance.one(found)
    rows = sim.of_agreement(one["id"])
    done = all(row["state"] in {"reconciled", "accounted"} for row in rows)
    if not done and sim.chance.maybe(0.9):
        return None
    open_ = any(row["state"] in {"released", "instructed"} for row in rows)
    why = "money is on its way" if open_ else ""
    case = service.close_agreement if done or sim.chance.maybe(0.5) else endings.terminate
    if case is service.close_agreement and sim.chance.maybe(0.8):
        await _report(sim, one)
        sim.look()
    more = {"reason": REASON} if case is endings.terminate else {}
    outcome = await sim.do(case, OPERATORS[2], forbidden=why, agreement_id=one["id"], **more)
    sim.look()
    retire(sim)
    return outcome


async def _report(sim: Simulator, agreement: dict[str, Any]) -> None:
    """The final report is filed and approved, without which nothing closes."""
    said = {"results": REASON, "spending": REASON, "document_sha256": "ab" * 32}
    await sim.do(
        final_reports.file, consortium(sim, agreement), agreement_id=agreement["id"], **said
    )
    for row in sim.watch.rows(
        "SELECT id FROM final_report WHERE agreement_id = %s AND state = 'filed'", agreement["id"]
    ):
        await sim.do(final_reports.approve, SECRETARIAT, report_id=row["id"])


async def withdraw(sim: Simulator) -> str | None:
    """News that the consortium gave up, once or twice."""
    if not sim.applications or sim.chance.maybe(0.7):
        return None
    one = sim.chance.one(sim.applications)
    outcome = await sim.do(endings.give_up, SERVICE, application_id=one.body["id"])
    one.withdrawn |= outcome == "done"
    sim.look()
    retire(sim)
    return outcome


def retire(sim: Simulator) -> None:
    """Agreements that are over are acted upon no more, but for a stray try."""
    for row in sim.agreements("closed", "terminated"):
        sim.live.remove(row["id"])
        sim.ended.append(row["id"])
    kept = {*sim.live, *list(sim.ended)[-5:]}
    sim.applications = [
        one for one in sim.applications if one.agreement_id is None or one.agreement_id in kept
    ]
