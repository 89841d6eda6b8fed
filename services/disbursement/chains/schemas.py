"""The body of a chain."""

from collections.abc import Sequence
from typing import Self

from services.disbursement.models import Instruction
from services.disbursement.schemas import InstructionOut
from services.kernel.schemas import Body, Money


class ChainOut(Body):
    """One payment through all its attempts, the oldest first; `paid` is what stayed paid, and at
    most one link of a chain is."""

    links: list[InstructionOut]
    paid: Money

    @classmethod
    def of(cls, links: Sequence[Instruction], *, masked: bool) -> Self:
        """From its instructions in order."""
        paid = sum(one.amount_centimos for one in links if one.state == "settled")
        return cls(
            links=[InstructionOut.of(one, masked=masked) for one in links], paid=Money.of(paid)
        )
