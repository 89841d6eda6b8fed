"""What the workflow of an amendment (adenda) is told, asks and answers; as `messages`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AddendumInput:
    """An amendment that was sent to the board; the ballot's term is in working days of Peru."""

    addendum_id: str
    application_id: str
    consortium_id: str
    call_id: str
    proposal_sha256: str
    ballot_term_working_days: int = 5


@dataclass(frozen=True)
class AddendumResult:
    """`approved` or `rejected` as the board recorded it, `lapsed`, or `withdrawn`."""

    addendum_id: str
    ballot_id: str
    result: str


@dataclass(frozen=True)
class AddendumWithdrawn:
    """Signal: the amendment was taken back."""

    event_id: str


@dataclass(frozen=True)
class OpenAddendumBallotInput:
    """`asked_at` fixes the closing time for every try; `number` counts the amendment's ballots."""

    addendum: AddendumInput
    asked_at: datetime
    number: int = 1
    cites_ballot_id: str = ""
    """The ballot that was put off, which this one takes up again."""


@dataclass(frozen=True)
class EndAddendumInput:
    """The board came to no decision by this ballot, and why."""

    addendum_id: str
    ballot_id: str
    reason: str


@dataclass(frozen=True)
class TranchesAdded:
    """Signal to the application: an amendment in force added these tranches."""

    event_id: str
    tranche_ids: list[str]
