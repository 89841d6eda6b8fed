"""Reads that change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlmodel import col

from services.disbursement import ledger
from services.disbursement.models import (
    Account,
    Agreement,
    AgreementCondition,
    Entry,
    Instruction,
    Tranche,
    Transfer,
)
from services.kernel.auth import not_found
from services.kernel.db import AsyncSession
from services.kernel.rows import found


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A call's money, in céntimos: allocated = available + committed + in transit + paid out."""

    call_id: str
    allocated: int
    available: int
    committed: int
    in_transit: int
    paid_out: int


async def budget(session: AsyncSession, call_id: str) -> BudgetView:
    """What is left of a call, from its entries."""
    totals = await ledger.totals_of_call(session, call_id)
    return BudgetView(
        call_id=call_id,
        allocated=-totals.get("treasury", 0),
        available=totals.get("available", 0),
        committed=totals.get("committed", 0),
        in_transit=totals.get("in_transit", 0),
        paid_out=sum(totals.get(kind, 0) for kind in ledger.PAID_OUT),
    )


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement with its tranches and conditions."""

    agreement: Agreement
    tranches: Sequence[Tranche]
    conditions: Sequence[AgreementCondition]


async def agreement(session: AsyncSession, agreement_id: str) -> AgreementView:
    """The agreement; raises Missing."""
    row = await found(session, Agreement, agreement_id)
    tranches = await session.scalars(
        select(Tranche)
        .where(col(Tranche.agreement_id) == agreement_id)
        .order_by(col(Tranche.sequence), col(Tranche.channel), col(Tranche.part))
    )
    conditions = await session.scalars(
        select(AgreementCondition)
        .where(col(AgreementCondition.agreement_id) == agreement_id)
        .order_by(col(AgreementCondition.number))
    )
    return AgreementView(row, tranches.all(), conditions.all())


def agreements(
    application_id: str | None, consortium_id: str | None, call_id: str | None
) -> Select[Agreement]:
    """Agreements of an application, a consortium or a call."""
    query = select(Agreement)
    if application_id is not None:
        query = query.where(col(Agreement.application_id) == application_id)
    if consortium_id is not None:
        query = query.where(col(Agreement.consortium_id) == consortium_id)
    if call_id is not None:
        query = query.where(col(Agreement.call_id) == call_id)
    return query


async def tranche(session: AsyncSession, tranche_id: str) -> Tranche:
    """The tranche; raises Missing."""
    return await found(session, Tranche, tranche_id)


def tranches(
    agreement_id: str | None, consortium_id: str | None, state: str | None
) -> Select[Tranche]:
    """Tranches by agreement, consortium or state."""
    query = select(Tranche)
    if agreement_id is not None:
        query = query.where(col(Tranche.agreement_id) == agreement_id)
    if consortium_id is not None:
        query = query.where(col(Tranche.consortium_id) == consortium_id)
    return query if state is None else query.where(col(Tranche.state) == state)


async def instruction(session: AsyncSession, instruction_id: str) -> Instruction:
    """The instruction; raises Missing."""
    return await found(session, Instruction, instruction_id)


def instructions(
    tranche_id: str | None, channel: str | None, state: str | None = None
) -> Select[Instruction]:
    """Instructions of a tranche, of a channel or in a state."""
    query = select(Instruction)
    if tranche_id is not None:
        query = query.where(col(Instruction.tranche_id) == tranche_id)
    if channel is not None:
        query = query.where(col(Instruction.channel) == channel)
    if state is not None:
        query = query.where(col(Instruction.state) == state)
    return query


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account's balance within a trial balance, in céntimos."""

    code: str
    kind: str
    balance: int


async def trial_balance(
    session: AsyncSession, call_id: str | None, at: datetime | None = None
) -> list[TrialLine]:
    """Every account with its balance, of one call if named, now or as it was at a moment; the
    balances sum to zero."""
    if call_id is None and at is None:
        whole = select(col(Account.code), col(Account.kind), col(Account.balance_centimos))
        rows = await session.execute(whole.order_by(col(Account.code)))
    else:
        summed = (
            select(col(Account.code), col(Account.kind), func.sum(col(Entry.amount_centimos)))
            .join(Entry, col(Entry.account_code) == col(Account.code))
            .group_by(col(Account.code), col(Account.kind))
            .order_by(col(Account.code))
        )
        if call_id is not None:
            summed = summed.where(col(Entry.call_id) == call_id)
        if at is not None:
            moved = col(Transfer.id) == col(Entry.transfer_id)
            summed = summed.join(Transfer, moved).where(col(Transfer.posted_at) <= at)
        rows = await session.execute(summed)
    return [TrialLine(code, kind, int(total)) for code, kind, total in rows]


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One entry of an account's statement."""

    transfer: Transfer
    amount: int


async def entries(
    session: AsyncSession, code: str, *, limit: int, after: str | None
) -> tuple[list[StatementEntry], bool]:
    """The account's entries in the order they were posted, and whether more follow.

    Raises Missing for an account that was never opened.
    """
    if await session.get(Account, code) is None:
        raise not_found()
    query = (
        select(Transfer, col(Entry.amount_centimos))
        .join(Entry, col(Entry.transfer_id) == col(Transfer.id))
        .where(col(Entry.account_code) == code)
        .order_by(col(Transfer.id))
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(col(Transfer.id) > after)
    rows = (await session.execute(query)).all()
    found = [StatementEntry(transfer, amount) for transfer, amount in rows[:limit]]
    return found, len(rows) > limit
