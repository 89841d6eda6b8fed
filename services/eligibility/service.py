"""The two use cases: assess a round of an application, and ask the same question again.

Facts and policy are asked before the transaction; what they said, the decision, the audit row and
the event are then one commit.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from services.eligibility import domain, policy, queries, waits
from services.eligibility.events import AssessmentCompleted, FindingSummary
from services.eligibility.facts import ApplicationReader, Dossier, Facts
from services.eligibility.models import Assessment, Replay
from services.kernel.db import Database
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Prepared:
    """A decision not yet kept."""

    application: ApplicationReader
    dossier_sha256: str
    as_of: date
    dossier: Dossier
    answer: policy.Answer


async def prepare(
    database: Database, facts: Facts, opa: Opa, *, application_id: str
) -> Prepared | Assessment:
    """Gather the facts and ask the policy; the kept assessment when this round already has one.

    Raises eligibility.not_assessable, and Unavailable while a source or the policy does not
    answer.
    """
    application = await facts.application(application_id)
    body = application.body
    async with database.begin() as session:
        kept = await queries.of_round(session, application_id=body.id, round=body.round)
    if kept is not None:
        return kept
    as_of, dossier_sha256 = domain.handed_in(
        state=body.state, submitted_at=body.submitted_at, dossier_sha256=body.dossier_sha256
    )
    async with waits.seen(database, body):
        dossier = await facts.dossier(application, as_of=as_of)
        answer = await policy.ask(opa, dossier.question.document())
    return Prepared(body, dossier_sha256, as_of, dossier, answer)


async def assess(work: Work, *, prepared: Prepared | Assessment) -> Assessment:
    """Keep the decision and tell of it; a round that has one keeps the first."""
    if isinstance(prepared, Assessment):
        return prepared
    application = prepared.application
    await waits.lock(work.session, application.id, application.round)
    kept = await queries.of_round(
        work.session, application_id=application.id, round=application.round
    )
    if kept is not None:
        return kept
    row = _row_of(work, prepared)
    work.session.add(row)
    await waits.end(work.session, application.id, application.round, now=work.now)
    findings = prepared.answer.decision.findings
    work.record(
        "eligibility.assessment.assess",
        row.id,
        {
            "application_id": row.application_id,
            "round": row.round,
            "outcome": row.outcome,
            "findings": [finding.code for finding in findings],
            "policy_revision": row.policy_revision,
            "input_sha256": row.input_sha256,
            "decision_sha256": policy.sha256_of(row.decision),
        },
    )
    work.publish(
        AssessmentCompleted(
            assessment_id=row.id,
            application_id=row.application_id,
            eligible=row.eligible,
            outcome=prepared.answer.decision.outcome,
            findings=[FindingSummary(code=f.code, severity=f.severity) for f in findings],
            policy_revision=row.policy_revision,
        ),
        version=1,
    )
    return row


def _row_of(work: Work, prepared: Prepared) -> Assessment:
    application = prepared.application
    question = prepared.dossier.question.document()
    decision = prepared.answer.decision
    return Assessment(
        id=new_id("ass"),
        application_id=application.id,
        consortium_id=application.consortium_id,
        call_id=application.call_id,
        round=application.round,
        dossier_sha256=prepared.dossier_sha256,
        as_of=prepared.as_of,
        input=question,
        input_sha256=policy.sha256_of(question),
        decision=prepared.answer.document,
        eligible=decision.eligible is True,
        outcome=decision.outcome,
        policy_revision=prepared.answer.revision,
        evidence=[evidence.document() for evidence in prepared.dossier.evidence],
        assessed_at=work.now,
    )


async def ask_again(
    database: Database, opa: Opa, *, assessment_id: str
) -> tuple[Assessment, policy.Answer]:
    """Ask the policy the stored question. Raises eligibility.input_altered when the stored
    question is no longer the one that was asked."""
    async with database.begin() as session:
        row = await queries.assessment(session, assessment_id)
    if policy.sha256_of(row.input) != row.input_sha256:
        raise Conflict(
            "eligibility.input_altered",
            "La entrada guardada no corresponde a su huella; avise a auditoría.",
        )
    return row, await policy.ask(opa, row.input)


async def replay(work: Work, *, asked: tuple[Assessment, policy.Answer]) -> Replay:
    """Keep what asking again gave: the same, or where it differs."""
    assessment, answer = asked
    found = [
        asdict(difference)
        for difference in domain.differences(stored=assessment.decision, now=answer.document)
    ]
    row = Replay(
        id=new_id("rep"),
        assessment_id=assessment.id,
        same=not found,
        stored_revision=assessment.policy_revision,
        current_revision=answer.revision,
        differences=found,
        replayed_by=work.actor.sub,
        replayed_at=work.now,
    )
    work.session.add(row)
    change: dict[str, Any] = {
        "replay_id": row.id,
        "same": row.same,
        "stored_revision": row.stored_revision,
        "current_revision": row.current_revision,
        "differences": len(found),
    }
    work.record("eligibility.assessment.replay", assessment.id, change)
    return row
