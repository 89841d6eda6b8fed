"""Routes of declared interests (declaración de intereses)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.board import interests
from services.board.interest_schemas import InterestEndIn, InterestIn, InterestOut
from services.board.models import Interest
from services.board.schemas import Sub
from services.kernel.auth import authenticated, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.kernel.work import Principal

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
InterestId = Annotated[str, Path(pattern=id_pattern("int"))]


@router.post(
    "/v1/interests",
    status_code=201,
    response_model=InterestOut,
    **guarded("board.interest.declare"),
)
async def declare(body: InterestIn, run: Run) -> Response:
    """Declare a tie to a person or firm; where it meets an open ballot, a recusal is raised."""
    return await run.run(interests.declare, render=InterestOut.of, status=201, **body.model_dump())


@router.get("/v1/interests", **guarded("board.interest.read"))
async def list_interests(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    reader: Annotated[Principal, Depends(authenticated)],
    holder_sub: Annotated[Sub | None, Query()] = None,
) -> Page[InterestOut]:
    """A member's own interests; the secretariat and the auditor see those of all."""
    whose = reader.sub if reader.role == "board_member" else holder_sub
    query = interests.declared(holder_sub=whose)
    return await page_of(session, query, Interest.id, page, InterestOut.of)


@router.post(
    "/v1/interests/{interest_id}/end",
    response_model=InterestOut,
    **guarded("board.interest.end", scope=scope_of(Interest, "interest_id", "int")),
)
async def end(interest_id: InterestId, body: InterestEndIn, run: Run) -> Response:
    """Say until when one's own interest lasted."""
    return await run.run(
        interests.end, render=InterestOut.of, interest_id=interest_id, valid_to=body.valid_to
    )
