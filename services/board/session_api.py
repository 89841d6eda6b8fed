"""Routes of the board's sessions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.board import session_queries, session_rules, sessions
from services.board.models import BoardSession
from services.board.session_queries import SessionView
from services.board.session_schemas import (
    AttendanceOut,
    SessionIn,
    SessionOut,
    SessionSummary,
    WorkingDaysOut,
)
from services.board.terms import terms_in_force
from services.kernel import clock
from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.kernel.versions import etag

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
SessionId = Annotated[str, Path(pattern=id_pattern("ses"))]

session_scope = scope_of(BoardSession, "session_id", "ses")


def _etag(view: SessionView) -> dict[str, str]:
    return etag(view.session.version)


@router.get("/v1/board-terms", **guarded("board.terms.read"))
async def read_terms(request: Request) -> WorkingDaysOut:
    """The board's terms of today in working days: notice, second call, reminder, escalation."""
    terms = await terms_in_force(request.app.state.opa, clock.now())
    return WorkingDaysOut.model_validate(terms, from_attributes=True)


@router.post(
    "/v1/sessions", status_code=201, response_model=SessionOut, **guarded("board.session.convene")
)
async def convene(body: SessionIn, request: Request, run: Run) -> Response:
    """Call the members to a session on these dossiers."""
    return await run.run(
        sessions.convene,
        render=SessionOut.of_view,
        status=201,
        headers=_etag,
        opa=request.app.state.opa,
        **body.model_dump(),
    )


@router.get("/v1/sessions", **guarded("board.session.list"))
async def list_sessions(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    state: Annotated[session_rules.SessionState | None, Query()] = None,
) -> Page[SessionSummary]:
    """The sessions, oldest first."""
    query = session_queries.sessions(state=state)
    return await page_of(session, query, BoardSession.id, page, SessionSummary.of)


@router.get("/v1/sessions/{session_id}", **guarded("board.session.read", scope=session_scope))
async def read_session(session_id: SessionId, session: Session, response: Response) -> SessionOut:
    """One session: its agenda with the state of each dossier, and who attended."""
    view = await session_queries.session_view(session, session_id)
    response.headers.update(_etag(view))
    return SessionOut.of_view(view)


@router.post(
    "/v1/sessions/{session_id}/attendance",
    status_code=201,
    response_model=AttendanceOut,
    **guarded("board.session.attend", scope=session_scope),
)
async def attend(session_id: SessionId, run: Run) -> Response:
    """Attend for the caller's seat on the present call."""
    return await run.run(
        sessions.attend, render=AttendanceOut.of, status=201, session_id=session_id
    )


@router.post(
    "/v1/sessions/{session_id}/reminder",
    response_model=SessionOut,
    **guarded("board.session.remind", scope=session_scope),
)
async def remind(session_id: SessionId, run: Run) -> Response:
    """Remind the members that the session is near."""
    return await run.run(
        sessions.remind, render=SessionOut.of_view, headers=_etag, session_id=session_id
    )


@router.post(
    "/v1/sessions/{session_id}/open",
    response_model=SessionOut,
    **guarded("board.session.open", scope=session_scope),
)
async def open_session(session_id: SessionId, request: Request, run: Run) -> Response:
    """Call the seats at the hour of a call: voting, the second call, or a session not held."""
    return await run.run(
        sessions.open_session,
        render=SessionOut.of_view,
        headers=_etag,
        session_id=session_id,
        opa=request.app.state.opa,
    )


@router.post(
    "/v1/sessions/{session_id}/close",
    response_model=SessionOut,
    **guarded("board.session.close", scope=session_scope),
)
async def close_session(session_id: SessionId, run: Run) -> Response:
    """End the session after its last dossier."""
    return await run.run(
        sessions.close_session, render=SessionOut.of_view, headers=_etag, session_id=session_id
    )
