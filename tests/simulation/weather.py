"""The weather clears now and then: faults end, and everything must come to rest and agree."""

from collections.abc import Sequence
from typing import Any, Final

from services.disbursement import endings, holds, integrity
from services.kernel.audit import verify_on
from tests.faults.invariants import money as books
from tests.simulation import loans
from tests.simulation.money import ask, call_back, reconcile, settle
from tests.simulation.people import REASON, retire
from tests.simulation.servers import ROOM
from tests.simulation.simulator import OPERATORS, SECRETARIAT, Failed, Simulator
from tests.simulation.watch import BEGINNING, Violated, demand

ROUNDS: Final = 8

_AGREEMENTS: Final = """
WITH held AS (
    SELECT t.agreement_id, sum(c.balance_centimos) AS centimos
    FROM (SELECT DISTINCT agreement_id, committed_account FROM tranche) AS t
    JOIN account c ON c.code = t.committed_account GROUP BY 1
), moved AS (
    SELECT agreement_id, sum(amount_centimos) FILTER (WHERE kind = 'commit') AS committed,
        sum(amount_centimos) FILTER (WHERE kind = 'release') AS released
    FROM transfer GROUP BY 1
), told AS (
    SELECT t.agreement_id,
        sum(i.amount_centimos)
            FILTER (WHERE i.state IN ('sent', 'unknown', 'acknowledged')) AS sent,
        sum(i.amount_centimos) FILTER (WHERE i.state = 'settled') AS paid
    FROM instruction i JOIN tranche t ON t.id = i.tranche_id GROUP BY 1
)
SELECT id, committed, released, centimos AS left, sent, paid
FROM unnest(%s::text[]) AS known (id)
LEFT JOIN held ON held.agreement_id = id LEFT JOIN moved ON moved.agreement_id = id
LEFT JOIN told ON told.agreement_id = id
WHERE coalesce(committed, 0) <> coalesce(released, 0) + coalesce(centimos, 0)
    + coalesce(sent, 0) + coalesce(paid, 0)
"""
_TRANSIT: Final = """
SELECT a.code, a.balance_centimos, coalesce(i.sent, 0) AS sent FROM account a
LEFT JOIN (SELECT channel, sum(amount_centimos) AS sent FROM instruction
    WHERE state IN ('sent', 'unknown', 'acknowledged') GROUP BY channel) AS i
    ON a.code = 'channel:' || i.channel || ':in_transit'
WHERE a.kind = 'in_transit' AND a.balance_centimos <> coalesce(i.sent, 0)
"""


