"""Request and response bodies of the board's sessions."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field

from services.board import domain, session_rules
from services.board.events import ApplicationId, BallotId
from services.board.models import Attendance, BoardSession
from services.board.schemas import Instant
from services.board.session_events import SessionId
from services.board.session_queries import SessionView
from services.kernel import schemas as kernel
from services.kernel.schemas import Body, Flag, Line, example


def _each_once(ballots: list[str]) -> list[str]:
    if len(set(ballots)) != len(ballots):
        raise ValueError("cada votación una sola vez")
    return ballots


class SessionIn(Body):
    """Whom to call to what, and when. `waived_notice`: all four seats will attend and agree to
    meet without the notice (LPAG 109.3); attending is agreeing."""

    model_config = example(
        {
            "kind": "ordinary",
            "mode": "virtual",
            "place": "Sala virtual del consejo directivo",
            "first_call_at": "2026-12-07T15:00:00Z",
            "voting_closes_at": "2026-12-12T05:00:00Z",
            "agenda": ["bal_01k9zq4v7hf8qbn0w2d5r6t3ye"],
        }
    )

    kind: session_rules.Kind
    mode: session_rules.Mode
    place: Line
    first_call_at: kernel.Instant
    voting_closes_at: kernel.Instant
    agenda: Annotated[
        list[BallotId], Field(min_length=1, max_length=50), AfterValidator(_each_once)
    ]
    blind: Flag = True
    waived_notice: Flag = False


class SessionSummary(Body):
    """A session in a list."""

    id: SessionId
    number: Annotated[str, Field(examples=["SES-007-2026-FC"])]
    kind: session_rules.Kind
    mode: session_rules.Mode
    place: str
    blind: bool
    waived_notice: bool
    state: session_rules.SessionState
    version: int
    convened_by: str
    convened_at: Instant
    first_call_at: Instant
    second_call_at: Instant
    voting_closes_at: Instant
    opened_at: Instant | None
    opened_on_call: domain.Call | None
    closed_at: Instant | None

    @classmethod
    def of(cls, held: BoardSession) -> Self:
        """The session's own fields."""
        return cls.model_validate(held.model_dump(include=set(cls.model_fields)))


class AgendaItemOut(Body):
    """A dossier of the agenda and how far it has come."""

    position: int
    ballot_id: BallotId
    application_id: ApplicationId
    title: str
    state: domain.State
    result: domain.Result | None
    resolution_number: str | None


class AttendanceOut(Body):
    """Who attended for a seat, and on which call."""

    session_id: SessionId
    seat: domain.Seat
    holder_sub: str
    capacity: domain.Capacity
    call: domain.Call
    attended_at: Instant

    @classmethod
    def of(cls, row: Attendance) -> Self:
        """The attendance's body."""
        return cls.model_validate(row.model_dump(include=set(cls.model_fields)))


class SessionOut(SessionSummary):
    """A session: its agenda in order, and who attended."""

    agenda: list[AgendaItemOut]
    attendance: list[AttendanceOut]

    @classmethod
    def of_view(cls, view: SessionView) -> Self:
        """The whole session."""
        return cls.model_validate(
            {
                **view.session.model_dump(include=set(SessionSummary.model_fields)),
                "agenda": [
                    {
                        **item.model_dump(include={"position", "ballot_id", "title"}),
                        **view.ballots[item.ballot_id].model_dump(
                            include={"application_id", "state", "result", "resolution_number"}
                        ),
                    }
                    for item in view.agenda
                ],
                "attendance": [AttendanceOut.of(row) for row in view.attendance],
            }
        )


class WorkingDaysOut(Body):
    """The board's terms of today, in working days."""

    notice: int
    notice_extraordinary: int
    second_call: int
    reminder: int
    escalation: int
    reopening: int
