"""Bodies of final reports and of what a closing still needs."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from services.disbursement import models
from services.disbursement.events import AgreementId
from services.kernel.errors import FieldError
from services.kernel.schemas import Body, Prose, Sha256, example, identifier

_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class FinalReportIn(Body):
    """What was achieved, how the money was spent, and the hash of the whole document."""

    model_config = example(
        {
            "results": "La línea de selección trabaja desde marzo y vende a la empresa tractora.",
            "spending": "Se gastó todo lo desembolsado; nada queda por devolver.",
            "document_sha256": _SHA,
        }
    )

    results: Prose
    spending: Prose
    document_sha256: Sha256


class FinalObservationIn(Body):
    """What the report lacks."""

    model_config = example({"reason": "Falta el detalle de las ventas."})

    reason: Prose


class FinalReportOut(Body):
    """A final report (informe final) and what was said of it."""

    id: Annotated[str, identifier("fin")]
    agreement_id: AgreementId
    results: str
    spending: str
    document_sha256: Sha256
    state: Literal["filed", "approved", "observed"]
    filed_by: Annotated[str, Field(examples=["representante-1"])]
    filed_at: datetime
    judged_by: Annotated[str, Field(examples=["secretaria-1"])] | None
    judged_at: datetime | None
    reason: str | None
    version: int

    @classmethod
    def of(cls, row: models.FinalReport) -> Self:
        """From its row."""
        return cls(**row.model_dump(exclude={"consortium_id"}))


class MissingOut(Body):
    """One thing that keeps an agreement from being closed."""

    part: Annotated[str, Field(examples=["claims"])]
    detail: str

    @classmethod
    def of(cls, fault: FieldError) -> Self:
        """From the refusal that it would be."""
        return cls(part=fault.pointer.removeprefix("/"), detail=fault.detail)


class SettlementOut(Body):
    """Whether an agreement may be closed, and all that is missing."""

    agreement_id: AgreementId
    settled: bool
    missing: list[MissingOut]
