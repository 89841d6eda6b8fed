"""Use cases of milestones and own contributions: filed by the consortium, judged by another person,
filed again after an observation."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.disbursement import domain
from services.disbursement.milestones import queries
from services.disbursement.models import Agreement, Evidence, Milestone, Tranche
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.rows import found, locked
from services.kernel.work import Work
from services.kernel.working_days import working_day

EVIDENCE_UNTOLD: Final = "Informe del hito con sus sustentos."
"""What a plan that does not say it asks for."""
IN_FORCE: Final = frozenset({"active", "suspended"})


def planned(tranches: Sequence[Tranche], plan: Sequence[Mapping[str, Any]]) -> list[Milestone]:
    """The milestones of tranches drawn up from the plan, in the same order."""
    return [
        Milestone(
            tranche_id=tranche.id,
            agreement_id=tranche.agreement_id,
            evidence_required=item.get("evidence") or EVIDENCE_UNTOLD,
            due_working_days=item.get("due_working_days"),
        )
        for tranche, item in zip(tranches, plan, strict=True)
    ]


async def begin_terms(work: Work, agreement: Agreement) -> None:
    """Both have signed: each milestone with a term is due so many working days from today."""
    for milestone in await queries.of_agreement(work.session, agreement.id):
        if milestone.due_working_days is not None:
            milestone.due_on = working_day(lima_date(work.now), milestone.due_working_days)


async def file_milestone(
    work: Work, *, tranche_id: str, text: str, document_sha256: str
) -> Evidence:
    """File the evidence of a tranche's milestone.

    Raises Missing, disbursement.agreement_not_active and disbursement.evidence_filed while one
    waits to be judged or is verified.
    """
    tranche = await found(work.session, Tranche, tranche_id)
    return await _file(
        work,
        agreement_id=tranche.agreement_id,
        kind="milestone",
        tranche_id=tranche.id,
        amount_centimos=None,
        said=(text, document_sha256),
    )


async def file_own(
    work: Work, *, agreement_id: str, amount_centimos: int, text: str, document_sha256: str
) -> Evidence:
    """File the evidence of an own contribution; a document counts once in the whole fund.

    Raises Missing, disbursement.agreement_not_active and disbursement.document_used.
    """
    return await _file(
        work,
        agreement_id=agreement_id,
        kind="own",
        tranche_id=None,
        amount_centimos=amount_centimos,
        said=(text, document_sha256),
    )


async def _file(
    work: Work,
    *,
    agreement_id: str,
    kind: str,
    tranche_id: str | None,
    amount_centimos: int | None,
    said: tuple[str, str],
) -> Evidence:
    agreement = await locked(work.session, Agreement, agreement_id)
    if agreement.state not in IN_FORCE:
        raise Conflict(
            "disbursement.agreement_not_active", "El convenio no está vigente; fírmenlo antes."
        )
    text, document_sha256 = said
    row = Evidence(
        id=new_id("evi"),
        kind=kind,
        agreement_id=agreement.id,
        consortium_id=agreement.consortium_id,
        tranche_id=tranche_id,
        amount_centimos=amount_centimos,
        text=text,
        document_sha256=document_sha256,
        filed_by=work.actor.sub,
        filed_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    change = {"kind": kind, "tranche_id": tranche_id, "document_sha256": document_sha256}
    work.record("evidence.file", row.id, {**change, "amount_centimos": amount_centimos})
    return row


async def verify(work: Work, *, evidence_id: str) -> Evidence:
    """Confirm what was filed. Raises Missing, disbursement.evidence_judged, .same_person."""
    return await _judge(work, evidence_id, "verified", None)


async def observe(work: Work, *, evidence_id: str, reason: str) -> Evidence:
    """Say what is wrong with what was filed; it may be filed again.

    Raises Missing, disbursement.evidence_judged and disbursement.same_person.
    """
    return await _judge(work, evidence_id, "observed", reason)


async def _judge(work: Work, evidence_id: str, state: str, reason: str | None) -> Evidence:
    row = await locked(work.session, Evidence, evidence_id)
    if row.state != "filed":
        raise Conflict("disbursement.evidence_judged", "Este sustento ya fue revisado.")
    domain.demand_other_person(work.actor.sub, row.filed_by, "presenta y verifica")
    row.state, row.reason = state, reason
    row.judged_by, row.judged_at = work.actor.sub, work.now
    work.record("evidence.judge", row.id, {"to": state, "reason": reason})
    return row
