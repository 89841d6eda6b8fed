"""Tables of the ledger. Triggers of the migrations hold the rest: a transfer has two sides that sum
to zero, entries alone move a balance, nothing written is changed, and the transfers of each
transaction are sealed as one block of a chain at its commit."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, text_column
from services.kernel.db import centimos_column, instant_column


class Account(Table, table=True):
    """A ledger account; its balance is kept by the trigger on entries alone."""

    __table_args__ = (
        CheckConstraint("may_overdraw OR balance_centimos >= 0", name="not_overdrawn"),
        CheckConstraint(
            "kind IN ('treasury', 'available', 'committed', 'in_transit', 'grants', 'loans',"
            " 'accounted', 'recoveries', 'outside', 'interest_owed', 'interest_collected',"
            " 'overpaid')",
            name="kind_known",
        ),
        CheckConstraint(
            "may_overdraw = (kind IN ('treasury', 'outside'))", name="only_sources_overdraw"
        ),
    )

    code: str = text_column(primary_key=True)
    kind: str = text_column()
    may_overdraw: bool = Field(default=False, nullable=False)
    balance_centimos: int = Field(
        default=0, sa_column=Column(BigInteger, server_default="0", nullable=False)
    )
    opened_at: datetime = instant_column()


class Transfer(Table, table=True):
    """One move of money: immutable, balanced, with the identifier its maker gave it."""

    __table_args__ = (
        CheckConstraint(
            "kind IN ('allocate', 'commit', 'instruct', 'settle', 'return', 'release', 'account',"
            " 'repay', 'recover', 'disallow', 'accrue', 'pay_interest', 'overpay')",
            name="kind_known",
        ),
        CheckConstraint("amount_centimos > 0", name="amount_positive"),
        CheckConstraint(
            "(kind = 'settle') <= (pending_id IS NOT NULL)", name="settles_an_instruct"
        ),
        Index(
            "uq_transfer_once",
            "reference",
            unique=True,
            postgresql_where=text(
                "kind IN ('account', 'recover', 'disallow') AND reference NOT LIKE 'tra%'"
            ),
        ),
        *(
            Index(
                f"uq_transfer_{name}",
                name,
                unique=True,
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("pending_id", "reverses")
        ),
    )

    id: str = text_column(primary_key=True)
    kind: str = text_column()
    amount_centimos: int = centimos_column()
    call_id: str = text_column()
    agreement_id: str | None = optional_text()
    reference: str = text_column(index=True)
    pending_id: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="transfer.id"
    )
    reverses: str | None = Field(
        default=None, sa_type=Text, nullable=True, foreign_key="transfer.id"
    )
    actor: str = text_column()
    business_date: date = Field(nullable=False)
    posted_at: datetime = instant_column()
    tx: int = Field(
        default=None,
        sa_column=Column(
            BigInteger,
            server_default=text("(pg_current_xact_id()::text::bigint)"),
            nullable=False,
            index=True,
        ),
    )


class LedgerBlock(Table, table=True):
    """The transfers of one transaction, sealed at its commit and chained to the block before."""

    __tablename__ = "ledger_block"
    __table_args__ = (
        UniqueConstraint("tx"),
        UniqueConstraint("prev_hash"),
        UniqueConstraint("hash"),
    )

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tx: int = Field(sa_column=Column(BigInteger, nullable=False))
    transfers: int = Field(nullable=False)
    content_hash: bytes = Field(sa_type=LargeBinary, nullable=False)
    prev_hash: bytes = Field(sa_type=LargeBinary, nullable=False)
    hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class LedgerSeal(Table, table=True):
    """A transaction whose transfers await their seal at its commit; empty between transactions."""

    __tablename__ = "ledger_seal"

    tx: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class Entry(Table, table=True):
    """One side of a transfer: what an account gained (positive) or gave (negative).
    That transfer and account are there is held by the trigger that moves the balances."""

    __table_args__ = (
        CheckConstraint("amount_centimos <> 0", name="amount_not_zero"),
        Index("ix_entry_account_code_transfer_id", "account_code", "transfer_id"),
    )

    transfer_id: str = text_column(primary_key=True)
    account_code: str = text_column(primary_key=True)
    amount_centimos: int = centimos_column()
    call_id: str = text_column(index=True)
