"""Routes of the log of partners' messages."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Select
from sqlmodel import col, select

from services.disbursement.inbound.schemas import MessageOut, Outcome
from services.disbursement.inbound_tables import InboundMessage
from services.kernel.auth import guarded, reading
from services.kernel.db import AsyncSession
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page

router = APIRouter()

Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
Paging = Annotated[PageRequest, Depends(page_request)]
Program = Literal["agroideas", "agrobanco"]


async def program_in_path(_: AsyncSession, request: Request) -> dict[str, Any]:
    """Whose log it is: a partner reads its own."""
    return {"program": str(request.path_params["program"])}


@router.get(
    "/v1/partners/{program}/messages",
    **guarded("disbursement.message.list", scope=program_in_path),
)
async def list_messages(
    program: Program,
    session: Session,
    page: Paging,
    outcome: Outcome | None = None,
    reference: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9/._:-]{1,35}$")] = None,
) -> Page[MessageOut]:
    """A partner's signed messages as they came to us, oldest first, and what each led to."""
    query = messages(program, outcome, reference)
    return await page_of(session, query, InboundMessage.id, page, MessageOut.of)


def messages(
    program: str, outcome: str | None, reference: str | None
) -> Select[tuple[InboundMessage]]:
    """The query of the log."""
    query: Any = select(InboundMessage).where(InboundMessage.program == program)
    if outcome is not None:
        query = query.where(InboundMessage.outcome == outcome)
    if reference is not None:
        query = query.where(col(InboundMessage.reference) == reference)
    listed: Select[tuple[InboundMessage]] = query
    return listed
