"""What the board tells of its sessions; a part of `events`."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.board import domain, session_rules
from services.kernel.schemas import identifier
from services.kernel.work import Event

BallotId = Annotated[str, identifier("bal")]
SessionId = Annotated[str, identifier("ses")]


class SessionEvent(Event):
    """Base of the session's events: the session is the aggregate."""

    SUBJECT: ClassVar[str] = "session_id"

    session_id: SessionId


class AgendaEntry(BaseModel):
    """One dossier of the agenda, in its order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ballot_id: BallotId
    title: str


class SessionNotice(SessionEvent):
    """What who is called to a session must know."""

    number: Annotated[str, Field(examples=["SES-007-2026-FC"])]
    kind: session_rules.Kind
    mode: session_rules.Mode
    place: str
    waived_notice: bool
    first_call_at: datetime
    second_call_at: datetime
    voting_closes_at: datetime
    agenda: list[AgendaEntry]


class SessionConvened(SessionNotice):
    """The members are called to a session; `reminder_at` is when they are reminded."""

    TYPE: ClassVar[str] = "fund.board.session.convened.v1"

    reminder_at: datetime


class SessionReminded(SessionNotice):
    """The session is near."""

    TYPE: ClassVar[str] = "fund.board.session.reminded.v1"


class SessionSecondCalled(SessionEvent):
    """The first call had no quorum; the second is at this hour."""

    TYPE: ClassVar[str] = "fund.board.session.second_called.v1"

    second_call_at: datetime


class SessionOpened(SessionEvent):
    """There is a quorum: the agenda may be voted on."""

    TYPE: ClassVar[str] = "fund.board.session.opened.v1"

    call: domain.Call
    present: list[domain.Seat]


class SessionClosed(SessionEvent):
    """Each dossier of the agenda has ended."""

    TYPE: ClassVar[str] = "fund.board.session.closed.v1"


class SessionNotHeld(SessionEvent):
    """No call had a quorum: the dossiers go back to votes of their own."""

    TYPE: ClassVar[str] = "fund.board.session.not_held.v1"
