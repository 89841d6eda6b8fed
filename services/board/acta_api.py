"""Routes of the actas, and the public proof of one ballot."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.board import acta_drawing, actas
from services.board.acta_schemas import (
    ActaFile,
    ActaOut,
    ActaSealIn,
    ActaSignatureIn,
    ActaSummary,
    BallotProof,
)
from services.board.models import Acta, Ballot, BoardSession
from services.kernel import clock, proof
from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.downloads import files_told, shown
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.paper.acta import acta_pdf

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
ActaId = Annotated[str, Path(pattern=id_pattern("act"))]
BallotId = Annotated[str, Path(pattern=id_pattern("bal"))]
SessionId = Annotated[str, Path(pattern=id_pattern("ses"))]
BallotFilter = Annotated[str | None, Query(pattern=id_pattern("bal"))]
SessionFilter = Annotated[str | None, Query(pattern=id_pattern("ses"))]

acta_scope = scope_of(Acta, "acta_id", "act")
ballot_scope = scope_of(Ballot, "ballot_id", "bal")
session_scope = scope_of(BoardSession, "session_id", "ses")


@router.post(
    "/v1/sessions/{session_id}/acta",
    status_code=201,
    response_model=ActaOut,
    **guarded("board.acta.draw", scope=session_scope),
)
async def draw_of_session(session_id: SessionId, run: Run) -> Response:
    """Draw up the acta of a session that has ended; one that is there is returned."""
    return await run.run(
        acta_drawing.draw_of_session, render=ActaOut.of_view, status=201, session_id=session_id
    )


@router.post(
    "/v1/ballots/{ballot_id}/acta",
    status_code=201,
    response_model=ActaOut,
    **guarded("board.acta.draw", scope=ballot_scope),
)
async def draw_of_ballot(ballot_id: BallotId, run: Run) -> Response:
    """Draw up the acta of a ballot that ended without a session; one that is there is returned."""
    return await run.run(
        acta_drawing.draw_of_ballot, render=ActaOut.of_view, status=201, ballot_id=ballot_id
    )


@router.get("/v1/actas", **guarded("board.acta.list"))
async def list_actas(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    session_id: SessionFilter = None,
    ballot_id: BallotFilter = None,
    sealed: Annotated[bool | None, Query()] = None,
) -> Page[ActaSummary]:
    """The actas, oldest first; by a ballot, also the acta of its session."""
    query = actas.actas(session_id=session_id, ballot_id=ballot_id, sealed=sealed)
    return await page_of(session, query, Acta.id, page, ActaSummary.of)


@router.get("/v1/actas/{acta_id}", **guarded("board.acta.read", scope=acta_scope))
async def read_acta(acta_id: ActaId, session: Session) -> ActaOut:
    """One acta: what it says, who has signed and who has not."""
    return ActaOut.of_view(await actas.acta_view(session, acta_id))


@router.get(
    "/v1/actas/{acta_id}/file",
    response_model=ActaFile,
    **guarded("board.acta.read", scope=acta_scope),
)
async def read_file(acta_id: ActaId, session: Session) -> Response:
    """The acta's file, byte for byte what is checked offline; a draft until it is sealed."""
    view = await actas.acta_view(session, acta_id)
    return shown(proof.canonical(view.file()), f"{view.acta.number}.json", "application/json")


@router.get(
    "/v1/actas/{acta_id}/pdf",
    response_class=Response,
    **files_told(guarded("board.acta.read", scope=acta_scope), "application/pdf"),
)
async def read_pdf(acta_id: ActaId, session: Session) -> Response:
    """The acta on paper, drawn from its file, which it carries inside."""
    view = await actas.acta_view(session, acta_id)
    drawn = await asyncio.to_thread(acta_pdf, proof.canonical(view.file()))
    return shown(drawn, f"{view.acta.number}.pdf", "application/pdf")


@router.post(
    "/v1/actas/{acta_id}/signatures",
    status_code=201,
    response_model=ActaOut,
    **guarded("board.acta.sign", scope=acta_scope),
)
async def sign(acta_id: ActaId, body: ActaSignatureIn, run: Run) -> Response:
    """Sign as one who took part; the last signature seals the acta."""
    return await run.run(
        actas.sign, render=ActaOut.of_view, status=201, acta_id=acta_id, **body.model_dump()
    )


@router.post(
    "/v1/actas/{acta_id}/seal",
    response_model=ActaOut,
    **guarded("board.acta.seal", scope=acta_scope),
)
async def seal(acta_id: ActaId, body: ActaSealIn, run: Run) -> Response:
    """Seal an acta that somebody did not sign, with the reason, as the secretariat."""
    return await run.run(actas.seal, render=ActaOut.of_view, acta_id=acta_id, **body.model_dump())


@router.get(
    "/v1/ballots/{ballot_id}/proof",
    **guarded("board.ballot.proof", scope=ballot_scope, conflicts=True),
)
async def read_proof(ballot_id: BallotId, session: Session) -> BallotProof:
    """What proves a ballot that has ended: signed votes, designations and public keys."""
    found = await acta_drawing.proof_of_ballot(session, ballot_id, clock.now())
    return BallotProof.model_validate(found)
