"""The route of the portfolio."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.disbursement.portfolio.credit import standing
from services.disbursement.portfolio.queries import portfolio
from services.disbursement.portfolio.schemas import (
    GroupBy,
    LoanGroup,
    LoanPortfolioOut,
    PortfolioOut,
)
from services.kernel import clock
from services.kernel.auth import guarded, reading
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.schemas import Day

router = APIRouter()


@router.get("/v1/portfolio", **guarded("disbursement.portfolio.read"))
async def read_portfolio(
    session: Annotated[AsyncSession, Depends(reading("disbursement"))],
    group_by: GroupBy,
    call_id: Annotated[str | None, Query(pattern=id_pattern("cal"))] = None,
) -> PortfolioOut:
    """Committed, in transit, paid, accounted and recovered, and days in each state, by agreement,
    call, region, crop or channel."""
    groups = await portfolio(session, group_by=group_by, call_id=call_id, now=clock.now())
    return PortfolioOut.of(group_by, groups)


@router.get("/v1/loan-portfolio", **guarded("disbursement.loan_portfolio.read"))
async def read_loan_portfolio(
    session: Annotated[AsyncSession, Depends(reading("disbursement"))],
    group_by: GroupBy,
    call_id: Annotated[str | None, Query(pattern=id_pattern("cal"))] = None,
    on: Day | None = None,
) -> LoanPortfolioOut:
    """Principal lent, repaid, outstanding and past due by 30, 60 and 90 days, on any day, by
    agreement, call, region, crop or channel."""
    day = on or clock.lima_date(clock.now())
    groups = await standing(session, group_by=group_by, call_id=call_id, day=day)
    return LoanPortfolioOut(
        group_by=group_by, on=day, groups=[LoanGroup.of(group) for group in groups]
    )
