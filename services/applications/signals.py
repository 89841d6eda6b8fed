"""The gate before an evaluation: signals of a paper organisation are resolved in writing first."""

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from services.kernel.errors import Conflict, Missing, Unavailable


class Source(Protocol):
    """Whoever reads the other rooms."""

    async def read(self, room: str, path: str) -> dict[str, Any]:
        """The body of `GET <room><path>`; raises Missing and Unavailable."""


class SignalsReader(BaseModel):
    """What we read of an assessment's signals; `open` ones lack a confirmed resolution."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    level: str
    open: int


async def check_resolved(neighbours: Source, assessment_id: str) -> None:
    """Refuse while the level is not clear and a signal is open (LPAG IV.1.11, verdad material).

    Raises applications.signals_open, and Unavailable when the room `eligibility` cannot say.
    """
    try:
        body = await neighbours.read("eligibility", f"/v1/assessments/{assessment_id}/signals")
        read = SignalsReader.model_validate(body)
    except (Missing, ValidationError) as error:
        raise Unavailable(
            "applications.signals_unknown",
            "No se pudo leer las señales de la evaluación de elegibilidad; no se registró nada."
            " Vuelva a intentarlo.",
            retry_after_s=5,
        ) from error
    if read.level != "clear" and read.open:
        raise Conflict(
            "applications.signals_open",
            f"La elegibilidad quedó en «{read.level}» con {read.open} señales sin resolver."
            " Resuelva cada señal por escrito en la evaluación de elegibilidad y haga que otra"
            " persona de la secretaría lo confirme; después registre la evaluación técnica.",
        )
