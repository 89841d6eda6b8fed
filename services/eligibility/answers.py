"""The right to answer: the consortium sees a finding and says its part before anybody decides.

An answer changes no decision of the policy. It stands with the assessment, so that whoever decides
reads it. The term is that of the amendment when the application has one; else the working days of
the parameter `splitting.answer_term` that was in force, counted from the day after the assessment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.eligibility import queries
from services.eligibility.facts import ApplicationReader
from services.eligibility.models import Assessment, FindingAnswer
from services.kernel.auth import not_found
from services.kernel.clock import LIMA
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict, FieldError, Invalid
from services.kernel.ids import new_id
from services.kernel.work import Work
from services.kernel.working_days import end_of_term

MAX_ANSWERS: Final = 20
"""Answers to one code of one assessment."""
TERM_KEY: Final = "splitting.answer_term"
TERM_WORKING_DAYS: Final = 5
"""The term of assessments whose rules did not name one yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the consortium says, and the documents of its dossier that show it."""

    text: str
    document_ids: Sequence[str]


def due_at(assessment: Assessment, *, amendment_due_at: datetime | None) -> datetime:
    """The instant from which no answer is taken any more."""
    if amendment_due_at is not None:
        return amendment_due_at
    return end_of_term(assessment.assessed_at, _term(assessment.decision))


async def answer(
    work: Work, *, assessment_id: str, code: str, given: Given, application: ApplicationReader
) -> FindingAnswer:
    """Keep the consortium's answer to the findings of this code.

    Raises eligibility.answer_term_over, eligibility.answers_full and eligibility.document_unknown;
    an assessment without such a finding is not found.
    """
    assessment = await queries.assessment(work.session, assessment_id)
    if code not in {finding["code"] for finding in assessment.decision["findings"]}:
        raise not_found()
    due = due_at(assessment, amendment_due_at=application.amendment_due_at)
    if work.now >= due:
        raise Conflict(
            "eligibility.answer_term_over",
            f"El plazo para responder venció el {due.astimezone(LIMA):%d/%m/%Y %H:%M} (Lima)."
            " Presente su escrito a la secretaría técnica.",
        )
    _check_documents(given.document_ids, application)
    await work.session.scalar(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": assessment_id}
    )
    earlier = await of_assessment(work.session, assessment_id)
    if sum(one.finding_code == code for one in earlier) >= MAX_ANSWERS:
        raise Conflict(
            "eligibility.answers_full",
            f"Ya hay {MAX_ANSWERS} respuestas a {code}, que es el máximo.",
        )
    row = FindingAnswer(
        id=new_id("ans"),
        assessment_id=assessment_id,
        finding_code=code,
        text=given.text,
        document_ids=list(given.document_ids),
        answered_by=work.actor.sub,
        answered_at=work.now,
        due_at=due,
    )
    work.session.add(row)
    work.record(
        "eligibility.answer.give",
        assessment_id,
        {"answer_id": row.id, "code": code, "text": row.text, "document_ids": row.document_ids},
    )
    return row


async def of_assessment(session: AsyncSession, assessment_id: str) -> list[FindingAnswer]:
    """All answers to an assessment's findings, oldest first."""
    query = select(FindingAnswer).where(FindingAnswer.assessment_id == assessment_id)
    return list(await session.exec(query.order_by(col(FindingAnswer.id))))


def of_finding(assessment_id: str, code: str) -> SelectOfScalar[FindingAnswer]:
    """The answers to one code, for a page."""
    return select(FindingAnswer).where(
        FindingAnswer.assessment_id == assessment_id, FindingAnswer.finding_code == code
    )


def _check_documents(document_ids: Sequence[str], application: ApplicationReader) -> None:
    known = {document.id for document in application.documents}
    errors = [
        FieldError(
            f"/document_ids/{place}",
            "eligibility.document_unknown",
            "No hay documento con ese id en el expediente; adjúntelo antes.",
        )
        for place, document_id in enumerate(document_ids)
        if document_id not in known
    ]
    if errors:
        raise Invalid(
            "eligibility.document_unknown",
            "La respuesta cita documentos que no están en el expediente.",
            errors=errors,
        )


def _term(decision: Mapping[str, Any]) -> int:
    terms = (one["value"] for one in decision["parameters_used"] if one["key"] == TERM_KEY)
    return int(next(terms, TERM_WORKING_DAYS))
