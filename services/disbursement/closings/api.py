"""Routes of daily closings."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.disbursement.closings import queries, service
from services.disbursement.closings.schemas import ClosingIn, ClosingOut, ClosingWhole
from services.disbursement.models import Closing
from services.disbursement.schemas import Channel
from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.rows import found
from services.kernel.schemas import Day, Page

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
ClosingId = Annotated[str, Path(pattern=id_pattern("clo"))]
OfDay = Annotated[Day | None, Query(examples=["2026-03-02"])]
IsBalanced = Annotated[bool | None, Query()]


@router.post("/v1/closings", response_model=ClosingWhole, **guarded("disbursement.closing.make"))
async def close(body: ClosingIn, run: Run) -> Response:
    """Close a channel's day: the ledger against the statements, to the céntimo. The same day again
    is the same closing, until something changed: then a new version."""
    return await run.run(
        service.close,
        render=ClosingWhole.of,
        channel=body.channel,
        business_date=body.business_date,
    )


@router.get("/v1/closings", **guarded("disbursement.closing.list"))
async def list_closings(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    channel: Channel | None = None,
    business_date: OfDay = None,
    balanced: IsBalanced = None,
) -> Page[ClosingOut]:
    """Closings in the order they were made, every version."""
    query = queries.closings(channel=channel, business_date=business_date, balanced=balanced)
    return await page_of(session, query, Closing.id, page, ClosingOut.of)


@router.get("/v1/closings/{closing_id}", **guarded("disbursement.closing.read"))
async def read_closing(closing_id: ClosingId, session: Session) -> ClosingWhole:
    """A closing with its differences."""
    return ClosingWhole.of(await found(session, Closing, closing_id))
