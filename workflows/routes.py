"""Which event of a room becomes which start or signal of a workflow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.kernel.clock import lima_date
from services.kernel.events import Received
from workflows import addendum_messages as am
from workflows import messages as m


@dataclass(frozen=True, slots=True)
class Start:
    """Start the application's workflow; from round 2 on signal it, starting it if it is lost."""

    application_id: str
    fact: m.ApplicationSubmitted


@dataclass(frozen=True, slots=True)
class Signal:
    """Tell a workflow a fact; if it is over, start what the fact still asks for, if anything."""

    workflow_id: str
    name: str
    fact: Any
    otherwise: m.TrancheInput | None = None


@dataclass(frozen=True, slots=True)
class StartSession:
    """Start the workflow of a session that was convened."""

    session: m.SessionInput


@dataclass(frozen=True, slots=True)
class StartAddendum:
    """Start the workflow of an amendment that was sent to the board."""

    addendum: am.AddendumInput


Effect = Start | StartSession | StartAddendum | Signal


def _submitted(event: Received) -> Effect:
    application_id = str(event.data["application_id"])
    return Start(application_id, m.ApplicationSubmitted(event.id, int(event.data["round"])))


def _of_application(name: str, fact: Callable[[Received], Any]) -> Callable[[Received], Effect]:
    def effect(event: Received) -> Effect:
        application_id = event.application_id or event.data["application_id"]
        return Signal(f"application/{application_id}", name, fact(event))

    return effect


def _of_ballot(name: str) -> Callable[[Received], Effect | None]:
    def effect(event: Received) -> Effect | None:
        if event.data.get("complete") is not True:
            return None  # the ballot's workflow waits for the last seat only
        fact = m.SeatsMoved(event.id, complete=True)
        return Signal(f"ballot/{event.data['ballot_id']}", name, fact)

    return effect


def _of_ballots_clock(name: str, fact: Callable[[Received], Any]) -> Callable[[Received], Effect]:
    def effect(event: Received) -> Effect:
        return Signal(f"ballot/{event.data['ballot_id']}", name, fact(event))

    return effect


def _at(event: Received, name: str) -> datetime:
    return datetime.fromisoformat(event.data[name])


def _convened(event: Received) -> Effect:
    hours = ("reminder_at", "first_call_at", "second_call_at", "voting_closes_at")
    return StartSession(
        m.SessionInput(
            session_id=str(event.data["session_id"]), **{name: _at(event, name) for name in hours}
        )
    )


def _rescheduled(event: Received) -> m.BallotRescheduled:
    return m.BallotRescheduled(
        event_id=event.id,
        votes_from=_at(event, "votes_from"),
        closes_at=_at(event, "closes_at"),
        session_id=event.data["session_id"] or "",
    )


def _recusal_decided(event: Received) -> m.RecusalDecided:
    return m.RecusalDecided(
        event.id,
        str(event.data["recusal_id"]),
        complete=event.data.get("complete") is True,
        alternates_needed=event.data.get("alternates_needed") is True,
    )


def _sent_to_board(event: Received) -> Effect:
    return StartAddendum(
        am.AddendumInput(
            addendum_id=str(event.data["addendum_id"]),
            application_id=str(event.data["application_id"]),
            consortium_id=str(event.data["consortium_id"]),
            call_id=str(event.data["call_id"]),
            proposal_sha256=str(event.data["proposal_sha256"]),
        )
    )


def _addendum_ended(event: Received) -> Effect | None:
    if event.data["state"] != "withdrawn":
        return None  # refused by the board, whose ballot has ended
    return Signal(
        f"addendum/{event.data['addendum_id']}", "withdrawn", am.AddendumWithdrawn(event.id)
    )


def _tranches_added(event: Received) -> Effect | None:
    added = [str(one) for one in event.data["tranche_ids"]]
    if not added:
        return None
    application_id = event.application_id or event.data["application_id"]
    return Signal(
        f"application/{application_id}", "tranches_added", am.TranchesAdded(event.id, added)
    )


