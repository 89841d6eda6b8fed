"""The route of the portfolio."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.disbursement.portfolio.queries import portfolio
from services.disbursement.portfolio.schemas import GroupBy, PortfolioOut
from services.kernel import clock
from services.kernel.auth import guarded, reading
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern

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
