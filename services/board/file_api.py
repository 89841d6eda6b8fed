"""Routes of a ballot's compiled dossier (expediente)."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from services.board import dossiers, file_paper, queries
from services.board.file_schemas import DossierOut, ReplacementIn
from services.board.models import Ballot
from services.kernel import clock
from services.kernel.auth import authenticated, guarded, reading, scope_of
from services.kernel.clock import lima_date
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.downloads import shown
from services.kernel.ids import id_pattern
from services.kernel.versions import etag
from services.kernel.work import Principal

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
BallotId = Annotated[str, Path(pattern=id_pattern("bal"))]

ballot_scope = scope_of(Ballot, "ballot_id", "bal", consortium_id="consortium_id", state="state")


class PdfResponse(Response):
    """A PDF."""

    media_type = "application/pdf"


@router.get("/v1/ballots/{ballot_id}/dossier", **guarded("board.dossier.read", scope=ballot_scope))
async def read_dossier(
    ballot_id: BallotId,
    session: Session,
    reader: Annotated[Principal, Depends(authenticated)],
    response: Response,
) -> DossierOut:
    """All to decide on, in one answer: plan, budget, findings, evaluation, concentration, earlier
    agreements, documents; the hash that a vote signs, and the reader's own conflicts."""
    now = clock.now()
    view = await queries.ballot_view(session, ballot_id, now)
    response.headers.update(etag(view.ballot.version))
    return DossierOut.of_view(await dossiers.view_of(session, view, reader.sub, on=lima_date(now)))


@router.get(
    "/v1/ballots/{ballot_id}/dossier.pdf",
    response_class=PdfResponse,
    **guarded("board.dossier.read", scope=ballot_scope, conflicts=True),
)
async def read_dossier_pdf(ballot_id: BallotId, session: Session) -> Response:
    """The same on paper, in Spanish, the summary first; the file is attached inside."""
    row = await dossiers.current_file(session, ballot_id)
    drawn = await asyncio.to_thread(file_paper.draw, row)
    return shown(drawn, f"expediente-{ballot_id}.pdf", "application/pdf")


@router.post(
    "/v1/ballots/{ballot_id}/dossier",
    response_model=DossierOut,
    **guarded("board.dossier.replace", scope=ballot_scope),
)
async def replace_dossier(
    ballot_id: BallotId, body: ReplacementIn, request: Request, run: Run
) -> Response:
    """Compile the dossier again, with the reason told; the votes so far count no more."""
    answered = await run.replay()
    if answered is not None:
        return answered
    state = request.app.state
    file = await dossiers.compiled_again(state.databases["board"], state.neighbours, ballot_id)
    return await run.run(
        dossiers.replace,
        render=DossierOut.of_view,
        ballot_id=ballot_id,
        reason=body.reason,
        file=file,
    )