def _tranche_released(event: Received) -> Effect:
    """The application's workflow pays it; once that has ended, the tranche's is started alone."""
    application_id = event.application_id or event.data["application_id"]
    tranche_id = str(event.data["tranche_id"])
    return Signal(
        f"application/{application_id}",
        "tranche_released",
        m.TrancheReleased(event.id, tranche_id),
        otherwise=m.TrancheInput(tranche_id, application_id, release_id=event.id),
    )


def _tranche_settled(event: Received) -> Effect:
    tranche_id = str(event.data["tranche_id"])
    fact = m.TrancheSettled(
        event_id=event.id,
        outcome=event.type.split(".")[3],
        tranche_id=tranche_id,
        business_date=lima_date(datetime.fromisoformat(event.time)).isoformat(),
    )
    return Signal(f"tranche/{tranche_id}", "tranche_settled", fact)


_APPLICATION = "fund.applications.application"
_DISBURSEMENT = "fund.disbursement"
ROUTES: Final[dict[str, Callable[[Received], Effect | None]]] = {
    f"{_APPLICATION}.submitted.v1": _submitted,
    f"{_APPLICATION}.evaluated.v1": _of_application(
        "evaluated",
        lambda e: m.ApplicationEvaluated(e.id, str(e.data.get("recommendation") or "")),
    ),
    f"{_APPLICATION}.amendment_waived.v1": _of_application(
        "amendment_waived", lambda e: m.AmendmentWaived(e.id)
    ),
    f"{_APPLICATION}.withdrawn.v1": _of_application(
        "withdrawn", lambda e: m.ApplicationWithdrawn(e.id)
    ),
    "fund.board.vote.cast.v1": _of_ballot("vote_cast"),
    "fund.board.seat.recused.v1": _of_ballot("seat_recused"),
    "fund.board.session.convened.v1": _convened,
    "fund.board.ballot.rescheduled.v1": _of_ballots_clock("rescheduled", _rescheduled),
    "fund.board.ballot.dossier_replaced.v1": _of_ballots_clock(
        "dossier_replaced", lambda e: m.DossierReplaced(e.id)
    ),
    "fund.board.ballot.deferred.v1": _of_ballots_clock(
        "deferred", lambda e: m.BallotPutOff(e.id, until=str(e.data["until"]))
    ),
    "fund.board.ballot.withdrawn.v1": _of_ballots_clock(
        "withdrawn", lambda e: m.BallotPutOff(e.id)
    ),
    "fund.board.recusal.raised.v1": _of_ballots_clock(
        "recusal_raised",
        lambda e: m.RecusalRaised(e.id, str(e.data["recusal_id"]), _at(e, "decide_by")),
    ),
    "fund.board.recusal.decided.v1": _of_ballots_clock("recusal_decided", _recusal_decided),
    f"{_DISBURSEMENT}.agreement.signed.v1": _of_application(
        "agreement_signed",
        lambda e: m.AgreementSigned(e.id, str(e.data.get("agreement_id") or "")),
    ),
    f"{_DISBURSEMENT}.agreement.closed.v1": _of_application(
        "agreement_closed", lambda e: m.AgreementClosed(e.id)
    ),
    f"{_DISBURSEMENT}.agreement.terminated.v1": _of_application(
        "agreement_closed", lambda e: m.AgreementClosed(e.id, state="terminated")
    ),
    f"{_DISBURSEMENT}.addendum.sent_to_board.v1": _sent_to_board,
    f"{_DISBURSEMENT}.addendum.ended.v1": _addendum_ended,
    f"{_DISBURSEMENT}.addendum.entered.v1": _tranches_added,
    f"{_DISBURSEMENT}.tranche.released.v1": _tranche_released,
    f"{_DISBURSEMENT}.tranche.confirmed.v1": _tranche_settled,
    f"{_DISBURSEMENT}.tranche.rejected.v1": _tranche_settled,
    f"{_DISBURSEMENT}.tranche.returned.v1": _tranche_settled,
}
