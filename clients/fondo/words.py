"""The API's codes in the words of the board (Spanish), and money as it is written in Peru."""

from typing import Any, Final

GROUNDS: Final = {
    1: "Parentesco: cónyuge, conviviente, o pariente hasta el 4.º grado de consanguinidad o 2.º de"
    " afinidad de una parte, sus representantes, administradores o asesores",
    2: "Intervino antes en el mismo asunto como asesor, perito o testigo, o adelantó opinión",
    3: "Interés propio o de su familia en el asunto, o en otro semejante que lo pueda favorecer",
    4: "Amistad íntima, enemistad manifiesta o conflicto de intereses objetivo con una parte",
    5: "Relación de servicio o subordinación con una parte en los últimos 12 meses, o negocios"
    " en proyecto con ella",
    6: "Otro motivo que perturbe su función: por decoro, con resolución fundamentada",
}
"""The six grounds of LPAG article 99, shortened for a screen."""

SEATS: Final = {
    "midagri": "Midagri",
    "produce": "Produce",
    "mincetur": "Mincetur",
    "mef": "MEF",
}

_WORDS: Final = {
    "scheduled": "programada",
    "open": "abierta",
    "second_call": "segunda convocatoria",
    "decided": "decidida",
    "lapsed": "sin quórum",
    "deferred": "aplazada",
    "withdrawn": "retirada",
    "convened": "convocada",
    "first_call": "primera convocatoria",
    "voting": "en votación",
    "closed": "cerrada",
    "not_held": "no se realizó",
    "ordinary": "ordinaria",
    "extraordinary": "extraordinaria",
    "virtual": "virtual",
    "in_person": "presencial",
    "for": "a favor",
    "against": "en contra",
    "abstain": "abstención",
    "approved": "aprobado",
    "rejected": "desaprobado",
    "no_quorum": "sin quórum",
    "titular": "titular",
    "alternate": "suplente",
    "declared": "declarada",
    "proposed": "propuesta",
    "detected": "detectada",
    "eligible": "elegible",
    "ineligible": "no elegible",
    "recommend": "recomienda aprobar",
    "do_not_recommend": "no recomienda aprobar",
    "agroideas": "Agroideas (no reembolsable)",
    "agrobanco": "Agrobanco (crédito)",
    "own": "aporte propio",
    "total": "total",
    "call": "convocatoria",
    "anchor_firm": "empresa tractora",
    "region": "región",
    "crop": "cultivo",
    "producer": "productor",
    "director": "directivo",
    "supplier": "proveedor",
    "adviser": "asesor",
    "same_consortium": "el mismo consorcio",
    "same_anchor_firm": "la misma empresa tractora",
    "clear": "sin observación",
    "review": "por revisar",
    "reject": "rechazo",
    "drafted": "redactado",
    "signed": "firmado",
    "active": "en ejecución",
    "terminated": "resuelto",
    "pending": "por decidir",
    "board.seat_already_voted": "su asiento ya votó",
    "board.alternate_not_called": "actúa el titular",
    "board.not_seat_holder": "hoy no ocupa el asiento",
    "board.term_ended": "su designación terminó",
    "board.recusal_pending": "su abstención está por decidir",
    "board.seat_recused": "se abstiene",
    "board.session_not_open": "la sesión no se ha abierto",
    "board.ballot_closed": "la votación terminó",
    "accepted": "aceptada",
    "dismissed": "desestimada",
    "first": "primera",
    "second": "segunda",
    "ruc": "RUC",
    "dni": "DNI",
    "violation": "incumple",
    "blocking": "impide",
    "warning": "advierte",
    "info": "informa",
}


def word(code: Any) -> str:
    """The word for a code; a code without one stands for itself."""
    if code is None:
        return "—"
    if isinstance(code, bool):
        return "sí" if code else "no"
    return SEATS.get(str(code)) or _WORDS.get(str(code)) or str(code)


def soles(money: Any) -> str:
    """`S/ 70 000.00` from the API's money; a dash when there is none."""
    amount = money.get("amount") if isinstance(money, dict) else money
    try:
        whole, _, cents = str(amount).partition(".")
        return f"S/ {int(whole):,}".replace(",", " ") + f".{(cents + '00')[:2]}"
    except ValueError:
        return "—"


def short(sha256: Any) -> str:
    """The beginning of a hash, as it is read out and compared."""
    text = str(sha256 or "")
    return f"{text[:16]}…" if len(text) > 16 else text or "—"
