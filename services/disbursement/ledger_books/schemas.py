"""Bodies of the ledger's readers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from services.disbursement.ledger_books.queries import AccountStatement, BookedEntry
from services.disbursement.models import Account
from services.disbursement.schemas import AccountOut
from services.kernel.schemas import Body, Day, SignedMoney, identifier


class BookedEntryOut(Body):
    """One entry of an account and the balance after it."""

    transfer_id: Annotated[str, identifier("trf")]
    kind: Annotated[str, Field(examples=["settle"])]
    amount: SignedMoney
    balance: SignedMoney
    reference: Annotated[str, Field(examples=["01k9v1q0m5f3tt0p6k1s9w2r4e-01"])]
    call_id: Annotated[str, identifier("cal")]
    agreement_id: Annotated[str, identifier("agr")] | None
    actor: Annotated[str, Field(examples=["operador-1"])]
    business_date: Day
    posted_at: datetime

    @classmethod
    def of(cls, entry: BookedEntry) -> Self:
        """From céntimos."""
        return cls(
            transfer_id=entry.transfer_id,
            kind=entry.kind,
            amount=SignedMoney.of(entry.amount),
            balance=SignedMoney.of(entry.balance),
            reference=entry.reference,
            call_id=entry.call_id,
            agreement_id=entry.agreement_id,
            actor=entry.actor,
            business_date=entry.business_date,
            posted_at=entry.posted_at,
        )


class AccountStatementOut(Body):
    """An account over a period: opening plus all its entries is closing. `data` is a page of the
    entries; `count` is how many there are."""

    account: Annotated[str, Field(examples=["channel:agroideas:in_transit"])]
    since: datetime | None
    until: datetime
    opening: SignedMoney
    closing: SignedMoney
    count: int
    data: list[BookedEntryOut]
    next_cursor: str | None

    @classmethod
    def of(cls, found: AccountStatement, next_cursor: str | None) -> Self:
        """From céntimos."""
        return cls(
            account=found.account.code,
            since=found.since,
            until=found.until,
            opening=SignedMoney.of(found.opening),
            closing=SignedMoney.of(found.closing),
            count=found.count,
            data=[BookedEntryOut.of(entry) for entry in found.entries],
            next_cursor=next_cursor,
        )


def account_out(row: Account) -> AccountOut:
    """The account and what it holds now."""
    return AccountOut(code=row.code, kind=row.kind, balance=SignedMoney.of(row.balance_centimos))
