"""Bodies of amendments."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from services.disbursement import models
from services.disbursement.addenda import documents, rules
from services.disbursement.events import AgreementId, ApplicationId
from services.kernel.schemas import Body, Line, Money, Prose, Sha256, example, identifier

AddendumId = Annotated[str, identifier("add")]
State = Literal["drafted", "in_board", "approved", "in_force", "refused", "withdrawn"]
_SOURCES = ("total", *rules.SOURCES)


def _soles(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "PEN"}


PLAN_EXAMPLE = {
    "title": "Acopio de palta del Mantaro",
    "summary": "Acopio, selección y venta de palta a la empresa tractora.",
    "budget_lines": [
        {
            "line_no": 1,
            "item": "Línea de selección",
            "description": "Faja de selección de 2 t por hora, instalada.",
            "total": _soles("100000.00"),
            "agroideas": _soles("70000.00"),
            "agrobanco": _soles("10000.00"),
            "own": _soles("20000.00"),
        }
    ],
    "tranches": [
        {
            "sequence": 1,
            "channel": "agroideas",
            "amount": _soles("70000.00"),
            "milestone": "Contrato de compra firmado",
            "evidence": "Contrato firmado y legalizado.",
            "due_working_days": 45,
        },
        {
            "sequence": 1,
            "channel": "agrobanco",
            "amount": _soles("10000.00"),
            "milestone": "Inicio de campaña",
        },
    ],
}


class AmendedLine(Body):
    """One line of the budget (partida): its cost and who pays which part of it."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=9999)]
    item: Line
    description: Prose
    total: Money
    agroideas: Money
    agrobanco: Money
    own: Money

    def stored(self) -> dict[str, Any]:
        """The line with integer céntimos."""
        texts = self.model_dump(exclude=set(_SOURCES))
        return texts | {f"{name}_centimos": getattr(self, name).centimos for name in _SOURCES}


class AmendedTranche(Body):
    """One payment (desembolso), its milestone, and by when: in working days from the signing of the
    agreement, not of the addendum."""

    sequence: Annotated[int, Field(strict=True, ge=1, le=200)]
    channel: Literal["agroideas", "agrobanco"]
    amount: Money
    milestone: Line
    evidence: Line | None = None
    due_working_days: Annotated[int, Field(strict=True, ge=1, le=366)] | None = None

    @model_validator(mode="after")
    def positive(self) -> Self:
        """Nothing is paid by an amount of zero."""
        if self.amount.centimos == 0:
            raise ValueError("the amount must be more than zero")
        return self

    def stored(self) -> dict[str, Any]:
        """The tranche with integer céntimos."""
        return self.model_dump(exclude={"amount"}) | {"amount_centimos": self.amount.centimos}


class AmendedPlan(Body):
    """The whole plan as it is to be, not only what changes."""

    model_config = example(PLAN_EXAMPLE)

    title: Line
    summary: Prose
    budget_lines: Annotated[list[AmendedLine], Field(min_length=1, max_length=200)]
    tranches: Annotated[list[AmendedTranche], Field(min_length=1, max_length=200)]

    def stored(self) -> dict[str, Any]:
        """The plan as the agreement keeps it."""
        return {
            "title": self.title,
            "summary": self.summary,
            "budget_lines": [line.stored() for line in self.budget_lines],
            "tranches": [one.stored() for one in self.tranches],
        }


class AddendumIn(Body):
    """What is to change, and why."""

    model_config = example(
        {"reason": "La faja llega un mes más tarde por el flete.", "plan": PLAN_EXAMPLE}
    )

    reason: Prose
    plan: AmendedPlan


class AddendumEndIn(Body):
    """Why the addendum ends."""

    model_config = example({"reason": "El proveedor mantuvo su fecha."})

    reason: Prose


class AddendumOut(Body):
    """An amendment (adenda), with what it changes; `proposal` has the hash `proposal_sha256`."""

    id: AddendumId
    agreement_id: AgreementId
    application_id: ApplicationId
    number: int
    state: State
    route: Literal["secretariat", "board"]
    reason: str
    changes: dict[str, Any]
    proposal: dict[str, Any]
    proposal_sha256: Sha256
    due_on: date
    drafted_by: Annotated[str, Field(examples=["representante-1"])]
    drafted_at: datetime
    approver: Annotated[str, Field(examples=["secretaria-1"])] | None
    decision_id: Annotated[str, identifier("dec")] | None
    ballot_id: Annotated[str, identifier("bal")] | None
    document_version: int | None
    decided_at: datetime | None
    in_force_at: datetime | None
    ended_by: Annotated[str, Field(examples=["secretaria-1"])] | None
    end_reason: str | None
    version: int

    @classmethod
    def of(cls, row: models.Addendum) -> Self:
        """From its row."""
        hidden = {"plan", "former_plan", "consortium_id", "resolution_result"}
        return cls(**row.model_dump(exclude=hidden), proposal=documents.proposal_of(row))
