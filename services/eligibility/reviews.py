"""Likenesses looked at again: the first of a ring were assessed when the others were not there.

A later look never changes a decision; it is kept beside it, when it differs from the last one.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from services.eligibility import links, policy, queries
from services.eligibility.models import Assessment, LikenessReview, SignalResolution
from services.eligibility.signals import Likeness, Profile, Review
from services.kernel.auth import not_found
from services.kernel.db import AsyncSession, Database
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.work import Work

PREFIX = "PAP-"


@dataclass(frozen=True, slots=True)
class Standing:
    """The signals of an assessment as they stand: by its decision or by a later look."""

    review: Review
    findings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a new look at an assessment gave, not yet kept."""

    assessment: Assessment
    answer: policy.Answer

    def standing(self) -> Standing:
        """The signals by this look."""
        return Standing(self.answer.decision.review, signals_in(self.answer.document))


def signals_in(decision: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings of a decision that tell of a paper organisation."""
    return [found for found in decision["findings"] if found["code"].startswith(PREFIX)]


async def standing(session: AsyncSession, assessment: Assessment) -> Standing:
    """The signals as they stand: the last look's, or the decision's when there was none."""
    last = await session.exec(
        select(LikenessReview)
        .where(LikenessReview.assessment_id == assessment.id)
        .order_by(col(LikenessReview.reviewed_at).desc(), col(LikenessReview.id).desc())
        .limit(1)
    )
    row = last.one_or_none()
    if row is None:
        review = Review.model_validate(assessment.decision.get("review", {}))
        return Standing(review, signals_in(assessment.decision))
    codes = sorted({found["code"] for found in row.findings})
    review = Review.model_validate({"level": row.level, "weight": row.weight, "signals": codes})
    return Standing(review, row.findings)


async def look_again(database: Database, opa: Opa, *, assessment_id: str) -> Looked:
    """Ask the policy the stored question with the links of today; as of the same day.

    Raises Missing, and policy.unavailable.
    """
    async with database.begin() as session:
        assessment = await queries.assessment(session, assessment_id)
        traits = await links.kept(session, assessment_id)
    own = links.Shown(assessment.consortium_id, traits)
    (shared,) = await links.shared(database, [own])
    told = assessment.input["facts"].get("likeness") or {}
    profile = Profile.model_validate(told["profile"]) if told.get("profile") else None
    likeness = Likeness(profile=profile, links=shared).model_dump(mode="json")
    facts = {**assessment.input["facts"], "likeness": likeness}
    return Looked(assessment, await policy.ask(opa, {**assessment.input, "facts": facts}))


async def review(work: Work, *, looked: Looked) -> Standing:
    """Keep the new look when it says something else than the last one."""
    now = looked.standing()
    before = await standing(work.session, looked.assessment)
    if (now.review, now.findings) == (before.review, before.findings):
        return before
    row = LikenessReview(
        id=new_id("lik"),
        assessment_id=looked.assessment.id,
        level=now.review.level,
        weight=now.review.weight,
        findings=now.findings,
        policy_revision=looked.answer.revision,
        reviewed_by=work.actor.sub,
        reviewed_at=work.now,
    )
    work.session.add(row)
    change = {
        "review_id": row.id,
        "level_before": before.review.level,
        "level": row.level,
        "weight": row.weight,
        "signals": now.review.signals,
        "policy_revision": row.policy_revision,
    }
    work.record("eligibility.likeness.review", looked.assessment.id, change)
    return now


async def newest_of_call(
    session: AsyncSession, *, call_id: str, after: str | None, linked_to: str | None, limit: int
) -> list[str]:
    """The newest assessment of each application of a call, in order of application, from the
    application after `after` on; with `linked_to`, of those linked to that assessment."""
    query = (
        select(Assessment.application_id, Assessment.id)
        .where(Assessment.call_id == call_id, col(Assessment.application_id) > (after or ""))
        .ext(distinct_on(col(Assessment.application_id)))
        .order_by(col(Assessment.application_id), col(Assessment.round).desc())
        .limit(limit)
    )
    if linked_to is not None:
        query = query.where(col(Assessment.application_id).in_(links.linked_to(linked_to)))
    return [row[1] for row in await session.exec(query)]


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it stands, with its written resolution if there is one."""

    finding: dict[str, Any]
    resolution: SignalResolution | None

    @property
    def is_open(self) -> bool:
        """Whether people still owe a resolution that two of them signed."""
        return self.resolution is None or self.resolution.confirmed_by is None


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of an assessment and what they come to."""

    assessment: Assessment
    review: Review
    signals: list[Signal]


async def signals_of(session: AsyncSession, *, assessment_id: str) -> Signals:
    """The signals of an assessment as they stand; raises Missing."""
    assessment = await queries.assessment(session, assessment_id)
    now = await standing(session, assessment)
    rows = await session.exec(
        select(SignalResolution).where(SignalResolution.assessment_id == assessment_id)
    )
    written = {row.finding_sha256: row for row in rows}
    return Signals(
        assessment,
        now.review,
        [Signal(found, written.get(policy.sha256_of(found))) for found in now.findings],
    )


async def propose(
    work: Work,
    *,
    assessment_id: str,
    code: str,
    verdict: Literal["dismissed", "confirmed"],
    reasons: str,
) -> SignalResolution:
    """Resolve a signal in writing; it counts once another person confirmed it.

    Raises Missing for a signal that does not stand, eligibility.signal_already_resolved.
    """
    signal = await _signal(work.session, assessment_id, code)
    row = SignalResolution(
        id=new_id("sig"),
        assessment_id=assessment_id,
        code=code,
        finding_sha256=policy.sha256_of(signal.finding),
        verdict=verdict,
        reasons=reasons,
        proposed_by=work.actor.sub,
        proposed_at=work.now,
    )
    work.session.add(row)
    change = {"code": code, "verdict": verdict, "reasons": reasons}
    work.record("eligibility.signal.resolve", assessment_id, change)
    return row


async def confirm(work: Work, *, assessment_id: str, code: str) -> SignalResolution:
    """Confirm another person's resolution of a signal; one already confirmed stays as it is.

    Raises Missing, eligibility.same_person (by the database).
    """
    signal = await _signal(work.session, assessment_id, code)
    if signal.resolution is None:
        raise not_found()
    row = signal.resolution
    await work.session.refresh(row, with_for_update=True)
    if row.confirmed_by is None:
        row.confirmed_by, row.confirmed_at = work.actor.sub, work.now
        change = {"code": code, "verdict": row.verdict, "proposed_by": row.proposed_by}
        work.record("eligibility.signal.confirm", assessment_id, change)
    return row


async def _signal(session: AsyncSession, assessment_id: str, code: str) -> Signal:
    standing_now = await signals_of(session, assessment_id=assessment_id)
    for signal in standing_now.signals:
        if signal.finding["code"] == code:
            return signal
    raise not_found()
