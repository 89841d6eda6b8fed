"""What workflows, signals and activities hand each other: frozen, and new fields have defaults.

Payloads hold ids, states and times, never personal data. A signal carries the id of the event that
caused it, by which a second delivery is known. Those of the board stand in `board_messages`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from workflows.board_messages import (
    AlternatesInput as AlternatesInput,
)
from workflows.board_messages import (
    BallotEnded as BallotEnded,
)
from workflows.board_messages import (
    BallotInput as BallotInput,
)
from workflows.board_messages import (
    BallotPutOff as BallotPutOff,
)
from workflows.board_messages import (
    BallotRescheduled as BallotRescheduled,
)
from workflows.board_messages import (
    BallotResult as BallotResult,
)
from workflows.board_messages import (
    CloseBallotInput as CloseBallotInput,
)
from workflows.board_messages import (
    ClosedBallot as ClosedBallot,
)
from workflows.board_messages import (
    DossierReplaced as DossierReplaced,
)
from workflows.board_messages import (
    Escalation as Escalation,
)
from workflows.board_messages import (
    EscalationInput as EscalationInput,
)
from workflows.board_messages import (
    ExpireRecusalInput as ExpireRecusalInput,
)
from workflows.board_messages import (
    PendingRecusal as PendingRecusal,
)
from workflows.board_messages import (
    RecusalDecided as RecusalDecided,
)
from workflows.board_messages import (
    RecusalRaised as RecusalRaised,
)
from workflows.board_messages import (
    SecondCall as SecondCall,
)
from workflows.board_messages import (
    SecondCallInput as SecondCallInput,
)
from workflows.board_messages import (
    SessionFound as SessionFound,
)
from workflows.board_messages import (
    SessionInput as SessionInput,
)
from workflows.board_messages import (
    SessionResult as SessionResult,
)
from workflows.board_messages import (
    SessionStep as SessionStep,
)
from workflows.board_messages import (
    WithdrawBallotInput as WithdrawBallotInput,
)


@dataclass(frozen=True)
class Status:
    """What the query `status` answers of every workflow."""

    state: str
    waiting_for: str
    since: datetime
    round: int = 1
    reminders: int = 0
    ids: dict[str, str] = field(default_factory=dict)


# Signals: facts that the rooms published.


@dataclass(frozen=True)
class ApplicationSubmitted:
    """A dossier was handed in; `round` 2 and later come after observations."""

    event_id: str
    round: int = 1


@dataclass(frozen=True)
class AmendmentWaived:
    """The consortium will not amend."""

    event_id: str


@dataclass(frozen=True)
class ApplicationWithdrawn:
    """The consortium gave its application up."""

    event_id: str


@dataclass(frozen=True)
class ApplicationEvaluated:
    """The secretariat gave its technical evaluation."""

    event_id: str
    recommendation: str = ""


@dataclass(frozen=True)
class SeatsMoved:
    """A vote was cast or a seat recused; `complete` when no seat is left that must vote."""

    event_id: str
    complete: bool = False


@dataclass(frozen=True)
class AgreementSigned:
    """Both parties signed the agreement (convenio)."""

    event_id: str
    agreement_id: str = ""


@dataclass(frozen=True)
class AgreementClosed:
    """The agreement ended, closed or terminated; nothing more will be paid under it."""

    event_id: str
    state: str = "closed"


@dataclass(frozen=True)
class TrancheReleased:
    """A second person released the tranche: it may be instructed to its channel."""

    event_id: str
    tranche_id: str


@dataclass(frozen=True)
class TrancheSettled:
    """A tranche's money arrived, was refused or came back; `tranche_id` is for the parent."""

    event_id: str
    outcome: str
    tranche_id: str = ""
    business_date: str | None = None


# FundingApplication


@dataclass(frozen=True)
class FundingState:
    """What FundingApplication carries over continue-as-new, at a border between tranches."""

    round: int
    stage: str
    seen: list[str]
    ballot_id: str = ""
    agreement_id: str = ""
    planned: list[str] = field(default_factory=list)
    released: list[TrancheReleased] = field(default_factory=list)
    reconciled: list[str] = field(default_factory=list)
    agreement_closed: bool = False
    end: str = "closed"


