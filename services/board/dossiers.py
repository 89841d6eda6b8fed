"""A ballot's compiled dossier: compiled at the opening, and again when the secretariat says why.

A file that differs voids the votes on the one before it: they stay, and are not counted. Each file
names the one it replaces, so that no later one can be taken for an earlier.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import col, select

from services.board import domain, files, interests, queries
from services.board.events import DossierReplaced
from services.board.interests import Tie
from services.board.models import Ballot, BallotFile
from services.board.queries import BallotView
from services.board.seats import keep_seats
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import Conflict
from services.kernel.neighbours import Neighbours
from services.kernel.proof import sha256_of
from services.kernel.rows import found, locked
from services.kernel.work import Work

REPLACES: Final = "replaces"


@dataclass(frozen=True, slots=True)
class DossierView:
    """All that a member decides on: the file in force, those before it, and the member's ties."""

    ballot: BallotView
    files: Sequence[BallotFile]
    """Oldest first; the last one is in force."""
    ties: Sequence[Tie]

    @property
    def current(self) -> BallotFile:
        """The file in force."""
        return self.files[-1]


async def compiled(
    database: Database, neighbours: Neighbours, subject: Mapping[str, Any]
) -> dict[str, Any]:
    """The file of a subject as neighbours and this room know it now, replacing none. Raises as
    `files.compiled`."""
    async with database.begin() as session:
        earlier = await _ended_ballots(session, subject["consortium_id"])
    return {**await files.compiled(neighbours, subject, earlier=earlier), REPLACES: None}


async def compiled_again(
    database: Database, neighbours: Neighbours, ballot_id: str
) -> dict[str, Any]:
    """The file of a ballot's subject as it is now. Raises Missing and as `files.compiled`."""
    async with database.begin() as session:
        ballot = await found(session, Ballot, ballot_id)
    return await compiled(
        database, neighbours, ballot.model_dump(include={*files.SUBJECT, files.ON_ADDENDUM})
    )


async def replace(work: Work, *, ballot_id: str, reason: str, file: dict[str, Any]) -> DossierView:
    """Put a newly compiled file in the place of the ballot's; the votes so far count no more.

    Raises board.ballot_closed, and board.dossier_unchanged when nothing differs.
    """
    ballot = await locked(work.session, Ballot, ballot_id)
    await keep_seats(work.session)
    view = await queries.view_of(work.session, ballot, work.now)
    domain.check_takes_votes(state=ballot.state, closes_at=ballot.closes_at, now=work.now)
    current = await work.session.get_one(BallotFile, (ballot.id, ballot.file_sequence))
    if sha256_of({**file, REPLACES: current.file.get(REPLACES)}) == ballot.file_sha256:
        raise Conflict(
            "board.dossier_unchanged",
            "El expediente no cambió desde la última compilación; los votos siguen valiendo.",
        )
    file = {**file, REPLACES: ballot.file_sha256}
    row = BallotFile(
        ballot_id=ballot.id,
        sequence=ballot.file_sequence + 1,
        file_sha256=sha256_of(file),
        dossier_sha256=ballot.dossier_sha256,
        file=file,
        reason=reason,
        compiled_by=work.actor.sub,
        compiled_at=work.now,
    )
    work.session.add(row)
    _tell_replaced(work, view, row)
    await work.session.flush()
    await interests.detect(work, await queries.view_of(work.session, ballot, work.now))
    return await view_of(work.session, await queries.view_of(work.session, ballot, work.now), None)


def _tell_replaced(work: Work, view: BallotView, row: BallotFile) -> None:
    ballot = view.ballot
    before, voided = ballot.file_sha256, [vote.seat for vote in view.votes]
    ballot.file_sha256, ballot.file_sequence = row.file_sha256, row.sequence
    ballot.version += 1
    work.record(
        "board.dossier.replace",
        ballot.id,
        {
            "file_sha256": [before, row.file_sha256],
            "reason": row.reason,
            "voided": [vote.id for vote in view.votes],
        },
    )
    event = {
        "ballot_id": ballot.id,
        "application_id": ballot.application_id,
        "reason": row.reason,
        "file_sha256": row.file_sha256,
        "file_sequence": row.sequence,
        "voided": voided,
    }
    work.publish(DossierReplaced.model_validate(event), version=ballot.version)


async def view_of(
    session: AsyncSession, view: BallotView, holder_sub: str | None, *, on: date | None = None
) -> DossierView:
    """The dossier of a ballot, with the ties of a person, if one is named, on a day."""
    rows = await session.exec(
        select(BallotFile)
        .where(BallotFile.ballot_id == view.ballot.id)
        .order_by(col(BallotFile.sequence))
    )
    ties: Sequence[Tie] = ()
    if holder_sub is not None and on is not None:
        ties = await interests.conflicts_of(session, view.ballot, holder_sub, on=on)
    return DossierView(view, rows.all(), ties)


async def current_file(session: AsyncSession, ballot_id: str) -> BallotFile:
    """The file in force of a ballot. Raises Missing, and board.dossier_not_compiled for a ballot
    from before dossiers were compiled."""
    ballot = await found(session, Ballot, ballot_id)
    row = await session.get_one(BallotFile, (ballot.id, ballot.file_sequence))
    if row.file.get("type") != files.TYPE:
        raise Conflict(
            "board.dossier_not_compiled",
            "Esa votación es de antes de que los expedientes se compilaran; lea la solicitud.",
        )
    return row


async def _ended_ballots(session: AsyncSession, consortium_id: str) -> list[dict[str, Any]]:
    rows = await session.exec(
        select(Ballot)
        .where(Ballot.consortium_id == consortium_id, col(Ballot.state).in_(domain.FINAL_STATES))
        .order_by(col(Ballot.id))
    )
    return [
        {
            "ballot_id": ballot.id,
            "application_id": ballot.application_id,
            "state": ballot.state,
            "result": ballot.result,
            "resolution_number": ballot.resolution_number,
            "closed_on": ballot.closed_at and lima_date(ballot.closed_at).isoformat(),
        }
        for ballot in rows.all()
    ]