class Books:
    """What the invariants of the fault campaign read."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    def rows(self, room: str, statement: str) -> list[dict[str, Any]]:
        assert room == ROOM
        return self._sim.watch.rows(statement)

    def book(self) -> dict[str, dict[str, Any]]:
        found = self._sim.world.books.execute(
            "SELECT end_to_end_id, amount_cents, coalesce(executed, 0) AS executed_count"
            " FROM payment LEFT JOIN (SELECT end_to_end_id, count(*) AS executed FROM line"
            " WHERE kind = 'payment' GROUP BY 1) USING (end_to_end_id)"
        )
        return {
            row["end_to_end_id"]: {
                "executed_count": row["executed_count"],
                "amount": f"{row['amount_cents'] // 100}.{row['amount_cents'] % 100:02d}",
            }
            for row in found
        }


def check_whole(sim: Simulator) -> None:
    """Everything that was ever written, from its beginning; raises Violated."""
    world: Any = Books(sim)
    wrong: list[Any] = []
    for invariant in (
        books.i1_money_conserved,
        books.i2_no_over_commitment,
        books.i3_paid_at_most_once,
        books.i10_books_agree,
    ):
        wrong += [f"{invariant.__name__}: {one}" for one in invariant(world)]
    rows = sim.watch.rows(_AGREEMENTS, list(sim.watch.agreement))
    wrong += [f"agreement's sums: {row}" for row in (*rows, *sim.watch.rows(_TRANSIT))]
    with sim.world.postgres.admin() as connection:
        report = verify_on(connection, ROOM, check=integrity.findings)
    wrong += [report.fault] if report.fault else []
    wrong += list(report.findings)
    seen = {
        row["code"]: row["balance_centimos"]
        for row in sim.watch.rows("SELECT code, balance_centimos FROM account")
    }
    here = {code: balance for code, balance in sim.watch.balances.items() if code in seen}
    wrong += [] if here == seen else ["a balance moved without a block"]
    sim.watch.checked = BEGINNING
    loans.check(sim)
    demand(not wrong, f"{len(wrong)} faults: {wrong[:5]}")


async def clear(sim: Simulator) -> None:
    """End every fault, go on with all that waits, and demand that it comes to rest."""
    try:
        await _clear(sim)
        _at_rest(sim)
    except Violated as violated:
        raise Failed(sim.said(f"after the weather cleared: {violated}")) from violated
    finally:
        sim.world.calm = False


async def _clear(sim: Simulator) -> None:
    sim.world.calm = True
    await sim.world.control.post("/control/reset", json={})
    while sim.stalled:
        one = sim.stalled[0]
        outcome = await sim.wake(one)
        sim.note("wake", f"{outcome.partition(':')[0]}:{one.kind}")
        sim.look()
    for hold in sim.watch.standing(sim.chance.now):
        by = next(one for one in OPERATORS if one.sub != hold["placed_by"])
        sim.note("lift_hold", await sim.do(holds.lift, by, hold_id=hold["id"], reason=REASON))
    for row in sim.agreements("suspended"):
        outcome = await sim.do(endings.resume, SECRETARIAT, agreement_id=row["id"], reason=REASON)
        sim.note("resume", outcome)
    sim.look()
    for number in range(ROUNDS):
        sim.chance.wait(60 * 2**number)  # the slowest execution is due long before the last
        await sim.step(settle)
        for _ in range(40):
            if not await sim.step(call_back):
                break
        waiting = _open(sim)
        for tranche in waiting:
            sim.note("inquire", await ask(sim, tranche["id"]))
            sim.look()
        for channel, day in _unread(sim):
            sim.note("read_statement", await reconcile(sim, channel, day))
            sim.look()
        if not _open(sim) and not _unread(sim):
            break
    retire(sim)


def _unread(sim: Simulator) -> list[tuple[str, str]]:
    """Statements of which a line was not read: new, or the server was shot meanwhile."""
    return [
        (channel, day)
        for channel, days in sim.watch.days.items()
        for day, lines in days.items()
        if sim.read[channel, day] < lines
    ]


def _open(sim: Simulator) -> list[dict[str, Any]]:
    """Tranches of which a payment is under way, but for those that wait for the operator."""
    found = {
        payment.row["tranche_id"]
        for payment in sim.watch.payment.values()
        if sim.watch.tranche[payment.row["tranche_id"]]["state"] in {"instructed", "confirmed"}
    }
    rows = sim.watch.rows(
        "SELECT DISTINCT t.id FROM tranche t JOIN instruction i ON i.tranche_id = t.id"
        " AND i.lineage = t.lineage WHERE t.id = ANY(%s)"
        " AND i.state IN ('sent', 'unknown', 'acknowledged') ORDER BY t.id",
        sorted(found),
    )
    return [sim.watch.tranche[row["id"]] for row in rows]


def _at_rest(sim: Simulator) -> None:
    left = [tranche["id"] for tranche in _open(sim) if not _waits_for_operator(sim, tranche)]
    demand(not left, "payments still under way: " + "; ".join(_story(sim, one) for one in left))
    used = _cases(sim)
    for reference, state in _states(sim):
        payment = sim.watch.payment[reference]
        ours = state == "settled"
        if payment.live == ours or reference in used:
            continue
        raise Violated(
            f"{reference}: {state} here, executed {payment.executed} and returned"
            f" {payment.returned} times there"
        )


def _story(sim: Simulator, tranche_id: str) -> str:
    """What both sides know of a tranche."""
    ours = sim.watch.rows(
        "SELECT reference, lineage, state FROM instruction WHERE tranche_id = %s", tranche_id
    )
    attempts = sim.watch.rows(
        "SELECT number, lineage, outcome, detail FROM attempt WHERE tranche_id = %s", tranche_id
    )
    theirs = [
        tuple(found)
        for one in ours
        for found in sim.world.books.execute(
            "SELECT end_to_end_id, status, reason_code, execute_at, requests FROM payment"
            " WHERE end_to_end_id = ?",
            (one["reference"],),
        )
    ]
    state = sim.watch.tranche[tranche_id]["state"]
    return f"{tranche_id} {state}, ours {ours}, attempts {attempts}, theirs {theirs}"


def _waits_for_operator(sim: Simulator, tranche: dict[str, Any]) -> bool:
    """Five attempts were made and the partner has none of its references."""
    (row,) = sim.watch.rows(
        "SELECT count(*) AS made FROM attempt WHERE tranche_id = %s AND lineage = %s",
        tranche["id"],
        tranche["lineage"],
    )
    sim.faults["tranche left to the operator after five attempts"] += row["made"] >= 5
    return bool(row["made"] >= 5)


def _cases(sim: Simulator) -> set[str]:
    """References whose return came after their money was used: a person must say what it means."""
    rows = sim.watch.rows(
        "SELECT DISTINCT reference FROM reconciliation_case WHERE kind = 'returned_after_use'"
    )
    return {row["reference"] for row in rows}


def _states(sim: Simulator) -> Sequence[tuple[str, str]]:
    rows = sim.watch.rows("SELECT reference, state FROM instruction ORDER BY reference")
    return [(row["reference"], row["state"]) for row in rows]
