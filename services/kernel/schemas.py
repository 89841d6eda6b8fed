"""The JSON face of values: strict bodies, money, identifiers and texts that PostgreSQL can hold."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from services.kernel.ids import id_pattern
from services.kernel.values import (
    AMOUNT_PATTERN,
    CCI_PATTERN,
    DNI_PATTERN,
    RUC_PATTERN,
    is_ruc,
    to_amount,
    to_centimos,
)

LINE_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
PROSE_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE_PATTERN)]
"""One line of text, at most 200 characters, no control characters."""
Prose = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=PROSE_PATTERN)]
"""Text of several lines, at most 4 000 characters."""
Count = Annotated[int, Field(strict=True, ge=0, le=2_000_000_000)]
Flag = Annotated[bool, Field(strict=True)]


def _checked_ruc(value: str) -> str:
    if not is_ruc(value):
        raise ValueError("the RUC's check digit is wrong")
    return value


Ruc = Annotated[str, StringConstraints(pattern=RUC_PATTERN), AfterValidator(_checked_ruc)]
Dni = Annotated[str, StringConstraints(pattern=DNI_PATTERN)]
Cci = Annotated[str, StringConstraints(pattern=CCI_PATTERN)]
Sha256 = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{64}$"),
    Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]),
]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(_DAY.pattern + r"T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


def _written(form: re.Pattern[str], kind: type[date], cure: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if isinstance(value, kind) or (isinstance(value, str) and form.fullmatch(value)):
            return value
        raise ValueError(cure)

    return check


DAY_TEXT: Final = BeforeValidator(
    _written(_DAY, date, "use una fecha AAAA-MM-DD"), json_schema_input_type=date
)
Day = Annotated[date, DAY_TEXT]
"""A calendar day, only as YYYY-MM-DD: Pydantic alone would also take seconds since 1970."""
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(
        _written(_INSTANT, datetime, "use un instante como 2026-03-02T15:00:00Z"),
        json_schema_input_type=datetime,
    ),
]
"""A moment with its offset, only as RFC 3339 writes it."""


def identifier(prefix: str) -> Any:
    """The annotation of an identifier field: a string that must carry this prefix."""
    return StringConstraints(pattern=id_pattern(prefix), max_length=64)


def example(body: dict[str, Any]) -> ConfigDict:
    """The configuration of a body that shows an example in the OpenAPI."""
    return ConfigDict(json_schema_extra={"example": body})


class Body(BaseModel):
    """A request or response body: unknown fields are refused, nothing is changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _checked_amount(value: str) -> str:
    to_centimos(value)
    return value


class Money(Body):
    """An amount of soles as decimal text; never a float, at most S/ 10^12, two decimals."""

    model_config = example({"amount": "1234.50", "currency": "PEN"})

    amount: Annotated[
        str,
        StringConstraints(pattern=AMOUNT_PATTERN, max_length=16),
        AfterValidator(_checked_amount),
    ]
    currency: Literal["PEN"] = "PEN"

    @property
    def centimos(self) -> int:
        """The amount in integer céntimos, as the database and the ledger keep it."""
        return to_centimos(self.amount)

    @classmethod
    def of(cls, centimos: int) -> Self:
        """Money of a non-negative amount in céntimos."""
        return cls(amount=to_amount(centimos))


class SignedMoney(Body):
    """A balance: like Money, but a debt or the treasury's side may be negative."""

    amount: Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,15}\.[0-9]{2}$")]
    currency: Literal["PEN"] = "PEN"

    @classmethod
    def of(cls, centimos: int) -> Self:
        """The signed amount of a balance in céntimos."""
        return cls(amount=to_amount(centimos))


Item = TypeVar("Item", bound=BaseModel)


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    data: list[Item]
    next_cursor: Annotated[str | None, Field(examples=[None])]
