"""Routes of the board."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.board import (
    acta_api,
    domain,
    dossiers,
    file_api,
    inbox,
    interest_api,
    key_api,
    openings,
    queries,
    recusal_api,
    seat_api,
    service,
    session_api,
    votes,
)
from services.board.models import Ballot
from services.board.queries import BallotView
from services.board.schemas import (
    BallotIn,
    BallotOut,
    BallotSummary,
    DeferralIn,
    ResolutionOut,
    SecondCallIn,
    VoteIn,
    VoteOut,
    WithdrawalIn,
)
from services.kernel import clock
from services.kernel.auth import authenticated, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.kernel.versions import etag
from services.kernel.work import Principal

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
Reader = Annotated[Principal, Depends(authenticated)]
BallotId = Annotated[str, Path(pattern=id_pattern("bal"))]
ApplicationFilter = Annotated[str | None, Query(pattern=id_pattern("app"))]


ballot_scope = scope_of(Ballot, "ballot_id", "bal", consortium_id="consortium_id", state="state")


def _etag(view: BallotView) -> dict[str, str]:
    return etag(view.ballot.version)


@router.post(
    "/v1/ballots", status_code=201, response_model=BallotOut, **guarded("board.ballot.open")
)
async def open_ballot(body: BallotIn, request: Request, run: Run) -> Response:
    """Open the vote on a dossier; the same dossier again gives the same ballot."""
    answered = await run.replay()
    if answered is not None:
        return answered
    asked, state = body.model_dump(), request.app.state
    return await run.run(
        openings.open_ballot,
        render=BallotOut.of_view,
        status=201,
        headers=_etag,
        file=await dossiers.compiled(state.databases["board"], state.neighbours, asked),
        **asked,
    )


@router.get("/v1/ballots", **guarded("board.ballot.list"))
async def list_ballots(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    state: Annotated[domain.State | None, Query()] = None,
    application_id: ApplicationFilter = None,
) -> Page[BallotSummary]:
    """The ballots, oldest first."""
    query = queries.ballots(state=state, application_id=application_id)
    return await page_of(session, query, Ballot.id, page, BallotSummary.of)


@router.get("/v1/ballots/{ballot_id}", **guarded("board.ballot.read", scope=ballot_scope))
async def read_ballot(
    ballot_id: BallotId, session: Session, reader: Reader, response: Response
) -> BallotOut:
    """One ballot: seats, who has voted, and what they chose once the reader may know it."""
    view = await queries.ballot_view(session, ballot_id, clock.now())
    response.headers.update(_etag(view))
    return BallotOut.of_view(view, reader)


@router.post(
    "/v1/ballots/{ballot_id}/votes",
    status_code=201,
    response_model=VoteOut,
    **guarded("board.ballot.vote", scope=ballot_scope),
)
async def cast_vote(ballot_id: BallotId, body: VoteIn, run: Run) -> Response:
    """Cast the vote of the caller's seat."""
    return await run.run(
        votes.cast_vote,
        render=VoteOut.of,
        status=201,
        ballot_id=ballot_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/ballots/{ballot_id}/second-call",
    response_model=BallotOut,
    **guarded("board.ballot.second_call", scope=ballot_scope),
)
async def make_second_call(ballot_id: BallotId, body: SecondCallIn, run: Run) -> Response:
    """Call a second time, after a first call without quorum."""
    return await run.run(
        service.make_second_call,
        render=BallotOut.of_view,
        headers=_etag,
        ballot_id=ballot_id,
        closes_at=body.closes_at,
    )


@router.post(
    "/v1/ballots/{ballot_id}/close",
    response_model=BallotOut,
    **guarded("board.ballot.close", scope=ballot_scope),
)
async def close(ballot_id: BallotId, request: Request, run: Run) -> Response:
    """Count and decide; a ballot that is already closed is returned as it is."""
    return await run.run(
        service.close,
        render=BallotOut.of_view,
        headers=_etag,
        ballot_id=ballot_id,
        opa=request.app.state.opa,
    )


@router.post(
    "/v1/ballots/{ballot_id}/deferral",
    response_model=BallotOut,
    **guarded("board.ballot.defer", scope=ballot_scope),
)
async def defer(ballot_id: BallotId, body: DeferralIn, run: Run) -> Response:
    """Put the dossier off until a day, by who presides (aplazamiento)."""
    return await run.run(
        votes.defer,
        render=BallotOut.of_view,
        headers=_etag,
        ballot_id=ballot_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/ballots/{ballot_id}/withdrawal",
    response_model=BallotOut,
    **guarded("board.ballot.withdraw", scope=ballot_scope),
)
async def withdraw(ballot_id: BallotId, body: WithdrawalIn, run: Run) -> Response:
    """End the ballot without a count: its application is no longer before the board."""
    return await run.run(
        openings.withdraw,
        render=BallotOut.of_view,
        headers=_etag,
        ballot_id=ballot_id,
        reason=body.reason,
    )


@router.post(
    "/v1/ballots/{ballot_id}/alternates",
    response_model=BallotOut,
    **guarded("board.ballot.call_alternates", scope=ballot_scope),
)
async def call_alternates(ballot_id: BallotId, run: Run) -> Response:
    """Let the alternates of the seats that have not voted act from now on."""
    return await run.run(
        service.call_alternates, render=BallotOut.of_view, headers=_etag, ballot_id=ballot_id
    )


@router.get(
    "/v1/ballots/{ballot_id}/resolution",
    **guarded("board.ballot.resolution", scope=ballot_scope, conflicts=True),
)
async def read_resolution(ballot_id: BallotId, session: Session) -> ResolutionOut:
    """The resolution package of a decided ballot (acuerdo)."""
    return ResolutionOut.model_validate(await queries.resolution_of(session, ballot_id))


# After the routes of votes, which are asked for most: routes are tried in this order.
router.include_router(seat_api.router)
router.include_router(key_api.router)
router.include_router(inbox.router)
router.include_router(session_api.router)
router.include_router(file_api.router)
router.include_router(recusal_api.router)
router.include_router(interest_api.router)
router.include_router(acta_api.router)
