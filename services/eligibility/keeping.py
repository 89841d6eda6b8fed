"""Keeping decisions with all that was asked: however many they are, in a handful of statements.

An assessment, its traits and its plan's signature are written together, so that none of them can
stand without the others; whoever waited for the round waits no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from services.eligibility import policy, queries, waits
from services.eligibility.events import AssessmentCompleted, FindingSummary
from services.eligibility.facts import ApplicationReader
from services.eligibility.models import Assessment
from services.eligibility.questions import Inquiry
from services.kernel.db import rows_in
from services.kernel.ids import new_id
from services.kernel.work import Work

# Long values go as bytes (`b`): written out in an array they would be escaped, piece by piece.
_KEPT: Final = """
    WITH assessed AS (
        INSERT INTO assessment (id, application_id, consortium_id, call_id, round, dossier_sha256,
            as_of, input, input_sha256, decision, eligible, outcome, policy_revision, evidence,
            assessed_at)
        SELECT * FROM unnest(%(id)s::text[], %(application_id)s::text[],
            %(consortium_id)s::text[], %(call_id)s::text[], %(round)s::int[],
            %(dossier_sha256)s::text[], %(as_of)s::date[], %(input)b::text[]::jsonb[],
            %(input_sha256)s::text[], %(decision)b::text[]::jsonb[], %(eligible)s::bool[],
            %(outcome)s::text[], %(policy_revision)s::text[], %(evidence)b::text[]::jsonb[],
            %(assessed_at)s::timestamptz[])
    ), traits AS (
        INSERT INTO trait (assessment_id, application_id, consortium_id, call_id, kind, digest,
            shown, recorded_at)
        SELECT own.assessment_id, one.application_id, one.consortium_id, one.call_id, own.kind,
            own.digest, own.shown, one.assessed_at
        FROM unnest(%(trait_of)s::text[], %(kind)s::text[], %(digest)s::text[], %(shown)s::text[])
            AS own (assessment_id, kind, digest, shown)
        JOIN unnest(%(id)s::text[], %(application_id)s::text[], %(consortium_id)s::text[],
            %(call_id)s::text[], %(assessed_at)s::timestamptz[])
            AS one (id, application_id, consortium_id, call_id, assessed_at)
            ON one.id = own.assessment_id
    ), ended AS (
        UPDATE assessment_wait AS wait SET ended_at = greatest(wait.last_tried_at, one.assessed_at)
        FROM unnest(%(application_id)s::text[], %(round)s::int[], %(assessed_at)s::timestamptz[])
            AS one (application_id, round, assessed_at)
        WHERE wait.application_id = one.application_id AND wait.round = one.round
            AND wait.ended_at IS NULL
    )
    INSERT INTO plan_signature (assessment_id, signature)
    SELECT * FROM unnest(%(signature_of)s::text[], %(signature)b::bytea[])
    """


@dataclass(frozen=True, slots=True)
class Prepared:
    """A decision not yet kept, with the canonical texts that its hashes are taken over: they are
    written out before the transaction."""

    application: ApplicationReader
    dossier_sha256: str
    as_of: date
    inquiry: Inquiry
    answer: policy.Answer
    question: dict[str, Any] = field(init=False)
    asked: bytes = field(init=False)
    answered: bytes = field(init=False)
    evidence: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        """Write the texts out."""
        question = self.inquiry.question.document()
        evidence = [one.document() for one in self.inquiry.dossier.evidence]
        object.__setattr__(self, "question", question)
        object.__setattr__(self, "asked", policy.canonical(question))
        object.__setattr__(self, "answered", policy.canonical(self.answer.document))
        object.__setattr__(self, "evidence", evidence)


@dataclass(frozen=True, slots=True)
class Draft:
    """The row that keeps a decision."""

    row: Assessment
    prepared: Prepared


async def keep(work: Work, decided: Sequence[Prepared]) -> dict[str, Assessment]:
    """Keep the decisions and tell of them, by application; a round that has one keeps the first."""
    wanted = sorted((one.application.id, one.application.round) for one in decided)
    await waits.lock(work.session, wanted)
    kept = await queries.of_rounds(work.session, wanted)
    drafts = [draft_of(one, now=work.now) for one in decided if one.application.id not in kept]
    if drafts:
        await rows_in(work.session, _KEPT, _columns(drafts))
        for draft in drafts:
            _tell(work, draft)
    return kept | {draft.row.application_id: draft.row for draft in drafts}


def draft_of(prepared: Prepared, *, now: datetime) -> Draft:
    """The row that keeps a decision: the answer, the question, and whence each fact came."""
    application = prepared.application
    decision = prepared.answer.decision
    row = Assessment(
        id=new_id("ass"),
        application_id=application.id,
        consortium_id=application.consortium_id,
        call_id=application.call_id,
        round=application.round,
        dossier_sha256=prepared.dossier_sha256,
        as_of=prepared.as_of,
        input=prepared.question,
        input_sha256=policy.sha256_of_text(prepared.asked),
        decision=prepared.answer.document,
        eligible=decision.eligible is True,
        outcome=decision.outcome,
        policy_revision=prepared.answer.revision,
        evidence=prepared.evidence,
        assessed_at=now,
    )
    return Draft(row, prepared)


def _tell(work: Work, draft: Draft) -> None:
    row, decision = draft.row, draft.prepared.answer.decision
    work.record(
        "eligibility.assessment.assess",
        row.id,
        {
            "application_id": row.application_id,
            "round": row.round,
            "outcome": row.outcome,
            "findings": [finding.code for finding in decision.findings],
            "policy_revision": row.policy_revision,
            "input_sha256": row.input_sha256,
            "decision_sha256": policy.sha256_of_text(draft.prepared.answered),
        },
    )
    work.publish(
        AssessmentCompleted(
            assessment_id=row.id,
            application_id=row.application_id,
            eligible=row.eligible,
            outcome=decision.outcome,
            findings=[FindingSummary(code=f.code, severity=f.severity) for f in decision.findings],
            policy_revision=row.policy_revision,
        ),
        version=1,
    )


def _columns(drafts: Sequence[Draft]) -> dict[str, list[Any]]:
    rows = [draft.row for draft in drafts]
    plain = (
        *("id", "application_id", "consortium_id", "call_id", "round", "dossier_sha256", "as_of"),
        *("input_sha256", "eligible", "outcome", "policy_revision", "assessed_at"),
    )
    traits = [
        (draft.row.id, trait) for draft in drafts for trait in draft.prepared.inquiry.traits.values
    ]
    signed = [
        (draft.row.id, draft.prepared.inquiry.traits.signature)
        for draft in drafts
        if draft.prepared.inquiry.traits.signature is not None
    ]
    return {
        **{name: [getattr(row, name) for row in rows] for name in plain},
        "input": [draft.prepared.asked.decode() for draft in drafts],
        "decision": [draft.prepared.answered.decode() for draft in drafts],
        "evidence": [policy.canonical(row.evidence).decode() for row in rows],
        "trait_of": [row_id for row_id, _ in traits],
        "kind": [trait.kind for _, trait in traits],
        "digest": [trait.digest for _, trait in traits],
        "shown": [trait.shown for _, trait in traits],
        "signature_of": [row_id for row_id, _ in signed],
        "signature": [signature for _, signature in signed],
    }
