"""Which event is told to whom, by which template. Pure data, read by the listener and by tests.

An event of a type that is not here is not told. A binding notice always goes out, since a time
runs against its reader or the law wants it made (LPAG art. 18, 110.2, 111); the others only on
the topics that the recipient did not switch off.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Who = Literal[
    "titulars",
    "alternates",
    "presiding",
    "seat",
    "holder",
    "signers",
    "secretariat",
    "consortium",
    "program",
]
"""`presiding`: chair and deputy chair. `seat`: whoever holds the seat that the event names.
`alternates`: of the seats that it names, or of all. `holder`: the person that it names.
`signers`: those whose signatures it names. `consortium`: the contact of the consortium that it
names. `program`: the partner over whose channel it is."""
Topic = Literal[
    "seats",
    "sessions",
    "ballots",
    "recusals",
    "keys",
    "actas",
    "applications",
    "agreements",
    "payments",
]
Data = Mapping[str, Any]


def _always(_: Data) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Notice:
    """How an event is told."""

    template: str
    topic: Topic
    to: tuple[Who, ...]
    binding: bool = False
    when: Callable[[Data], bool] = _always
    contacts_only: bool = False
    """Whether who gave no address is simply not told."""


def _names_its_consortium(data: Data) -> bool:
    """Whether the event says whose agreement it is about: early ones did not."""
    return "consortium_id" in data


TOLD_STATES: Final = ("approved", "rejected", "deferred", "ineligible", "expired")
"""States of an application after which its consortium must act, or may contest."""

CATALOG: Final[dict[str, Notice]] = {
    "fund.board.seat.appointed.v1": Notice(
        "seat_appointed", "seats", ("holder", "secretariat"), binding=True
    ),
    "fund.board.seat.absent.v1": Notice(
        "seat_absent", "seats", ("seat", "presiding", "secretariat"), binding=True
    ),
    "fund.board.seat.recused.v1": Notice("seat_recused", "recusals", ("presiding", "secretariat")),
    "fund.board.ballot.opened.v1": Notice(
        "ballot_opened", "ballots", ("titulars", "secretariat"), binding=True
    ),
    "fund.board.ballot.second_called.v1": Notice(
        "ballot_second_called", "ballots", ("titulars", "secretariat"), binding=True
    ),
    "fund.board.ballot.rescheduled.v1": Notice(
        "ballot_rescheduled", "ballots", ("titulars", "secretariat"), binding=True
    ),
    "fund.board.ballot.dossier_replaced.v1": Notice(
        "ballot_dossier_replaced", "ballots", ("titulars", "alternates"), binding=True
    ),
    "fund.board.ballot.alternates_called.v1": Notice(
        "ballot_alternates_called",
        "ballots",
        ("alternates", "presiding", "secretariat"),
        binding=True,
    ),
    "fund.board.ballot.deferred.v1": Notice(
        "ballot_deferred", "ballots", ("titulars", "secretariat")
    ),
    "fund.board.ballot.withdrawn.v1": Notice(
        "ballot_withdrawn", "ballots", ("titulars", "secretariat")
    ),
    "fund.board.ballot.decided.v1": Notice(
        "ballot_decided", "ballots", ("titulars", "secretariat")
    ),
    "fund.board.ballot.lapsed.v1": Notice("ballot_lapsed", "ballots", ("titulars", "secretariat")),
    "fund.board.session.convened.v1": Notice(
        "session_convened", "sessions", ("titulars", "alternates", "secretariat"), binding=True
    ),
    "fund.board.session.reminded.v1": Notice(
        "session_reminded", "sessions", ("titulars", "alternates")
    ),
    "fund.board.session.second_called.v1": Notice(
        "session_second_called", "sessions", ("titulars", "alternates", "secretariat"), binding=True
    ),
    "fund.board.session.not_held.v1": Notice(
        "session_not_held", "sessions", ("titulars", "secretariat")
    ),
    "fund.board.session.closed.v1": Notice(
        "session_closed", "sessions", ("titulars", "secretariat")
    ),
    "fund.board.recusal.raised.v1": Notice(
        "recusal_raised", "recusals", ("presiding", "seat", "secretariat"), binding=True
    ),
    "fund.board.recusal.decided.v1": Notice(
        "recusal_decided", "recusals", ("seat", "secretariat"), binding=True
    ),
    "fund.board.key.registered.v1": Notice("key_registered", "keys", ("holder",), binding=True),
    "fund.board.key.revoked.v1": Notice(
        "key_revoked", "keys", ("holder", "secretariat"), binding=True
    ),
    "fund.board.acta.drawn.v1": Notice(
        "acta_drawn", "actas", ("signers", "secretariat"), binding=True
    ),
    "fund.board.acta.sealed.v1": Notice("acta_sealed", "actas", ("titulars", "secretariat")),
    "fund.applications.application.assessment_recorded.v1": Notice(
        "application_observed",
        "applications",
        ("consortium",),
        binding=True,
        when=lambda data: data.get("amendment_due_at") is not None,
    ),
    "fund.applications.application.progressed.v1": Notice(
        "application_progressed",
        "applications",
        ("consortium",),
        binding=True,
        when=lambda data: data.get("to") in TOLD_STATES,
    ),
    **{
        f"fund.disbursement.addendum.{step}.v1": Notice(
            f"addendum_{step}",
            "agreements",
            ("consortium", "secretariat"),
            binding=step in {"approved", "ended"},
            when=_names_its_consortium,
        )
        for step in ("drafted", "sent_to_board", "approved", "entered", "ended")
    },
    **{
        f"fund.disbursement.tranche.{outcome}.v1": Notice(
            f"tranche_{outcome}", "payments", ("program",), contacts_only=True
        )
        for outcome in ("instructed", "rejected", "returned", "reconciled")
    },
}
