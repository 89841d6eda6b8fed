"""Events as the board and applications tell them, for those that they do not publish yet too."""

from typing import Any, Final

from services.kernel.events import Received
from services.kernel.ids import new_id

SUFFIX: Final = "01k9v1q0m5f3tt0p6k1s9w2r4e"
BALLOT, APPLICATION, SESSION = (f"{prefix}_{SUFFIX}" for prefix in ("bal", "app", "ses"))
CONSORTIUM, CALL = f"con_{SUFFIX}", f"cal_{SUFFIX}"
SHA: Final = "ab" * 32
AT: Final = "2026-11-30T23:00:00Z"
OF_BALLOT: Final = {"ballot_id": BALLOT, "application_id": APPLICATION}
OF_APPLICATION: Final = {
    "application_id": APPLICATION,
    "call_id": CALL,
    "consortium_id": CONSORTIUM,
}
MEETING: Final[dict[str, Any]] = {
    **{"session_id": SESSION, "number": "SES-007-2026-FC", "kind": "ordinary"},
    **{"mode": "in_person", "place": "Jr. Yauyos 258, Lima", "waived_notice": False},
    **{"first_call_at": "2026-11-30T14:00:00Z", "second_call_at": "2026-12-01T14:00:00Z"},
    **{"voting_closes_at": AT, "agenda": [{"ballot_id": BALLOT, "title": "Palta del Mantaro"}]},
}

OF_TRANCHE: Final = {
    **{"tranche_id": f"tra_{SUFFIX}", "agreement_id": f"agr_{SUFFIX}"},
    **{"application_id": APPLICATION, "channel": "agroideas", "amount_centimos": 30_000_00},
}

ADDENDUM: Final = {
    **{"addendum_id": f"add_{SUFFIX}", "agreement_id": f"agr_{SUFFIX}"},
    **{"application_id": APPLICATION, "consortium_id": CONSORTIUM, "number": 2},
}

