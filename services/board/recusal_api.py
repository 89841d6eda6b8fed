"""Routes of recusals (abstenciones)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from services.board import queries, recusals
from services.board.models import Ballot, Recusal
from services.board.recusal_schemas import (
    RecusalDecisionIn,
    RecusalIn,
    RecusalOut,
    RecusalsOut,
)
from services.kernel import clock
from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
BallotId = Annotated[str, Path(pattern=id_pattern("bal"))]
RecusalId = Annotated[str, Path(pattern=id_pattern("rec"))]

ballot_scope = scope_of(Ballot, "ballot_id", "bal", consortium_id="consortium_id", state="state")
recusal_scope = scope_of(Recusal, "recusal_id", "rec")


@router.post(
    "/v1/ballots/{ballot_id}/recusals",
    status_code=201,
    response_model=RecusalOut,
    **guarded("board.ballot.recuse", scope=ballot_scope),
)
async def raise_recusal(ballot_id: BallotId, body: RecusalIn, run: Run) -> Response:
    """Declare that the caller may not take part, or propose it of another seat's person."""
    return await run.run(
        recusals.raise_recusal,
        render=RecusalOut.of,
        status=201,
        ballot_id=ballot_id,
        **body.model_dump(),
    )


@router.get(
    "/v1/ballots/{ballot_id}/recusals",
    **guarded("board.recusal.read", scope=ballot_scope),
)
async def list_recusals(ballot_id: BallotId, session: Session) -> RecusalsOut:
    """The recusals of a ballot with their grounds and decisions, oldest first."""
    view = await queries.ballot_view(session, ballot_id, clock.now())
    return RecusalsOut(data=[RecusalOut.of(one) for one in recusals.of_view(view)])


@router.post(
    "/v1/recusals/{recusal_id}/decision",
    response_model=RecusalOut,
    **guarded("board.recusal.decide", scope=recusal_scope),
)
async def decide(recusal_id: RecusalId, body: RecusalDecisionIn, run: Run) -> Response:
    """Accept or dismiss a recusal, by who presides and is not concerned."""
    return await run.run(
        recusals.decide, render=RecusalOut.of, recusal_id=recusal_id, **body.model_dump()
    )


@router.post(
    "/v1/recusals/{recusal_id}/expire",
    response_model=RecusalOut,
    **guarded("board.recusal.expire", scope=recusal_scope),
)
async def expire(recusal_id: RecusalId, run: Run) -> Response:
    """End a recusal that nobody decided by the third working day; one that is decided is returned
    as it is."""
    return await run.run(recusals.expire, render=RecusalOut.of, recusal_id=recusal_id)
