"""Bodies of the log of partners' messages."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from services.disbursement.inbound_tables import InboundMessage
from services.kernel.ids import id_pattern
from services.kernel.schemas import Body

Outcome = Literal["applied", "repeated", "case", "refused"]


class MessageOut(Body):
    """A delivery: the same message id stands as often as it came. `case`: it contradicts our
    books and waits for a person. `refused`: its reference is none of ours."""

    id: Annotated[
        str,
        Field(pattern=id_pattern("inm"), examples=["inm_01k9v1q0m5f3tt0p6k1s9w2r4e"]),
    ]
    message_id: Annotated[str, Field(examples=["evt_4f1d2c3b4a5968778695a4b3"])]
    type: Annotated[str, Field(examples=["payment.executed"])]
    reference: Annotated[str, Field(examples=["01k9v1q0m5f3tt0p6k1s9w2r4e-01"])]
    outcome: Outcome
    sha256: Annotated[str, Field(examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])]
    bytes: int
    received_at: datetime

    @classmethod
    def of(cls, row: InboundMessage) -> Self:
        """From its row."""
        return cls.model_validate(row.model_dump(include=set(cls.model_fields)))
