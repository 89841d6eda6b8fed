"""The conditions of the board's approval: copied into the agreement, due once it is signed,
fulfilled by one person's evidence and verified by another."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from services.disbursement import domain
from services.disbursement.models import Agreement, AgreementCondition
from services.kernel.auth import not_found
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict
from services.kernel.work import Work
from services.kernel.working_days import working_day


def copied(agreement_id: str, package: Mapping[str, Any]) -> list[AgreementCondition]:
    """The agreement's conditions, as the resolution package states them."""
    given = package.get("conditions") or []
    return numbered(agreement_id, [{**one, "number": n} for n, one in enumerate(given, start=1)])


def numbered(agreement_id: str, given: Iterable[Mapping[str, Any]]) -> list[AgreementCondition]:
    """Conditions that have their numbers."""
    return [
        AgreementCondition(
            agreement_id=agreement_id,
            number=int(condition["number"]),
            text=str(condition["text"]),
            evidence=str(condition["evidence"]),
            due_working_days=int(condition["due_working_days"]),
        )
        for condition in given
    ]


async def of_agreement(session: AsyncSession, agreement_id: str) -> Sequence[AgreementCondition]:
    """The agreement's conditions, in their order."""
    query = select(AgreementCondition).where(col(AgreementCondition.agreement_id) == agreement_id)
    return (await session.scalars(query.order_by(col(AgreementCondition.number)))).all()


async def begin_terms(
    work: Work, agreement: Agreement, numbers: Container[int] | None = None
) -> None:
    """Both have signed: each condition, or each of those named, is due so many working days from
    today."""
    for condition in await of_agreement(work.session, agreement.id):
        if numbers is None or condition.number in numbers:
            condition.due_on = working_day(lima_date(work.now), condition.due_working_days)


async def fulfil(
    work: Work, *, agreement_id: str, number: int, evidence: str
) -> AgreementCondition:
    """Hold the condition for fulfilled, by this evidence; until it is verified, again at will.

    Raises Missing and disbursement.condition_verified.
    """
    condition = await _locked(work, agreement_id, number)
    condition.fulfilled_by, condition.fulfilled_with = work.actor.sub, evidence
    condition.fulfilled_at = work.now
    work.record("agreement.fulfil_condition", agreement_id, {"number": number, "with": evidence})
    return condition


async def verify(work: Work, *, agreement_id: str, number: int) -> AgreementCondition:
    """Confirm the evidence, by another person than who handed it in.

    Raises Missing, disbursement.condition_verified, disbursement.condition_open and
    disbursement.same_person.
    """
    condition = await _locked(work, agreement_id, number)
    if condition.fulfilled_by is None:
        raise Conflict(
            "disbursement.condition_open", "Nadie presentó aún el sustento de esta condición."
        )
    domain.demand_other_person(work.actor.sub, condition.fulfilled_by, "cumple y verifica")
    condition.verified_by, condition.verified_at = work.actor.sub, work.now
    work.record("agreement.verify_condition", agreement_id, {"number": number})
    return condition


async def _locked(work: Work, agreement_id: str, number: int) -> AgreementCondition:
    key = (agreement_id, number)
    condition = await work.session.get(AgreementCondition, key, with_for_update=True)
    if condition is None:
        raise not_found()
    if condition.verified_by is not None:
        raise Conflict("disbursement.condition_verified", "Esta condición ya está verificada.")
    return condition
