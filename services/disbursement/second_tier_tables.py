"""Table of the beneficiaries who are asked what they received."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, text_column
from services.kernel.db import instant_column


class BeneficiaryCheck(Table, table=True):
    """A payment drawn by lot whose beneficiary is asked: who drew it does not hear the answer."""

    __tablename__ = "beneficiary_check"
    __table_args__ = (
        CheckConstraint("heard_by <> drawn_by", name="hearer_is_another"),
        CheckConstraint(
            "(heard_by IS NULL) = (amount_centimos IS NULL)"
            " AND (heard_by IS NULL) = (heard_at IS NULL)",
            name="heard_whole",
        ),
        CheckConstraint("amount_centimos >= 0", name="amount_not_negative"),
        CheckConstraint(
            "(received_on IS NOT NULL) = (coalesce(amount_centimos, 0) > 0)", name="day_of_receipt"
        ),
    )

    instruction_id: str = Field(sa_type=Text, primary_key=True, foreign_key="instruction.id")
    seed: str = text_column()
    drawn_by: str = text_column()
    drawn_at: datetime = instant_column()
    amount_centimos: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    received_on: date | None = Field(default=None, nullable=True)
    heard_by: str | None = optional_text()
    heard_at: datetime | None = instant_column(nullable=True)
