"""What the workflows of ballots and sessions are told, ask for and answer: a part of `messages`."""

from dataclasses import dataclass, field
from datetime import datetime

# Signals: facts that the board published.


@dataclass(frozen=True)
class BallotRescheduled:
    """A session took the ballot up, called its seats again or gave it back (no `session_id`)."""

    event_id: str
    votes_from: datetime
    closes_at: datetime
    session_id: str = ""


@dataclass(frozen=True)
class DossierReplaced:
    """The dossier changed: votes on the former one are void."""

    event_id: str


@dataclass(frozen=True)
class RecusalRaised:
    """A recusal must be decided by then; until it is, the ballot does not close."""

    event_id: str
    recusal_id: str
    decide_by: datetime


@dataclass(frozen=True)
class RecusalDecided:
    """A recusal was accepted or dismissed; `complete` when no seat is left that must vote,
    `alternates_needed` when those left are too few to decide."""

    event_id: str
    recusal_id: str
    complete: bool = False
    alternates_needed: bool = False


@dataclass(frozen=True)
class BallotPutOff:
    """The ballot ended without a count; a deferral names the day (Lima) of the next one."""

    event_id: str
    until: str = ""


@dataclass(frozen=True)
class BallotEnded:
    """A dossier of a session's agenda has ended: told by its workflow."""

    ballot_id: str
    result: str


# BoardBallot


@dataclass(frozen=True)
class BallotInput:
    """A ballot that the board has opened."""

    ballot_id: str
    application_id: str
    opened_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class BallotResult:
    """`approved`, `rejected`, `lapsed`, `deferred` or `withdrawn`, as the board recorded it; a
    deferral names the day (Lima) from which the dossier may be taken up again."""

    ballot_id: str
    result: str
    until: str = ""


@dataclass(frozen=True)
class CloseBallotInput:
    """`call` is 1, and 2 after the second call."""

    ballot_id: str
    call: int


@dataclass(frozen=True)
class PendingRecusal:
    """A recusal that holds up the close until it is decided, at the latest then."""

    recusal_id: str
    decide_by: datetime


@dataclass(frozen=True)
class ClosedBallot:
    """What closing gave: `no_quorum`, `not_complete` and `recusal_pending` leave it open."""

    result: str
    until: str = ""
    pending: list[PendingRecusal] = field(default_factory=list)


@dataclass(frozen=True)
class SecondCallInput:
    """The second call is for the working day after `asked_at`."""

    ballot_id: str
    asked_at: datetime


@dataclass(frozen=True)
class SecondCall:
    """Until when the seats may vote on the second call."""

    closes_at: datetime


@dataclass(frozen=True)
class EscalationInput:
    """The period in which the ballot takes votes."""

    ballot_id: str
    votes_from: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Escalation:
    """When the alternates of seats that have not voted are called."""

    at: datetime


@dataclass(frozen=True)
class AlternatesInput:
    """Call the alternates; `closes_at` tells one period of votes from another."""

    ballot_id: str
    closes_at: datetime


@dataclass(frozen=True)
class ExpireRecusalInput:
    """The recusal's term is over; the board applies what the law says of it."""

    ballot_id: str
    recusal_id: str


@dataclass(frozen=True)
class WithdrawBallotInput:
    """The application was given up; its ballot ends uncounted."""

    ballot_id: str
    application_id: str


# BoardSession


@dataclass(frozen=True)
class SessionInput:
    """A session that was convened, with its hours."""

    session_id: str
    reminder_at: datetime
    first_call_at: datetime
    second_call_at: datetime
    voting_closes_at: datetime


@dataclass(frozen=True)
class SessionStep:
    """A step of the session; `call` is 1, and 2 for the second call."""

    session_id: str
    call: int = 1


@dataclass(frozen=True)
class SessionFound:
    """The session's state after the step."""

    state: str


@dataclass(frozen=True)
class SessionResult:
    """`closed` or `not_held`."""

    session_id: str
    state: str
