"""What producers and anchor firms pay back: all, a part, late, twice told, or more than is owed."""

from datetime import timedelta
from typing import Any

from services.disbursement import reconciliation
from services.disbursement.channels.protocol import Line
from services.kernel.clock import lima_date
from services.kernel.ids import new_id
from tests.simulation.simulator import SERVICE, Simulator
from tests.simulation.watch import Violated

_LENT = """
SELECT l.reference, l.document, k.payer_ruc, max(p.interest_on) AS last,
    sum(p.principal_centimos + p.interest_centimos)::bigint AS owed
FROM loan l JOIN loan_terms k USING (agreement_id) JOIN loan_part p ON p.loan_id = l.id
WHERE p.returned_on IS NULL GROUP BY l.id, k.payer_ruc ORDER BY l.id
"""
_TOLD = """
SELECT line_id, reference, amount_centimos, business_date, payer, operation FROM statement_line
WHERE kind = 'repayment' ORDER BY line_id DESC LIMIT 40
"""
_BOOKS = """
WITH held AS (
    SELECT l.consortium_id, sum(p.principal_centimos) AS principal,
        sum(p.interest_centimos) AS interest,
        min(least(p.principal_centimos, p.interest_centimos)) AS least
    FROM loan l JOIN loan_part p ON p.loan_id = l.id GROUP BY 1
), beyond AS (
    SELECT l.consortium_id, sum(r.overpaid_centimos) AS overpaid
    FROM loan l JOIN repayment r ON r.loan_id = l.id GROUP BY 1
)
SELECT h.*, coalesce(b.overpaid, 0) AS overpaid,
    coalesce(lent.balance_centimos, 0) AS lent_held,
    coalesce(owed.balance_centimos, 0) AS interest_held,
    coalesce(over.balance_centimos, 0) AS overpaid_held
FROM held h LEFT JOIN beyond b USING (consortium_id)
LEFT JOIN account lent ON lent.code = 'consortium:' || h.consortium_id || ':loans'
LEFT JOIN account owed ON owed.code = 'consortium:' || h.consortium_id || ':interest_owed'
LEFT JOIN account over ON over.code = 'consortium:' || h.consortium_id || ':overpaid'
WHERE h.least < 0 OR (h.principal, h.interest, coalesce(b.overpaid, 0)) IS DISTINCT FROM
    (coalesce(lent.balance_centimos, 0), coalesce(owed.balance_centimos, 0),
     coalesce(over.balance_centimos, 0))
"""
_SUMS = """
SELECT r.id FROM repayment r LEFT JOIN repayment_share s ON s.repayment_id = r.id
GROUP BY r.id HAVING r.amount_centimos <> r.overpaid_centimos
    + coalesce(sum(s.interest_centimos + s.principal_centimos), 0)
"""
_TWICE = """
SELECT s.operation FROM repayment r JOIN statement_line s USING (channel, line_id)
WHERE s.operation <> '' GROUP BY 1 HAVING count(*) > 1
"""


async def repay_loan(sim: Simulator) -> str | None:
    """A statement or a notification has a repayment; or one that was told before."""
    told = sim.watch.rows(_TOLD)
    if told and sim.chance.maybe(0.25):
        return await _say(sim, _again(sim, sim.chance.one(told)))
    found = sim.watch.rows(_LENT)
    if not found:
        return None
    one = sim.chance.one(found)
    owed = max(int(one["owed"]), 1)
    amount = sim.chance.weighted(
        (owed, sim.chance.number(1, owed), owed + sim.chance.number(1, 500)), (3, 5, 2)
    )
    days = sim.chance.weighted((0, sim.chance.number(1, 40), -sim.chance.number(1, 20)), (5, 3, 1))
    payer = sim.chance.one((one["document"], one["payer_ruc"] or "", "", "10101174102"))
    line = Line(
        new_id("lin"),
        one["reference"] if sim.chance.maybe(0.95) else "nobody-knows-this-loan",
        "repayment",
        amount,
        lima_date(sim.chance.now) + timedelta(days=days),
        payer,
        new_id("opn") if sim.chance.maybe(0.9) else "",
    )
    return await _say(sim, line)


def _again(sim: Simulator, row: dict[str, Any]) -> Line:
    """The same line, as the day's statement has it after the notification; or its operation under
    another number, or changed."""
    how = sim.chance.weighted(("same", "renumbered", "changed"), (6, 2, 1))
    return Line(
        new_id("lin") if how == "renumbered" and row["operation"] else row["line_id"],
        row["reference"],
        "repayment",
        row["amount_centimos"] + (how == "changed"),
        row["business_date"],
        row["payer"],
        row["operation"],
    )


async def _say(sim: Simulator, line: Line) -> str:
    outcome = await sim.do(reconciliation.reconcile, SERVICE, channel="agrobanco", lines=[line])
    check(sim)
    return outcome


def check(sim: Simulator) -> None:
    """Nobody owes less than nothing, each repayment is its shares, each operation counted once,
    and what loans say is what the ledger holds."""
    for what, query in (
        ("loans and ledger differ", _BOOKS),
        ("a repayment is not its shares", _SUMS),
        ("an operation was booked twice", _TWICE),
    ):
        found = sim.watch.rows(query)
        if found:
            raise Violated(f"{what}: {found[:3]}")
