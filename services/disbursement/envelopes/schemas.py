"""Bodies of envelopes."""

from typing import Annotated, Self

from pydantic import Field

from services.disbursement.envelopes.queries import EnvelopeView
from services.kernel.schemas import Body, SignedMoney


class EnvelopeOut(Body):
    """An instrument's money within a call; without an envelope it draws on what is for any."""

    channel: Annotated[str, Field(examples=["agroideas"])]
    has_envelope: bool
    available: SignedMoney
    committed: SignedMoney
    in_transit: SignedMoney
    paid_out: SignedMoney

    @classmethod
    def of(cls, view: EnvelopeView) -> Self:
        """From céntimos."""
        return cls(
            channel=view.channel,
            has_envelope=view.has_envelope,
            available=SignedMoney.of(view.available),
            committed=SignedMoney.of(view.committed),
            in_transit=SignedMoney.of(view.in_transit),
            paid_out=SignedMoney.of(view.paid_out),
        )
