"""Bodies of daily closings."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from services.disbursement import models
from services.disbursement.events import InstructionId
from services.disbursement.schemas import Channel, ReconciliationIn
from services.kernel.schemas import Body, Money, Sha256, SignedMoney, identifier

ClosingId = Annotated[str, identifier("clo")]


class ClosingIn(ReconciliationIn):
    """Which channel's day in Lima to close."""


class SideOut(Body):
    """What a side says was paid, came back, and was repaid of loans."""

    paid: Money
    returned: Money
    repaid: Money


class BalancesOut(Body):
    """What the statement opens and closes with. `unexplained`: how far its lines that we hold are
    from leading from one to the other; it is part of the difference."""

    opening: SignedMoney
    closing: SignedMoney
    unexplained: SignedMoney


class DifferenceOut(Body):
    """What stands on one side only; without a case it still waits for its line or its word."""

    kind: Literal["payment", "return", "repayment"]
    reference: str
    line_id: str | None
    instruction_id: InstructionId | None
    ledger: Money | None
    statement: Money | None
    case_id: Annotated[str, identifier("cas")] | None

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """From céntimos."""
        names = ("kind", "reference", "line_id", "instruction_id", "case_id")
        sides = {
            side: None if kept[f"{side}_centimos"] is None else Money.of(kept[f"{side}_centimos"])
            for side in ("ledger", "statement")
        }
        return cls(**{name: kept[name] for name in names}, **sides)


class ClosingOut(Body):
    """A channel's day closed: balanced when nothing stands on one side only. The difference is the
    sum of what does; a later version cites the one that it takes the place of."""

    id: ClosingId
    channel: Channel
    business_date: date
    version: int
    supersedes: ClosingId | None
    ledger: SideOut
    statement: SideOut
    balances: BalancesOut | None
    difference: Money
    differences_count: int
    balanced: bool
    content_sha256: Sha256
    made_by: Annotated[str, Field(examples=["operador-1"])]
    made_at: datetime

    @classmethod
    def of(cls, row: models.Closing) -> Self:
        """From céntimos."""
        return cls(
            id=row.id,
            channel=row.channel,
            business_date=row.business_date,
            version=row.version,
            supersedes=row.supersedes,
            ledger=_side(
                row.ledger_paid_centimos, row.ledger_returned_centimos, row.ledger_repaid_centimos
            ),
            statement=_side(
                row.statement_paid_centimos,
                row.statement_returned_centimos,
                row.statement_repaid_centimos,
            ),
            balances=_balances(row),
            difference=Money.of(row.difference_centimos),
            differences_count=row.differences_count,
            balanced=row.balanced,
            content_sha256=row.content_sha256,
            made_by=row.made_by,
            made_at=row.made_at,
        )


def _balances(row: models.Closing) -> BalancesOut | None:
    opening, closing = row.statement_opening_centimos, row.statement_closing_centimos
    if opening is None or closing is None:
        return None
    came = row.statement_returned_centimos + row.statement_repaid_centimos
    moved = came - row.statement_paid_centimos
    return BalancesOut(
        opening=SignedMoney.of(opening),
        closing=SignedMoney.of(closing),
        unexplained=SignedMoney.of(closing - opening - moved),
    )


def _side(paid: int, returned: int, repaid: int) -> SideOut:
    return SideOut(paid=Money.of(paid), returned=Money.of(returned), repaid=Money.of(repaid))


class ClosingWhole(ClosingOut):
    """A closing with its differences: the first 500, each with its case."""

    differences: list[DifferenceOut]

    @classmethod
    def of(cls, row: models.Closing) -> Self:
        """From céntimos."""
        return cls(
            **ClosingOut.of(row).model_dump(),
            differences=[DifferenceOut.of(one) for one in row.differences],
        )
