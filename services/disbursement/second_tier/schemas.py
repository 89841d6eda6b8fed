"""Bodies of the second tier."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from services.disbursement.models import BeneficiaryCheck
from services.disbursement.schemas import Channel
from services.disbursement.second_tier.queries import ChannelView
from services.kernel.schemas import Body, Day, Money, example, identifier

InstructionId = Annotated[str, identifier("ins")]


class DrawIn(Body):
    """How many payments of which channel's statement to draw by lot."""

    model_config = example({"channel": "agrobanco", "business_date": "2026-11-24", "size": 20})

    channel: Channel
    business_date: Day
    size: Annotated[int, Field(ge=1, le=500)]


class DrawOut(Body):
    """What was drawn."""

    instruction_ids: list[InstructionId]


class ReceivedIn(Body):
    """What a beneficiary says was received, and when; zero and no day if nothing was."""

    model_config = example(
        {"amount": {"amount": "1250.50", "currency": "PEN"}, "received_on": "2026-11-20"}
    )

    amount: Money
    received_on: Day | None


class BeneficiaryCheckOut(Body):
    """A payment drawn by lot, and what its beneficiary says of it."""

    instruction_id: InstructionId
    seed: Annotated[str, Field(examples=["ab" * 32])]
    drawn_by: Annotated[str, Field(examples=["operador-1"])]
    drawn_at: datetime
    received: Money | None
    received_on: date | None
    heard_by: Annotated[str, Field(examples=["operador-2"])] | None
    heard_at: datetime | None

    @classmethod
    def of(cls, row: BeneficiaryCheck) -> Self:
        """From its row."""
        received = None if row.amount_centimos is None else Money.of(row.amount_centimos)
        return cls(**row.model_dump(exclude={"amount_centimos"}), received=received)


class ChannelOut(Body):
    """A channel in the period: given = passed on + came back + held. Passed on is what statements
    show. `received` is what those who answered say of the `heard_of` that they were paid;
    `idle_days` is the mean weighed by amounts, with two decimals."""

    channel: Channel
    payments: int
    given: Money
    passed_on: Money
    came_back: Money
    held: Money
    drawn: int
    heard: int
    heard_of: Money
    received: Money
    differing: int
    median_days: int
    longest_days: int
    idle_days: Annotated[str, Field(examples=["1.75"])]

    @classmethod
    def of(cls, view: ChannelView) -> Self:
        """From céntimos."""
        hundredths = (2 * 100 * view.centimo_days + view.given) // (2 * view.given)
        return cls(
            channel=view.channel,
            payments=view.payments,
            given=Money.of(view.given),
            passed_on=Money.of(view.passed_on),
            came_back=Money.of(view.came_back),
            held=Money.of(view.held),
            drawn=view.drawn,
            heard=view.heard,
            heard_of=Money.of(view.heard_of),
            received=Money.of(view.received),
            differing=view.differing,
            median_days=view.median_days,
            longest_days=view.longest_days,
            idle_days=f"{hundredths // 100}.{hundredths % 100:02d}",
        )


class SecondTierOut(Body):
    """Every channel that was given money in the period."""

    channels: list[ChannelOut]

    @classmethod
    def of(cls, views: Sequence[ChannelView]) -> Self:
        """From céntimos."""
        return cls(channels=[ChannelOut.of(view) for view in views])
