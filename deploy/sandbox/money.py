"""Soles as text with two decimals outside, integer céntimos inside."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CURRENCY = "PEN"


class Money(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    amount: str = Field(pattern=r"^(0|[1-9]\d{0,12})\.\d{2}$", examples=["1234.50"])
    currency: Literal["PEN"] = Field(examples=["PEN"])


def cents(text: str) -> int:
    return int(Decimal(text).scaleb(2))


def decimal_of(amount_cents: int) -> Decimal:
    return Decimal(amount_cents).scaleb(-2).quantize(Decimal("0.01"))


def text_of(amount_cents: int) -> str:
    return str(decimal_of(amount_cents))


def money_of(amount_cents: int) -> dict[str, str]:
    return {"amount": text_of(amount_cents), "currency": CURRENCY}
