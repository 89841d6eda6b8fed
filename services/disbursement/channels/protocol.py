"""What the fund asks of a partner that pays: send, inquire, statement; and its three outcomes.

A call that may have moved money ends as accepted, rejected (a definitive code) or unknown.
Whatever is not plainly one of the first two is unknown: a timeout, a 5xx, a malformed answer.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, overload

from services.kernel.values import MAX_CENTIMOS


@dataclass(frozen=True, slots=True)
class Payment:
    """One instruction as the partner sees it."""

    reference: str
    beneficiary_name: str
    beneficiary_document: str
    beneficiary_cci: str
    amount_centimos: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The payments of one tranche under one lineage.

    `message_id` and `released_at` never change for it, so that a file written twice is the same
    to the byte.
    """

    message_id: str
    released_at: datetime
    agreement_id: str
    concept: str
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a send led to."""

    outcome: Literal["accepted", "rejected", "unknown"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What the partner says of one reference.

    `not_found` is final only when asked `final_after_s` seconds after the last attempt; `on` is
    the day of the statement that says so, if one does.
    """

    outcome: Literal["pending", "executed", "rejected", "returned", "not_found"]
    reason_code: str = ""
    execution_id: str = ""
    final_after_s: int = 0
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a partner's statement. A repayment is money of others for a loan; it names who
    paid (DNI or RUC) and the bank's own number of the operation, where the partner tells them."""

    line_id: str
    reference: str
    kind: Literal["payment", "return", "repayment"]
    amount_centimos: int
    business_date: date
    payer: str = ""
    operation: str = ""


class Lines(Sequence[Line]):
    """The lines of one day, held as columns: a fifth of what they take as objects."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.balances: tuple[int, int] | None = None
        """Opening and closing, in céntimos, where the statement gives one of each."""
        self._texts = bytearray()
        self._ends = array("q", [0])
        self._centimos = array("q")

    def append(self, line: Line) -> None:
        """Add a line of the day; raises ValueError for another day's, and for an amount that no
        line of ours can have."""
        if line.business_date != self.day or abs(line.amount_centimos) > MAX_CENTIMOS:
            raise ValueError(f"not a line of {self.day}: {line!r:.200}")
        told = (line.line_id, line.reference, line.kind, line.payer, line.operation)
        text = "\n".join(told)
        self._texts += text.encode()
        self._ends.append(len(self._texts))
        self._centimos.append(line.amount_centimos)

    def __len__(self) -> int:
        return len(self._centimos)

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | Sequence[Line]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        text = self._texts[self._ends[place] : self._ends[place + 1]].decode()
        line_id, reference, kind, payer, operation = text.split("\n")
        return Line(line_id, reference, kind, self._centimos[place], self.day, payer, operation)  # type: ignore[arg-type]


class PartnerUnclear(Exception):
    """The partner gave no answer that can be used; nothing is known and nothing changes."""


def sound_lines(lines: Lines, opening: int, closing: int) -> Lines:
    """The lines with their balances in céntimos, if each stands once, is of some amount, and
    together they moved the balance as far as it moved; raises PartnerUnclear, for a statement is
    believed whole or not at all."""
    if moved_by(lines) != closing - opening:
        raise PartnerUnclear("opening balance and lines do not give the closing balance")
    lines.balances = (opening, closing)
    return lines


def moved_by(lines: Lines) -> int:
    """How far the lines move a balance, in céntimos; raises PartnerUnclear unless each stands once
    and is of some amount."""
    seen: set[str] = set()
    total = 0
    for line in lines:
        if line.amount_centimos <= 0 or not line.line_id:
            raise PartnerUnclear("a line without an amount or without its number")
        seen.add(line.line_id)
        total += -line.amount_centimos if line.kind == "payment" else line.amount_centimos
    if len(seen) != len(lines):
        raise PartnerUnclear("a line stands twice")
    return total


class Channel(Protocol):
    """A partner that pays for the fund."""

    name: str

    async def send(self, batch: Batch) -> Sent:
        """Send the batch once; never raises: what is not clear is unknown."""
        ...

    async def inquire(self, batch: Batch) -> Mapping[str, Status]:
        """The partner's word on each reference; raises PartnerUnclear."""
        ...

    async def statement(self, day: date) -> Lines:
        """The partner's statement of a day; raises PartnerUnclear when it cannot be trusted
        whole."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
