"""What producers and anchor firms pay back: all, a part, late, twice told, or more than is owed."""

from datetime import timedelta
from typing import Any

from services.disbursement import reconciliation
from services.disbursement.channels.protocol import Line
from services.kernel.clock import lima_date
from services.kernel.ids import new_id
from tests.simulation.simulator import SERVICE, Simulator
from tests.simulation.watch import Violated

_LENT = "SELECT count(DISTINCT loan_id) AS loans FROM loan_part WHERE returned_on IS NULL"
_LENT_AT = """
SELECT l.reference, l.document, k.payer_ruc,
    sum(p.principal_centimos + p.interest_centimos)::bigint AS owed
FROM (SELECT DISTINCT loan_id AS id FROM loan_part WHERE returned_on IS NULL
    ORDER BY 1 OFFSET %s LIMIT 1) AS one JOIN loan l USING (id)
JOIN loan_terms k USING (agreement_id) JOIN loan_part p ON p.loan_id = l.id
WHERE p.returned_on IS NULL GROUP BY l.id, k.payer_ruc
"""
_TOLD = """
SELECT line_id, reference, amount_centimos, business_date, payer, operation FROM statement_line
WHERE channel = 'agrobanco' AND kind = 'repayment' ORDER BY line_id DESC LIMIT 40
"""
_WRITTEN = """
WITH line AS (SELECT channel, line_id, operation FROM statement_line
    WHERE age(xmin) <= age(%(since)s::xid)
), paid AS (SELECT id, loan_id, channel, line_id FROM repayment
    WHERE age(xmin) <= age(%(since)s::xid))
SELECT 'consortium' AS what, l.consortium_id AS id FROM loan l
    JOIN loan_part p ON p.loan_id = l.id WHERE age(p.xmin) <= age(%(since)s::xid)
UNION SELECT 'consortium', consortium_id FROM loan WHERE age(xmin) <= age(%(since)s::xid)
UNION SELECT 'consortium', l.consortium_id FROM paid JOIN loan l ON l.id = paid.loan_id
UNION SELECT 'consortium', split_part(code, ':', 2) FROM account
    WHERE age(xmin) <= age(%(since)s::xid) AND split_part(code, ':', 1) = 'consortium'
UNION SELECT 'repayment', id FROM paid
UNION SELECT 'repayment', repayment_id FROM repayment_share
    WHERE age(xmin) <= age(%(since)s::xid)
UNION SELECT 'operation', operation FROM line WHERE operation <> ''
UNION SELECT 'operation', s.operation FROM paid JOIN statement_line s USING (channel, line_id)
    WHERE s.operation <> ''
"""
_BOOKS = """
WITH asked AS (SELECT unnest(%(consortium)s::text[]) AS consortium_id
), held AS (
    SELECT l.consortium_id, sum(p.principal_centimos) AS principal,
        sum(p.interest_centimos) AS interest,
        min(least(p.principal_centimos, p.interest_centimos)) AS least
    FROM asked JOIN loan l USING (consortium_id) JOIN loan_part p ON p.loan_id = l.id GROUP BY 1
), beyond AS (
    SELECT l.consortium_id, sum(r.overpaid_centimos) AS overpaid
    FROM asked JOIN loan l USING (consortium_id) JOIN repayment r ON r.loan_id = l.id GROUP BY 1
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
SELECT r.id FROM unnest(%(repayment)s::text[]) AS asked (id) JOIN repayment r USING (id)
LEFT JOIN repayment_share s ON s.repayment_id = r.id
GROUP BY r.id HAVING r.amount_centimos <> r.overpaid_centimos
    + coalesce(sum(s.interest_centimos + s.principal_centimos), 0)
"""
_TWICE = """
SELECT s.operation FROM unnest(%(operation)s::text[]) AS asked (operation)
JOIN statement_line s USING (operation) JOIN repayment r USING (channel, line_id)
GROUP BY 1 HAVING count(*) > 1
"""


async def repay_loan(sim: Simulator) -> str | None:
    """A statement or a notification has a repayment; or one that was told before."""
    told = sim.watch.rows(_TOLD)
    if told and sim.chance.maybe(0.25):
        return await _say(sim, _again(sim, sim.chance.one(told)))
    (lent,) = sim.watch.rows(_LENT)
    if not lent["loans"]:
        return None
    (one,) = sim.watch.rows(_LENT_AT, sim.chance.one(range(lent["loans"])))
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
    and what loans say is what the ledger holds: of all that any transaction wrote since the last
    check, or, where `sim.watch.checked` is the beginning, of all that there is."""
    horizon = sim.watch.horizon()
    since, sim.watch.checked = sim.watch.checked, horizon
    written: dict[str, list[str]] = {"consortium": [], "repayment": [], "operation": []}
    for row in sim.watch.rows(_WRITTEN, since=since):
        written[row["what"]].append(row["id"])
    for what, query in (
        ("loans and ledger differ", _BOOKS),
        ("a repayment is not its shares", _SUMS),
        ("an operation was booked twice", _TWICE),
    ):
        found = sim.watch.rows(query, **written)
        if found:
            raise Violated(f"{what}: {found[:3]}")
