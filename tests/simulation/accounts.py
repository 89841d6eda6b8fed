"""What the consortium shows and what comes back: milestones, reports, repayments, claims."""

from datetime import timedelta
from typing import Any

from services.disbursement import tranches
from services.disbursement.accountability import claims, reports
from services.disbursement.accountability.reports import Judgement, Voucher
from services.disbursement.milestones import service as milestones
from services.kernel.clock import lima_date
from tests.simulation.people import REASON, consortium
from tests.simulation.simulator import OPERATORS, Simulator

_UNPROVED = """
SELECT m.tranche_id FROM milestone m WHERE m.agreement_id = %s AND NOT EXISTS
    (SELECT FROM evidence e WHERE e.tranche_id = m.tranche_id AND e.state <> 'observed')
ORDER BY m.tranche_id
"""
_FILED = "SELECT * FROM evidence WHERE agreement_id = %s AND state = 'filed' ORDER BY id"
_REPORTS = """
SELECT * FROM accountability_report WHERE agreement_id = ANY(%s)
AND state IN ('due', 'filed', 'observed') ORDER BY id
"""
_INVOICES = """
SELECT * FROM accountability_invoice WHERE report_id = %s AND taken_out_at IS NULL ORDER BY id
"""
_CLAIMS = """
SELECT * FROM claim WHERE agreement_id = ANY(%s) AND state IN ('found', 'notified') ORDER BY id
"""
_RECEIPTS = "SELECT * FROM receipt WHERE claim_id = %s AND transfer_id IS NULL ORDER BY id"


async def show_evidence(sim: Simulator) -> str | None:
    """Evidence of a milestone or of the own contribution is filed; another person judges it."""
    found = sim.agreements("active", "suspended")
    if not found:
        return None
    agreement = sim.chance.one(found)
    filed = sim.watch.rows(_FILED, agreement["id"])
    if filed and sim.chance.maybe(0.7):
        one = sim.chance.one(filed)
        by = sim.other_than(one["filed_by"])
        why = "the same person filed it" if by.sub == one["filed_by"] else ""
        if sim.chance.maybe(0.9):
            return await sim.do(milestones.verify, by, forbidden=why, evidence_id=one["id"])
        return await sim.do(
            milestones.observe, by, forbidden=why, evidence_id=one["id"], reason=REASON
        )
    by, said = consortium(sim, agreement), {"text": "Acta", "document_sha256": f"{sim.steps:064x}"}
    unproved = sim.watch.rows(_UNPROVED, agreement["id"])
    if unproved and sim.chance.maybe(0.8):
        tranche_id = sim.chance.one(unproved)["tranche_id"]
        return await sim.do(milestones.file_milestone, by, tranche_id=tranche_id, **said)
    if sim.chance.maybe(0.7):
        return None
    return await sim.do(
        milestones.file_own, by, agreement_id=agreement["id"], amount_centimos=100_00, **said
    )


async def report(sim: Simulator) -> str | None:
    """A report takes its next step: filed, observed, reviewed, accepted; or the wrong one."""
    found = sim.watch.rows(_REPORTS, sim.live)
    if not found:
        return None
    one = sim.chance.one(found)
    if one["state"] != "filed":
        by = consortium(sim, sim.watch.agreement[one["agreement_id"]])
        vouchers = _vouchers(sim, one["tranche_id"])
        return await sim.do(reports.file, by, tranche_id=one["tranche_id"], vouchers=vouchers)
    by = sim.other_than(one["filed_by"], one["reviewed_by"])
    why = "the same person filed it" if by.sub == one["filed_by"] else ""
    if sim.chance.maybe(0.1):
        more: dict[str, Any] = {"reason": REASON, "working_days": 5}
        return await sim.do(reports.observe, by, forbidden=why, report_id=one["id"], **more)
    invoices = sim.watch.rows(_INVOICES, one["id"])
    if one["reviewed_by"] is None or sim.chance.maybe(0.1):
        judged = {
            row["id"]: Judgement(
                row["amount_centimos"] if sim.chance.maybe(0.8) else 0, "con sustento"
            )
            for row in invoices
        }
        return await sim.do(
            reports.review, by, forbidden=why, report_id=one["id"], judgements=judged
        )
    why = why or ("the same person reviewed it" if by.sub == one["reviewed_by"] else "")
    eligible = sum(row["eligible_centimos"] or 0 for row in invoices)
    if sim.chance.maybe(0.05):
        eligible, why = eligible + 1, "the sum is another"
    return await sim.do(
        reports.accept, by, forbidden=why, report_id=one["id"], amount_centimos=eligible
    )