@dataclass(frozen=True)
class FundingInput:
    """Terms are in working days of Peru; they stand here so that a test or a call may set them."""

    application_id: str
    round: int = 1
    ballot_term_working_days: int = 5
    budget_term_working_days: int = 30
    state: FundingState | None = None


@dataclass(frozen=True)
class FundingResult:
    """Where the application ended."""

    application_id: str
    state: str
    ballot_id: str = ""
    agreement_id: str = ""
    tranches_reconciled: int = 0


@dataclass(frozen=True)
class AssessInput:
    """`asked_at` is when the round began."""

    application_id: str
    round: int
    asked_at: datetime


@dataclass(frozen=True)
class Assessment:
    """The answer of the eligibility room, and what the later steps need of the application."""

    assessment_id: str
    outcome: str
    consortium_id: str
    call_id: str
    dossier_sha256: str
    amendment_due_at: datetime | None = None
    evaluation_due_at: datetime | None = None
    ballot_term_working_days: int | None = None


@dataclass(frozen=True)
class Move:
    """One step of the application's life cycle."""

    to: str
    reference: str
    reason: str | None = None


@dataclass(frozen=True)
class ProgressInput:
    """Steps that follow each other at once."""

    application_id: str
    moves: list[Move]
    round: int = 1
    occasion: str = ""
    """Which time of several in a round: the ballot, once there is more than one."""


@dataclass(frozen=True)
class OpenBallotInput:
    """`asked_at` fixes the closing time for every try of the activity."""

    application_id: str
    consortium_id: str
    call_id: str
    dossier_sha256: str
    asked_at: datetime
    term_working_days: int
    round: int = 1
    cites_ballot_id: str = ""
    """The ballot that was put off, which this one takes up again."""


@dataclass(frozen=True)
class OpenedBallot:
    """The ballot is open until `closes_at`."""

    ballot_id: str
    closes_at: datetime


@dataclass(frozen=True)
class DraftAgreementInput:
    """`asked_at` is when the budget was asked for the first time."""

    application_id: str
    ballot_id: str
    asked_at: datetime
    budget_term_working_days: int
    round: int = 1


@dataclass(frozen=True)
class DraftedAgreement:
    """No `agreement_id`: the call's budget does not reach; ask again until `give_up_at`."""

    give_up_at: datetime
    agreement_id: str = ""
    tranche_ids: list[str] = field(default_factory=list)


# TrancheDisbursement


@dataclass(frozen=True)
class TrancheState:
    """What TrancheDisbursement carries over continue-as-new; dates are days in Lima."""

    state: str
    channel: str
    instructed_on: str
    inquiries: int = 0
    business_date: str | None = None
    seen: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TrancheInput:
    """`release_id` is the event of the release: each release is instructed once."""

    tranche_id: str
    application_id: str
    release_id: str
    state: TrancheState | None = None


@dataclass(frozen=True)
class TrancheResult:
    """`confirmed`, `rejected` or `returned`; reconciled when the statement holds the line."""

    tranche_id: str
    state: str
    reconciled: bool = False
    inquiries: int = 0


@dataclass(frozen=True)
class InstructInput:
    """The same `release_id` never makes a second reference."""

    tranche_id: str
    release_id: str


@dataclass(frozen=True)
class InquireInput:
    """`number` counts the inquiries of a release, over continue-as-new too."""

    tranche_id: str
    release_id: str
    number: int


@dataclass(frozen=True)
class ReconcileInput:
    """Match the tranche with the channel's statement of the business date (Lima)."""

    tranche_id: str
    release_id: str
    channel: str
    business_date: str
    number: int


@dataclass(frozen=True)
class TrancheReport:
    """A tranche as the disbursement room has it."""

    tranche_id: str
    state: str
    channel: str
    business_date: str | None = None


# DailyClosing


@dataclass(frozen=True)
class ClosingInput:
    """Whose days are closed."""

    channel: str


@dataclass(frozen=True)
class CloseDaysInput:
    """`morning` is the day in Lima on which the days before it are closed."""

    channel: str
    morning: str


@dataclass(frozen=True)
class ClosedDay:
    """A day in Lima whose statement was read and held against the ledger."""

    business_date: str
    closing_id: str
    balanced: bool


@dataclass(frozen=True)
class ClosedDays:
    """Those since the last working day; none on a morning without work."""

    days: list[ClosedDay] = field(default_factory=list)
