"""The double-entry ledger: named moves of integer céntimos between accounts.

Every move is one immutable transfer with two entries that sum to zero. PostgreSQL keeps the
balances (trigger on entries), refuses an overdraft (check), an unbalanced transfer (deferred
trigger) and any change of what is written. Reserving and settling are two phases: an `instruct`
is settled or returned exactly once (`pending_id` is unique).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, text
from sqlmodel import col

from services.disbursement.models import Account, Entry
from services.kernel import tracing
from services.kernel.clock import lima_date
from services.kernel.db import AsyncSession
from services.kernel.ids import new_id
from services.kernel.work import Work

TREASURY: Final = "treasury"
KIND_OF_SUFFIX: Final = {
    "available": "available",
    "committed": "committed",
    "in_transit": "in_transit",
    "grants": "grants",
    "loans": "loans",
    "accounted": "accounted",
    "interest_owed": "interest_owed",
    "overpaid": "overpaid",
}
KIND_OF_PREFIX: Final = {
    "recoveries": "recoveries",
    "interest": "interest_collected",
    "outside": "outside",
}
SOURCES: Final = ("treasury", "outside")
"""The kinds of account from which money comes into the books: they may be below zero."""

PAID_OUT: Final = ("grants", "loans", "accounted", "recoveries")
"""The kinds of account that hold what has left the fund."""


def available(call_id: str, channel: str | None = None) -> str:
    """What a call still has to give: the envelope of one instrument, or what any may use."""
    return f"call:{call_id}:available" + (f":{channel}" if channel else "")


def committed(agreement_id: str, channel: str | None = None) -> str:
    """What is promised to an agreement through a channel and not yet instructed. A tranche names
    its account: those drawn up before there were envelopes share one without a channel."""
    return f"agreement:{agreement_id}:committed" + (f":{channel}" if channel else "")


def in_transit(channel: str) -> str:
    """What a channel was told to pay and has not yet confirmed."""
    return f"channel:{channel}:in_transit"


def paid(channel: str, consortium_id: str) -> str:
    """What a consortium was paid: grants through Agroideas, loans through Agrobanco."""
    return f"consortium:{consortium_id}:{'grants' if channel == 'agroideas' else 'loans'}"


def accounted(consortium_id: str) -> str:
    """What a consortium has accounted for."""
    return f"consortium:{consortium_id}:accounted"


def recoveries(program: str) -> str:
    """What a programme has got back."""
    return f"recoveries:{program}"


def interest_owed(consortium_id: str) -> str:
    """The interest that its producers' loans have borne, as far as it was fixed and is unpaid."""
    return f"consortium:{consortium_id}:interest_owed"


def overpaid(consortium_id: str) -> str:
    """What its producers paid beyond what they owed, and so is owed back to them."""
    return f"consortium:{consortium_id}:overpaid"


def interest_collected(program: str) -> str:
    """The interest that a programme has collected."""
    return f"interest:{program}"


def outside(program: str, what: str) -> str:
    """Where money comes from that the treasury never gave: below zero by all `interest` earned, or
    by all that was `overpaid`."""
    return f"outside:{program}:{what}"


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer to be posted: so much from one account to another, and why."""

    kind: str
    source: str
    target: str
    amount_centimos: int
    reference: str
    pending_id: str | None = None
    reverses: str | None = None


_ACCOUNTS: Final = text("""
INSERT INTO account (code, kind, may_overdraw, opened_at)
SELECT code, kind, kind = ANY(CAST(:sources AS text[])), :opened_at
FROM unnest(CAST(:codes AS text[]), CAST(:kinds AS text[])) AS named (code, kind)
ON CONFLICT DO NOTHING
""")
_TRANSFERS: Final = text("""
INSERT INTO transfer (id, kind, amount_centimos, call_id, agreement_id, reference, pending_id,
    reverses, actor, business_date, posted_at)
