"""What the accounts were at any moment. A moment counts by the instant of the use case that moved
the money: one that was still open at the moment may add to it until it commits."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select, text
from sqlmodel import col

from services.disbursement.models import Account
from services.kernel.auth import not_found
from services.kernel.db import AsyncSession

_BEFORE: Final = text("""
SELECT coalesce(sum(entry.amount_centimos), 0)::bigint
FROM entry JOIN transfer ON transfer.id = entry.transfer_id
WHERE entry.account_code = :code
    AND (CAST(:moment AS timestamptz) IS NULL OR transfer.posted_at < :moment)
""")
_ENTRIES: Final = text("""
SELECT * FROM (
    SELECT transfer.id, transfer.kind, entry.amount_centimos, transfer.reference, entry.call_id,
        transfer.agreement_id, transfer.actor, transfer.business_date, transfer.posted_at,
        (sum(entry.amount_centimos) OVER (ORDER BY transfer.id))::bigint AS moved_centimos
    FROM entry JOIN transfer ON transfer.id = entry.transfer_id
    WHERE entry.account_code = :code AND transfer.posted_at <= :until
        AND (CAST(:since AS timestamptz) IS NULL OR transfer.posted_at >= :since)
) AS of_period
WHERE CAST(:after AS text) IS NULL OR id > :after
ORDER BY id LIMIT :limit
""")
_TOTAL: Final = text("""
SELECT count(*), coalesce(sum(entry.amount_centimos), 0)::bigint
FROM entry JOIN transfer ON transfer.id = entry.transfer_id
WHERE entry.account_code = :code AND transfer.posted_at <= :until
    AND (CAST(:since AS timestamptz) IS NULL OR transfer.posted_at >= :since)
""")
_EXPORT: Final = text("""
SELECT transfer.id, transfer.kind, entry.account_code, entry.amount_centimos, entry.call_id,
    transfer.agreement_id, transfer.reference, transfer.actor, transfer.business_date,
    transfer.posted_at
FROM entry JOIN transfer ON transfer.id = entry.transfer_id
WHERE (CAST(:call_id AS text) IS NULL OR entry.call_id = :call_id)
ORDER BY transfer.id, entry.account_code
""")


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One entry of an account within a period, in céntimos: what it held before the period, and
    what the period's entries up to this one come to."""

    opening: int
    transfer_id: str
    kind: str
    amount: int
    reference: str
    call_id: str
    agreement_id: str | None
    actor: str
    business_date: Any
    posted_at: datetime
    moved: int

    @property
    def balance(self) -> int:
        """What the account held after it."""
        return self.opening + self.moved


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account over a period, in céntimos: opening + entries = closing. `entries` is a page of
    the `count` entries."""

    account: Account
    since: datetime | None
    until: datetime
    opening: int
    closing: int
    count: int
    entries: Sequence[BookedEntry]
    more: bool


def accounts(kind: str | None) -> Select[Account]:
    """The accounts, of one kind if named."""
    query = select(Account)
    return query if kind is None else query.where(col(Account.kind) == kind)


async def statement(
    session: AsyncSession,
    code: str,
    *,
    since: datetime | None,
    until: datetime,
    limit: int,
    after: str | None,
) -> AccountStatement:
    """The account's statement from `since` (or its beginning) to `until`, both included.

    Raises Missing for an account that was never opened.
    """
    account = await session.get(Account, code)
    if account is None:
        raise not_found()
    period = {"code": code, "since": since, "until": until}
    opening = 0
    if since is not None:
        opening = int(await session.scalar(_BEFORE, {"code": code, "moment": since}) or 0)
    count, moved = (await session.execute(_TOTAL, period)).one()
    rows = (await session.execute(_ENTRIES, {**period, "after": after, "limit": limit + 1})).all()
    entries = [BookedEntry(opening, *row) for row in rows[:limit]]
    return AccountStatement(
        account, since, until, opening, opening + moved, count, entries, len(rows) > limit
    )


async def exported(
    session: AsyncSession, call_id: str | None, *, piece: int = 10_000
) -> AsyncIterator[Sequence[Any]]:
    """All entries of the ledger, of one call if named, in pieces; one snapshot of it all."""
    await session.execute(text("SET LOCAL statement_timeout = '5min'"))
    found = await session.stream(
        _EXPORT, {"call_id": call_id}, execution_options={"yield_per": piece}
    )
    async for rows in found.partitions(piece):
        yield rows
