"""Other rooms' events, read narrowly for the timeline: whitelisted fields and a Spanish sentence.

Vote choices, reasons and personal data of an event never reach the timeline, since the applicant
reads it.
"""

from datetime import datetime
from typing import Any, Final

from services.applications import service
from services.kernel.errors import Invalid
from services.kernel.events import Listener, Received
from services.kernel.values import to_amount
from services.kernel.work import Work

SENTENCES_ES: Final[dict[str, str]] = {
    "fund.eligibility.assessment.completed.v1": "Terminó la revisión de elegibilidad",
    "fund.board.ballot.opened.v1": "El consejo directivo abrió la votación del expediente",
    "fund.board.vote.cast.v1": "Un ministerio emitió su voto",
    "fund.board.ballot.decided.v1": "El consejo directivo tomó su acuerdo",
    "fund.board.ballot.lapsed.v1": "La votación terminó sin quórum",
    "fund.disbursement.agreement.drafted.v1": "Se redactó el convenio",
    "fund.disbursement.agreement.signed.v1": "Se firmó el convenio",
    "fund.disbursement.tranche.requested.v1": "El consorcio solicitó un desembolso",
    "fund.disbursement.tranche.released.v1": "El fondo autorizó un desembolso",
    "fund.disbursement.tranche.instructed.v1": "Se instruyó el desembolso al programa",
    "fund.disbursement.tranche.confirmed.v1": "El programa confirmó el desembolso",
    "fund.disbursement.tranche.rejected.v1": "El programa rechazó el desembolso",
    "fund.disbursement.tranche.returned.v1": "El dinero del desembolso fue devuelto",
    "fund.disbursement.tranche.reconciled.v1": "El desembolso se concilió con el extracto",
}

LABELS_ES: Final[dict[str, str]] = {
    "outcome": "resultado",
    "result": "resultado",
    "findings_count": "hallazgos",
    "seat": "asiento",
    "seats_voted": "votos emitidos",
    "party": "parte",
    "sequence": "desembolso n.º",
    "channel": "canal",
    "amount": "monto",
    "committed": "comprometido",
    "settled": "pagado",
    "resolution_number": "acuerdo n.º",
}
"""Fields told in the sentence, when the event has them."""

WORDS_ES: Final[dict[str, str]] = {
    "eligible": "elegible",
    "ineligible": "no elegible",
    "approved": "aprobado",
    "rejected": "denegado",
    "deferred": "aplazado",
    "fund": "el fondo",
    "consortium": "el consorcio",
}

FIELDS: Final = frozenset(
    {
        "outcome",
        "result",
        "seat",
        "seats_voted",
        "party",
        "sequence",
        "channel",
        "resolution_number",
        "assessment_id",
        "ballot_id",
        "agreement_id",
        "tranche_id",
        "instruction_id",
        "closes_at",
        "complete",
        "policy_revision",
        "dossier_sha256",
    }
)
"""Plain fields that the timeline keeps as they are."""

AMOUNTS: Final = frozenset({"amount", "committed", "settled"})
"""Fields that events give in céntimos, as `<name>_centimos`."""


async def note(work: Work, received: Received) -> None:
    """Put the event on its application's timeline; raises NotYet for an unknown application."""
    detail = detail_of(received.data)
    try:
        at = datetime.fromisoformat(received.time)
    except ValueError as error:
        raise Invalid("applications.event_time", f"Hora no válida: {received.time}.") from error
    await service.note_event(
        work,
        application_id=received.application_id or received.data.get("application_id"),
        event_id=received.id,
        at=at,
        source=received.type.split(".")[1],
        what=received.type,
        subject=received.subject,
        detail=detail,
        text_es=sentence_es(received.type, detail),
    )


def detail_of(data: dict[str, Any]) -> dict[str, Any]:
    """The part of an event's data that an applicant may read, money as the API shows it."""
    detail: dict[str, Any] = {
        name: value
        for name, value in data.items()
        if name in FIELDS and isinstance(value, str | int | bool)
    }
    for name in AMOUNTS:
        centimos = data.get(f"{name}_centimos")
        if isinstance(centimos, int) and not isinstance(centimos, bool):
            detail[name] = {"amount": to_amount(centimos), "currency": "PEN"}
    if isinstance(data.get("findings"), list):
        detail["findings_count"] = len(data["findings"])
    return detail


def sentence_es(event_type: str, detail: dict[str, Any]) -> str:
    """What happened, in Spanish, with the figures that the event gives."""
    told = [f"{label} {_word(detail[name])}" for name, label in LABELS_ES.items() if name in detail]
    return SENTENCES_ES[event_type] + (f" ({'; '.join(told)})." if told else ".")


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return f"S/ {value['amount']}"
    return WORDS_ES.get(str(value), str(value))


LISTENERS: list[Listener] = [
    Listener("applications.timeline", {event_type: note for event_type in SENTENCES_ES})
]
