"""How an application may end before it is executed, and what the consortium is told of it."""

from datetime import timedelta
from typing import Final

ILLEGAL: Final = "applications.illegal_transition"
EVENT_DELAY: Final = timedelta(minutes=1)
"""How long the event of a state that a room already has may still be on its way."""
BUDGET_PAUSE: Final = timedelta(days=1)

AFTER_BALLOT: Final = {"rejected": "rejected", "lapsed": "deferred", "deferred": "deferred"}
REASONS: Final = {
    "waived": "El consorcio no subsanará las observaciones.",
    "term": "Venció el plazo de subsanación.",
    "expired": "Venció el plazo de espera: el presupuesto de la convocatoria no alcanza.",
    "rejected": "El consejo directivo denegó la solicitud.",
    "terminated": "El convenio fue resuelto antes de su término.",
    "deferred": "La votación no tuvo quórum en segunda convocatoria o quedó aplazada.",
}
