"""Reads of milestones and evidence."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import col

from services.disbursement.models import Agreement, Evidence, Milestone, Tranche
from services.kernel.db import AsyncSession

PAID_FROM = frozenset({"released", "instructed", "confirmed", "reconciled", "accounted"})
"""States in which a tranche's money was let go."""


async def of_agreement(session: AsyncSession, agreement_id: str) -> Sequence[Milestone]:
    """The agreement's milestones."""
    query = select(Milestone).where(col(Milestone.agreement_id) == agreement_id)
    return (await session.scalars(query.order_by(col(Milestone.tranche_id)))).all()


def evidence(
    agreement_id: str | None, tranche_id: str | None, consortium_id: str | None, state: str | None
) -> Select[Evidence]:
    """Pieces of evidence, filtered."""
    query = select(Evidence)
    for column, value in (
        (col(Evidence.agreement_id), agreement_id),
        (col(Evidence.tranche_id), tranche_id),
        (col(Evidence.consortium_id), consortium_id),
        (col(Evidence.state), state),
    ):
        query = query if value is None else query.where(column == value)
    return query


async def shown_met(
    session: AsyncSession, agreement: Agreement, tranche: Tranche
) -> dict[str, Any]:
    """What the release policy asks: is the tranche's milestone verified, and how much of the own
    contribution is, beside the fund's money let go with this tranche. A part stands on the
    milestone of the tranche that it is of."""
    verified = await session.scalar(
        select(func.count())
        .select_from(Evidence)
        .where(
            col(Evidence.tranche_id) == (tranche.part_of or tranche.id),
            col(Evidence.state) == "verified",
        )
    )
    own = await session.scalar(
        select(func.sum(col(Evidence.amount_centimos))).where(
            col(Evidence.agreement_id) == agreement.id,
            col(Evidence.kind) == "own",
            col(Evidence.state) == "verified",
        )
    )
    let_go = await session.scalar(
        select(func.sum(col(Tranche.amount_centimos))).where(
            col(Tranche.agreement_id) == agreement.id,
            col(Tranche.state).in_(PAID_FROM),
            col(Tranche.id) != tranche.id,
        )
    )
    return {
        "milestone": {"description": tranche.milestone, "verified": verified == 1},
        "own": {
            "planned_centimos": agreement.own_centimos,
            "verified_centimos": int(own or 0),
            "fund_centimos": agreement.agroideas_centimos + agreement.agrobanco_centimos,
            "let_go_centimos": int(let_go or 0) + tranche.amount_centimos,
        },
    }