def _vouchers(sim: Simulator, tranche_id: str) -> list[Voucher]:
    left = max(sim.watch.settled(tranche_id) - sim.watch.used[tranche_id], 1)
    amounts = [left] if sim.chance.maybe(0.6) else [sim.chance.number(1, left) for _ in range(2)]
    day = lima_date(sim.chance.now)
    return [
        Voucher(
            kind="factura",
            series="F001",
            number=str(sim.steps * 10 + place if sim.chance.maybe(0.97) else 1),
            issuer_ruc="20123456789",
            issued_on=day,
            amount_centimos=amount,
            concept="Riego",
            budget_line_no=1,
        )
        for place, amount in enumerate(amounts)
    ]


async def repay(sim: Simulator) -> str | None:
    """A loan is repaid: wholly, in part, or too much."""
    found = [
        one for one in sim.tranches("confirmed", "reconciled") if one["channel"] == "agrobanco"
    ]
    left_of = {one["id"]: sim.watch.settled(one["id"]) - sim.watch.used[one["id"]] for one in found}
    if sim.chance.maybe(0.9):
        found = [one for one in found if left_of[one["id"]] > 0]
    if not found:
        return None
    one = sim.chance.one(found)
    left = left_of[one["id"]]
    amount = max(left if sim.chance.maybe(0.6) else sim.chance.number(1, one["amount_centimos"]), 1)
    why = "it was not paid so much" if amount > left else ""
    return await sim.do(
        tranches.repay,
        sim.chance.one(OPERATORS),
        forbidden=why,
        tranche_id=one["id"],
        amount_centimos=amount,
    )


async def claim(sim: Simulator) -> str | None:
    """A claim is raised, or takes its next step: told, paid back in parts, confirmed."""
    known = [*sim.live, *sim.ended]
    found = sim.watch.rows(_CLAIMS, known)
    by = sim.chance.one(OPERATORS)
    if not found or sim.chance.maybe(0.25):
        paid = sim.tranches("confirmed", "reconciled", "accounted", stray=0)
        if not paid:
            return None
        one = sim.chance.one(paid)
        if sim.chance.maybe(0.3):
            return await sim.do(
                claims.ask_refund, by, tranche_id=one["id"], reason=REASON, working_days=10
            )
        amount = sim.chance.number(1, one["amount_centimos"])
        why = "it was not paid so much" if amount > sim.watch.settled(one["id"]) else ""
        asked = {"tranche_id": one["id"], "ground": REASON, "evidence": "Acta 3"}
        return await sim.do(claims.find_undue, by, forbidden=why, amount_centimos=amount, **asked)
    one = sim.chance.one(found)
    if one["state"] == "found":
        return await sim.do(claims.notify, by, claim_id=one["id"], working_days=10)
    receipts = sim.watch.rows(_RECEIPTS, one["id"])
    if receipts and sim.chance.maybe(0.7):
        receipt = receipts[0]
        by = sim.other_than(receipt["recorded_by"])
        why = "the same person recorded it" if by.sub == receipt["recorded_by"] else ""
        return await sim.do(claims.confirm, by, forbidden=why, receipt_id=receipt["id"])
    left = one["amount_centimos"] - one["received_centimos"]
    amount = left if sim.chance.maybe(0.5) else sim.chance.number(1, left + 10)
    why = "it is more than was claimed" if amount > left else ""
    return await sim.do(
        claims.receive,
        by,
        forbidden=why,
        claim_id=one["id"],
        amount_centimos=amount,
        bank_reference=f"OP-{sim.steps}",
        received_on=lima_date(sim.chance.now - timedelta(days=sim.chance.number(0, 2))),
        line_id=None,
    )