SELECT id, kind, amount, :call_id, :agreement_id, reference, pending_id, reverses, :actor,
    :business_date, :posted_at
FROM unnest(CAST(:ids AS text[]), CAST(:kinds AS text[]), CAST(:amounts AS bigint[]),
    CAST(:references AS text[]), CAST(:pending AS text[]), CAST(:reversed AS text[]))
    AS moved (id, kind, amount, reference, pending_id, reverses)
""")
_ENTRIES: Final = text("""
INSERT INTO entry (transfer_id, account_code, amount_centimos, call_id)
SELECT id, code, amount, :call_id
FROM unnest(CAST(:ids AS text[]), CAST(:sources AS text[]), CAST(:targets AS text[]),
    CAST(:amounts AS bigint[])) AS moved (id, source, target, moved_amount),
    LATERAL (VALUES (source, -moved_amount), (target, moved_amount)) AS side (code, amount)
""")


async def post(
    work: Work, moves: Sequence[Move], *, call_id: str, agreement_id: str | None
) -> list[str]:
    """Post the moves and return their transfers' ids, in order: one or many thousand alike, two
    statements.

    Raises disbursement.overdrawn (from the database's own check) when an account lacks the money.
    The business date is the Lima date of the use case's instant, computed once.
    """
    kinds = ", ".join(sorted({item.kind for item in moves}))
    with tracing.span("ledger", f"post {kinds}", transfers=len(moves)):
        return await _post(work, moves, call_id, agreement_id)


async def _post(
    work: Work, moves: Sequence[Move], call_id: str, agreement_id: str | None
) -> list[str]:
    codes = {code for item in moves for code in (item.source, item.target)}
    await _open(work, codes)
    ids = [new_id("trf") for _ in moves]
    amounts = [item.amount_centimos for item in moves]
    await work.session.execute(
        _TRANSFERS,
        {
            "ids": ids,
            "kinds": [item.kind for item in moves],
            "amounts": amounts,
            "references": [item.reference for item in moves],
            "pending": [item.pending_id for item in moves],
            "reversed": [item.reverses for item in moves],
            "call_id": call_id,
            "agreement_id": agreement_id,
            "actor": work.actor.sub,
            "business_date": lima_date(work.now),
            "posted_at": work.now,
        },
    )
    await work.session.execute(
        _ENTRIES,
        {
            "ids": ids,
            "sources": [item.source for item in moves],
            "targets": [item.target for item in moves],
            "amounts": amounts,
            "call_id": call_id,
        },
    )
    return ids


async def balance(session: AsyncSession, code: str, *, lock: bool = False) -> int:
    """An account's balance in céntimos, 0 when it was never used; `lock` holds the row."""
    query = select(col(Account.balance_centimos)).where(col(Account.code) == code)
    found = await session.scalar(query.with_for_update() if lock else query)
    return int(found or 0)


async def totals_of_call(session: AsyncSession, call_id: str) -> dict[str, int]:
    """Sum of a call's entries by kind of account, in céntimos."""
    rows = await session.execute(
        select(col(Account.kind), func.sum(col(Entry.amount_centimos)))
        .join(Account, col(Account.code) == col(Entry.account_code))
        .where(col(Entry.call_id) == call_id)
        .group_by(col(Account.kind))
    )
    return {kind: int(total) for kind, total in rows}


async def _open(work: Work, codes: set[str]) -> None:
    opening = sorted(codes)  # one order for all, so that two who open the same do not deadlock
    await work.session.execute(
        _ACCOUNTS,
        {
            "codes": opening,
            "kinds": [_kind_of(code) for code in opening],
            "sources": list(SOURCES),
            "opened_at": work.now,
        },
    )


def _kind_of(code: str) -> str:
    if code == TREASURY:
        return "treasury"
    prefix = code.partition(":")[0]
    if prefix in KIND_OF_PREFIX:
        return KIND_OF_PREFIX[prefix]
    return KIND_OF_SUFFIX[code.split(":")[2]]
