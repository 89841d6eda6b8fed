"""The plan of an application as bodies show it: budget lines, tranches and their sums."""

from typing import Annotated, Any, Self

from pydantic import Field

from services.applications import domain
from services.kernel.schemas import Body, Line, Money, Prose, example
from services.kernel.values import to_centimos
from services.kernel.working_days import MAX_WORKING_DAYS

BUDGET_LINES_MAX = 200
TRANCHES_MAX = 24

Instrument = domain.Instrument


def in_soles(soles: int) -> dict[str, str]:
    """An example's amount."""
    return {"amount": f"{soles}.00", "currency": "PEN"}


PLAN_EXAMPLE: dict[str, Any] = {
    "title": "Centro de acopio de palta Hass en Huanta",
    "summary": "Acopio, selección y venta de palta a la empresa tractora.",
    "budget_lines": [
        {
            "line_no": 1,
            "item": "Línea de selección",
            "description": "Faja de selección de 2 t por hora, instalada.",
            "total": in_soles(100_000),
            "agroideas": in_soles(70_000),
            "agrobanco": in_soles(10_000),
            "own": in_soles(20_000),
        }
    ],
    "tranches": [
        {
            "sequence": 1,
            "channel": "agroideas",
            "amount": in_soles(70_000),
            "milestone": "Contrato de compra firmado",
            "evidence": "Contrato firmado y legalizado.",
            "due_working_days": 30,
        },
        {
            "sequence": 1,
            "channel": "agrobanco",
            "amount": in_soles(10_000),
            "milestone": "Inicio de campaña",
            "evidence": None,
            "due_working_days": None,
        },
    ],
}


class BudgetLine(Body):
    """One line of the budget (partida): its cost and who pays which part of it."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=9999)]
    item: Line
    description: Prose
    total: Money
    agroideas: Money
    agrobanco: Money
    own: Money


class PlannedTranche(Body):
    """One payment of the plan (desembolso), the milestone (hito) it waits for, what shows that the
    milestone is met, and by when, in working days from the signing of the agreement."""

    sequence: Annotated[int, Field(strict=True, ge=1, le=TRANCHES_MAX)]
    channel: Instrument
    amount: Money
    milestone: Line
    evidence: Line | None = None
    due_working_days: Annotated[int, Field(strict=True, ge=1, le=MAX_WORKING_DAYS)] | None = None


class Plan(Body):
    """The business plan (plan de negocios); a draft may still lack lines and tranches."""

    model_config = example(PLAN_EXAMPLE)

    title: Line
    summary: Prose
    budget_lines: Annotated[list[BudgetLine], Field(max_length=BUDGET_LINES_MAX)]
    tranches: Annotated[list[PlannedTranche], Field(max_length=TRANCHES_MAX)]

    def stored(self) -> dict[str, Any]:
        """The plan with integer céntimos, as the database keeps it."""
        plan = self.model_dump()
        for line in plan["budget_lines"]:
            line.update({name: to_centimos(line[name]["amount"]) for name in domain.AMOUNTS})
        for tranche in plan["tranches"]:
            tranche["amount"] = to_centimos(tranche["amount"]["amount"])
        return plan

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """The body of a stored plan."""
        return cls.model_validate(domain.plan_as_shown(stored))


class Budget(Body):
    """Sums over the plan's budget lines: the cost, and what each source pays."""

    total: Money
    agroideas: Money
    agrobanco: Money
    own: Money

    @classmethod
    def of(cls, stored_plan: dict[str, Any]) -> Self:
        """The sums of a stored plan."""
        totals = domain.plan_totals(stored_plan)
        return cls.model_validate({name: Money.of(totals[name]) for name in totals})
