"""What the fund asks of a partner that pays: send, inquire, statement; and its three outcomes.

A call that may have moved money ends as accepted, rejected (a definitive code) or unknown.
Whatever is not plainly one of the first two is unknown: a timeout, a 5xx, a malformed answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol


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

    `not_found` is final only when asked `final_after_s` seconds after the last attempt.
    """

    outcome: Literal["pending", "executed", "rejected", "returned", "not_found"]
    reason_code: str = ""
    execution_id: str = ""
    final_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a partner's statement."""

    line_id: str
    reference: str
    kind: Literal["payment", "return"]
    amount_centimos: int
    business_date: date


class PartnerUnclear(Exception):
    """The partner gave no answer that can be used; nothing is known and nothing changes."""


def sound_lines(lines: Sequence[Line], moved_centimos: int) -> Sequence[Line]:
    """The lines, if each stands once, is of some amount, and together they moved the balance as
    far as it moved; raises PartnerUnclear, for a statement is believed whole or not at all."""
    if len({line.line_id for line in lines}) != len(lines):
        raise PartnerUnclear("a line stands twice")
    if any(line.amount_centimos <= 0 or not line.line_id for line in lines):
        raise PartnerUnclear("a line without an amount or without its number")
    total = sum(
        line.amount_centimos if line.kind == "return" else -line.amount_centimos for line in lines
    )
    if total != moved_centimos:
        raise PartnerUnclear("opening balance and lines do not give the closing balance")
    return lines


class Channel(Protocol):
    """A partner that pays for the fund."""

    name: str

    async def send(self, batch: Batch) -> Sent:
        """Send the batch once; never raises: what is not clear is unknown."""
        ...

    async def inquire(self, batch: Batch) -> Mapping[str, Status]:
        """The partner's word on each reference; raises PartnerUnclear."""
        ...

    async def statement(self, day: date) -> Sequence[Line]:
        """The partner's statement of a day; raises PartnerUnclear when it cannot be trusted
        whole."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
