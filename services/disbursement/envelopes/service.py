"""Money promised to agreements and given back, each instrument out of its own envelope.

A call's money for one instrument is an account of its own once any was allocated to it; PostgreSQL
refuses to overdraw it, so no race can promise more than the envelope. An instrument without one
draws on what the call was given for any.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.exc import IntegrityError

from services.disbursement import ledger
from services.disbursement.ledger import Move
from services.disbursement.models import Account, Agreement, Tranche
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict
from services.kernel.values import to_amount
from services.kernel.work import Work


async def pots(session: AsyncSession, call_id: str, totals: Mapping[str, int]) -> dict[str, str]:
    """The account that each instrument of a plan draws on; none for one that asks for nothing."""
    found = {}
    for channel in sorted(name for name, total in totals.items() if total):
        own = ledger.available(call_id, channel)
        found[channel] = own if await session.get(Account, own) else ledger.available(call_id)
    return found


async def commit(
    work: Work, agreement: Agreement, pots_of: Mapping[str, str], totals: Mapping[str, int]
) -> None:
    """Promise the agreement its money; raises disbursement.budget_exceeded, and nothing moved."""
    accounts = {
        channel: (ledger.committed(agreement.id, channel), pot) for channel, pot in pots_of.items()
    }
    await commit_into(work, agreement, accounts, totals)


async def commit_into(
    work: Work,
    agreement: Agreement,
    accounts: Mapping[str, tuple[str, str]],
    amounts: Mapping[str, int],
) -> None:
    """Promise so much of each channel out of its second account into its first; raises
    disbursement.budget_exceeded, and nothing moved."""
    asked: dict[str, int] = {}
    for channel, (_, pot) in accounts.items():
        asked[pot] = asked.get(pot, 0) + amounts[channel]
    told = []
    for pot, wanted in sorted(asked.items()):
        left = await ledger.balance(work.session, pot)
        channel = pot.removeprefix(f"{ledger.available(agreement.call_id)}").removeprefix(":")
        where = f" para {channel}" if channel else ""
        text = (
            f"La convocatoria tiene S/ {to_amount(left)} disponibles{where} y el convenio pide"
            f" S/ {to_amount(wanted)}; amplíe el presupuesto o espere."
        )
        if wanted > left:
            raise Conflict("disbursement.budget_exceeded", text)
        told.append(text)
    moves = [
        Move("commit", pot, committed, amounts[channel], agreement.id)
        for channel, (committed, pot) in accounts.items()
    ]
    try:
        await ledger.post(work, moves, call_id=agreement.call_id, agreement_id=agreement.id)
    except IntegrityError as error:  # another agreement took it since the balance was read
        raise Conflict("disbursement.budget_exceeded", " ".join(told)) from error


async def release_left(work: Work, agreement: Agreement, tranches: Sequence[Tranche]) -> int:
    """Give back what the agreement has not used, each part to where it came from; how much."""
    accounts = {tranche.committed_account: tranche.budget_account for tranche in tranches}
    moves = []
    for source, target in sorted(accounts.items()):
        left = await ledger.balance(work.session, source)
        if left:
            moves.append(Move("release", source, target, left, agreement.id))
    if moves:
        await ledger.post(work, moves, call_id=agreement.call_id, agreement_id=agreement.id)
    return sum(move.amount_centimos for move in moves)
