"""How a dossier comes before the board, comes again, and is taken away: no vote is counted here."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.board import domain, interests, queries
from services.board.events import BallotOpened, BallotWithdrawn
from services.board.models import Ballot, BallotFile
from services.board.queries import BallotView
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.proof import sha256_of
from services.kernel.rows import locked
from services.kernel.work import Work


async def open_ballot(
    work: Work,
    *,
    application_id: str,
    consortium_id: str,
    call_id: str,
    dossier_sha256: str,
    closes_at: datetime,
    cites_ballot_id: str | None,
    blind: bool,
    file: dict[str, Any],
    addendum_id: str | None = None,
) -> BallotView:
    """Open the vote on a dossier, as compiled in `file`. The same dossier of the same application,
    citing the same ballot, gives the ballot that is already there, whatever its state; nothing is
    opened twice. Citing a ballot that ended without approval takes its dossier up again. On an
    addendum, the dossier is the hash of what it proposes.

    Raises board.ballot_live, board.ballot_differs, board.cannot_reopen, board.ballot_reopened or
    board.closes_at_invalid.
    """
    same_dossier = select(Ballot).where(
        Ballot.application_id == application_id,
        Ballot.dossier_sha256 == dossier_sha256,
        col(Ballot.cites_ballot_id).is_not_distinct_from(cites_ballot_id),
    )
    found = (await work.session.exec(same_dossier)).one_or_none()
    if found is None:
        domain.check_closes_at(closes_at=closes_at, now=work.now)
        if cites_ballot_id is not None:
            await _check_may_reopen(work, cites_ballot_id, application_id, addendum_id)
        ballot = Ballot(
            id=new_id("bal"),
            application_id=application_id,
            consortium_id=consortium_id,
            call_id=call_id,
            dossier_sha256=dossier_sha256,
            file_sha256=sha256_of(file),
            cites_ballot_id=cites_ballot_id,
            addendum_id=addendum_id,
            blind=blind,
            state=domain.move(state="scheduled", to="open"),
            version=1,
            opened_at=work.now,
            closes_at=closes_at.astimezone(UTC),
        )
        created = await work.session.scalar(
            insert(Ballot)
            .values(**ballot.model_dump(exclude_none=True))
            .on_conflict_do_nothing(constraint="uq_ballot_dossier")
            .returning(text("id"))
        )
        found = (await work.session.exec(same_dossier)).one()
        if created is not None:
            work.session.add(_first_file(work, found, file))
            _tell_opened(work, found)
            await work.session.flush()
            await interests.detect(work, await queries.view_of(work.session, found, work.now))
    subject = (found.consortium_id, found.call_id, found.addendum_id)
    if subject != (consortium_id, call_id, addendum_id):
        raise Conflict(
            "board.ballot_differs",
            "Ese expediente ya tiene una votación con otro consorcio, convocatoria o adenda.",
        )
    return await queries.view_of(work.session, found, work.now)


async def _check_may_reopen(
    work: Work, ballot_id: str, application_id: str, addendum_id: str | None
) -> None:
    cited = await work.session.get(Ballot, ballot_id)
    domain.check_may_reopen(
        state=cited.state if cited else "open",
        result=cited.result if cited else None,
        same_subject=cited is not None
        and (cited.application_id, cited.addendum_id) == (application_id, addendum_id),
    )


def _first_file(work: Work, ballot: Ballot, file: dict[str, Any]) -> BallotFile:
    return BallotFile(
        ballot_id=ballot.id,
        sequence=ballot.file_sequence,
        file_sha256=ballot.file_sha256,
        dossier_sha256=ballot.dossier_sha256,
        file=file,
        reason="Apertura de la votación.",
        compiled_by=work.actor.sub,
        compiled_at=work.now,
    )


def _tell_opened(work: Work, ballot: Ballot) -> None:
    work.record(
        "board.ballot.open",
        ballot.id,
        {
            "state": [None, ballot.state],
            "dossier_sha256": ballot.dossier_sha256,
            "file_sha256": ballot.file_sha256,
            "cites_ballot_id": ballot.cites_ballot_id,
            "addendum_id": ballot.addendum_id,
        },
    )
    event = BallotOpened.model_validate(
        {**subject_of(ballot), "closes_at": ballot.closes_at.astimezone(UTC)}
    )
    work.publish(event, version=ballot.version)


def subject_of(ballot: Ballot) -> dict[str, str | None]:
    """What events say of which dossier a ballot is about."""
    return {
        "ballot_id": ballot.id,
        "application_id": ballot.application_id,
        "consortium_id": ballot.consortium_id,
        "call_id": ballot.call_id,
        "dossier_sha256": ballot.dossier_sha256,
        "addendum_id": ballot.addendum_id,
    }


async def withdraw(work: Work, *, ballot_id: str, reason: str) -> BallotView:
    """End a ballot without a count, since its application is no longer before the board; a
    withdrawn one is returned as it is. Raises board.transition_refused for one that ended
    otherwise."""
    ballot = await locked(work.session, Ballot, ballot_id)
    if ballot.state == "withdrawn":
        return await queries.view_of(work.session, ballot, work.now)
    before = ballot.state
    ballot.state = domain.move(state=before, to="withdrawn")
    ballot.version += 1
    ballot.closed_at = work.now
    work.record(
        "board.ballot.withdraw", ballot.id, {"state": [before, ballot.state], "reason": reason}
    )
    event = BallotWithdrawn.model_validate(
        {
            "ballot_id": ballot.id,
            "application_id": ballot.application_id,
            "dossier_sha256": ballot.dossier_sha256,
            "reason": reason,
            "withdrawn_at": work.now,
        }
    )
    work.publish(event, version=ballot.version)
    return await queries.view_of(work.session, ballot, work.now)
