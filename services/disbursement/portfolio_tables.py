"""When each tranche came into each state: written by a trigger alone, never changed."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity
from sqlmodel import Field

from services.disbursement.tables import Table, reference, text_column
from services.kernel.db import instant_column


class TranchePassage(Table, table=True):
    """A tranche's entry into a state."""

    __tablename__ = "tranche_passage"

    number: int = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    tranche_id: str = reference("tranche.id", index=True)
    state: str = text_column()
    entered_at: datetime = instant_column()
