"""The two use cases: assess a round of an application, and ask the same question again.

Facts and policy are asked before the transaction; what they said, the decision, the audit row and
the event are then one commit.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from services.eligibility import domain, policy, queries, waits
from services.eligibility.facts import ApplicationFacts, ApplicationReader, Facts
from services.eligibility.keeping import Prepared, keep
from services.eligibility.models import Assessment, Replay
from services.eligibility.questions import Inquiry, Known, inquiries, known
from services.eligibility.revisions import Revisions
from services.kernel.db import Database
from services.kernel.errors import Conflict, Unavailable
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.work import Work

CURRENT: Final = "current"
"""In place of a revision: the one that is served now."""


@dataclass(frozen=True, slots=True)
class Collected:
    """A round of an application and what the sources say of it."""

    application: ApplicationReader
    dossier_sha256: str
    as_of: date
    known: Known

    def asking(self, inquiry: Inquiry) -> "Gathered":
        """With the whole question."""
        return Gathered(self.application, self.dossier_sha256, self.as_of, inquiry)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A round of an application and its facts, of which nobody was asked yet."""

    application: ApplicationReader
    dossier_sha256: str
    as_of: date
    inquiry: Inquiry

    def answered(self, answer: policy.Answer) -> Prepared:
        """The decision, not yet kept."""
        return Prepared(self.application, self.dossier_sha256, self.as_of, self.inquiry, answer)


async def prepare(
    database: Database, facts: Facts, opa: Opa, *, application_id: str
) -> Prepared | Assessment:
    """Gather the facts and ask the policy; the kept assessment when this round already has one.

    Raises eligibility.not_assessable, and Unavailable while a source or the policy does not
    answer.
    """
    found = await gather(database, facts, application_id=application_id)
    if isinstance(found, Assessment):
        return found
    async with waits.seen(database, found.application):
        return found.answered(await policy.ask(opa, found.inquiry.question.document()))


async def gather(database: Database, facts: Facts, *, application_id: str) -> Gathered | Assessment:
    """The facts of the application's present round; the kept assessment when it has one.

    Raises eligibility.not_assessable, and Unavailable while a source does not answer.
    """
    application = await facts.application(application_id)
    body = application.body
    kept = await queries.kept_of(database, [(body.id, body.round)])
    if kept:
        return kept[body.id]
    collected = await collect(database, facts, application)
    async with waits.seen(database, body):
        (inquiry,) = await inquiries(database, [collected.known])
    return collected.asking(inquiry)


async def collect(database: Database, facts: Facts, application: ApplicationFacts) -> Collected:
    """What the sources say of a round that has no assessment. Raises as `gather`."""
    body = application.body
    as_of, dossier_sha256 = domain.handed_in(
        state=body.state, submitted_at=body.submitted_at, dossier_sha256=body.dossier_sha256
    )
    async with waits.seen(database, body):
        found = await known(facts, application, as_of=as_of)
    return Collected(body, dossier_sha256, as_of, found)


async def assess(work: Work, *, prepared: Prepared | Assessment) -> Assessment:
    """Keep the decision and tell of it; a round that has one keeps the first."""
    if isinstance(prepared, Assessment):
        return prepared
    return (await keep(work, [prepared]))[prepared.application.id]


async def ask_again(
    database: Database,
    opa: Opa,
    revisions: Revisions,
    *,
    assessment_id: str,
    revision: str | None = None,
) -> tuple[Assessment, policy.Answer]:
    """Ask the policy the stored question: under the revision that decided, under another kept
    one, or under the one that is served now (`current`).

    Raises eligibility.input_altered when the stored question is no longer the one that was
    asked, eligibility.revision_not_kept, and policy.unavailable.
    """
    async with database.begin() as session:
        row = await queries.assessment(session, assessment_id)
    if policy.sha256_of(row.input) != row.input_sha256:
        raise Conflict(
            "eligibility.input_altered",
            "La entrada guardada no corresponde a su huella; avise a auditoría.",
        )
    wanted = revision or row.policy_revision
    return row, await _answer_of(opa, revisions, row.input, wanted)


async def _answer_of(
    opa: Opa, revisions: Revisions, question: dict[str, Any], wanted: str
) -> policy.Answer:
    """The answer of a revision: of the serving engine when it has it, else of the kept rules."""
    if wanted == CURRENT:
        return await policy.ask(opa, question)
    try:
        answer = await policy.ask(opa, question)
    except Unavailable:
        if revisions.bundle(wanted) is None:
            raise
    else:
        if answer.revision == wanted:
            return answer
    async with revisions.serving(wanted) as kept:
        return await policy.ask(kept, question)


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
