"""How an application may end before it is executed, and what the consortium is told of it."""

from typing import Final

AFTER_BALLOT: Final = {"rejected": "rejected", "lapsed": "deferred", "deferred": "deferred"}
REASONS: Final = {
    "waived": "El consorcio no subsanará las observaciones.",
    "term": "Venció el plazo de subsanación.",
    "expired": "Venció el plazo de espera: el presupuesto de la convocatoria no alcanza.",
    "rejected": "El consejo directivo denegó la solicitud.",
    "terminated": "El convenio fue resuelto antes de su término.",
    "deferred": "La votación no tuvo quórum en segunda convocatoria o quedó aplazada.",
}