DATA: Final[dict[str, dict[str, Any]]] = {
    "fund.disbursement.tranche.instructed.v1": {**OF_TRANCHE, "instructions": 1},
    "fund.disbursement.tranche.rejected.v1": OF_TRANCHE,
    "fund.disbursement.tranche.returned.v1": OF_TRANCHE,
    "fund.disbursement.tranche.reconciled.v1": OF_TRANCHE,
    "fund.disbursement.addendum.drafted.v1": {**ADDENDUM, "route": "board", "due_on": "2026-12-18"},
    "fund.disbursement.addendum.sent_to_board.v1": {
        **ADDENDUM,
        **{"call_id": CALL, "proposal_sha256": SHA},
    },
    "fund.disbursement.addendum.approved.v1": {**ADDENDUM, "document_version": 3},
    "fund.disbursement.addendum.entered.v1": {
        **ADDENDUM,
        **{"document_version": 3, "tranche_ids": [f"tra_{SUFFIX}"]},
    },
    "fund.disbursement.addendum.ended.v1": {
        **ADDENDUM,
        **{"state": "refused", "reason": "El consejo directivo denegó la adenda."},
    },
    "fund.board.seat.appointed.v1": {
        **{"term_id": f"ter_{SUFFIX}", "seat": "mef", "capacity": "titular"},
        **{"holder_sub": "mef-1", "holder_name": "Rosa Quispe", "chair": False},
        **{"deputy_chair": False, "valid_from": "2026-03-02T15:00:00Z", "valid_to": None},
    },
    "fund.board.seat.absent.v1": {"seat": "mef", "from_at": AT, "to_at": AT, "reason": "Viaje"},
    "fund.board.seat.recused.v1": {**OF_BALLOT, "seat": "mef", "seats_voted": 1, "complete": False},
    "fund.board.ballot.opened.v1": {
        **OF_BALLOT,
        **{"consortium_id": CONSORTIUM, "call_id": CALL, "dossier_sha256": SHA, "closes_at": AT},
    },
    "fund.board.ballot.second_called.v1": {**OF_BALLOT, "closes_at": AT},
    "fund.board.ballot.rescheduled.v1": {
        **OF_BALLOT,
        **{"session_id": SESSION, "votes_from": "2026-11-30T14:00:00Z", "closes_at": AT},
    },
    "fund.board.ballot.dossier_replaced.v1": {
        **OF_BALLOT,
        **{"reason": "Faltaba un anexo.", "file_sha256": SHA, "voided": ["mef", "produce"]},
    },
    "fund.board.ballot.alternates_called.v1": {**OF_BALLOT, "seats": ["mef", "mincetur"]},
    "fund.board.ballot.deferred.v1": {**OF_BALLOT, "reason": "Falta un informe.", "until": AT},
    "fund.board.ballot.withdrawn.v1": OF_BALLOT,
    "fund.board.ballot.decided.v1": {
        **OF_BALLOT,
        **{"call_id": CALL, "consortium_id": CONSORTIUM, "dossier_sha256": SHA},
        **{"result": "approved", "resolution_number": "007-2026-FC", "quorum_required": 3},
        **{"votes": [], "seats": [], "recused": [], "tie_broken_by": None},
        **{"policy_revision": "3f2a9c1b7d04", "decided_at": AT},
    },
    "fund.board.ballot.lapsed.v1": {
        **OF_BALLOT,
        **{"dossier_sha256": SHA, "quorum_required": 3, "present": 2},
        **{"policy_revision": "3f2a9c1b7d04", "lapsed_at": AT},
    },
    "fund.board.session.convened.v1": {**MEETING, "reminder_at": "2026-11-27T14:00:00Z"},
    "fund.board.session.reminded.v1": MEETING,
    "fund.board.session.second_called.v1": {
        "session_id": SESSION,
        "second_call_at": "2026-12-01T14:00:00Z",
    },
    "fund.board.session.not_held.v1": {"session_id": SESSION},
    "fund.board.session.closed.v1": {"session_id": SESSION},
    "fund.board.recusal.raised.v1": {
        **{"recusal_id": f"rec_{SUFFIX}", "seat": "mef", "ground": 2},
        **{"origin": "proposed", "decide_by": AT},
    },
    "fund.board.recusal.decided.v1": {"recusal_id": f"rec_{SUFFIX}", "accepted": True},
    "fund.board.key.registered.v1": {"key_id": "k-1", "holder_sub": "mef-1"},
    "fund.board.key.revoked.v1": {"key_id": "k-1", "holder_sub": "mef-1"},
    "fund.board.acta.drawn.v1": {
        **{"acta_id": f"act_{SUFFIX}", "number": "ACTA-007-2026-FC"},
        "signers": [{"seat": "mef", "holder_sub": "mef-s"}, {"seat": "mef", "holder_sub": "mef-1"}],
    },
    "fund.board.acta.sealed.v1": {"acta_id": f"act_{SUFFIX}", "number": "ACTA-007-2026-FC"},
    "fund.applications.application.assessment_recorded.v1": {
        **OF_APPLICATION,
        **{"assessment_id": f"ass_{SUFFIX}", "outcome": "ineligible", "state": "observed"},
        **{"findings_count": 2, "amendment_due_at": "2026-02-16T04:59:59Z"},
    },
    "fund.applications.application.progressed.v1": {
        **OF_APPLICATION,
        **{"to": "rejected", "reference": BALLOT, "reason": "El presupuesto no sustenta."},
    },
}


def received(event_type: str, **changes: Any) -> Received:
    """The event as a listener gets it; `id`, `subject` and `version` may be given."""
    data = {**DATA[event_type], **changes.pop("data", {})}
    given: dict[str, Any] = {
        "id": new_id("evt"),
        "subject": next(iter(data.values())),
        "version": 1,
        "time": "2026-03-02T15:00:00Z",
        "application_id": data.get("application_id"),
    }
    return Received(type=event_type, data=data, **{**given, **changes})
