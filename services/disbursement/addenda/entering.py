"""An addendum comes into force: the agreement, its tranches and its money become what it says.

Order of locks: the agreement, then its tranches. What has begun meanwhile is not changed: then the
addendum stays unsigned, to be withdrawn and drafted anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from services.disbursement import domain, ledger
from services.disbursement.addenda import rules
from services.disbursement.envelopes import service as envelopes
from services.disbursement.ledger import Move
from services.disbursement.milestones import service as milestones
from services.disbursement.models import Addendum, Agreement, Milestone, Tranche
from services.disbursement.tranches import drawn
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict
from services.kernel.work import Work
from services.kernel.working_days import working_day


async def locked_tranches(work: Work, agreement_id: str) -> Sequence[Tranche]:
    """The agreement's tranches, which nobody else moves before this transaction ends."""
    query = select(Tranche).where(col(Tranche.agreement_id) == agreement_id)
    return (await work.session.scalars(query.order_by(col(Tranche.id)).with_for_update())).all()


def started(tranches: Sequence[Tranche]) -> set[rules.Key]:
    """The planned tranches of which a payment was drawn up, or that gave a part."""
    return {
        (one.sequence, one.channel)
        for one in tranches
        if one.state not in rules.CHANGEABLE or one.prepared_by is not None or one.part > 1
    }


async def enter(work: Work, agreement: Agreement, addendum: Addendum) -> list[str]:
    """Make the plan of a signed addendum the agreement's; the ids of the tranches that it adds.

    Raises disbursement.tranche_started and disbursement.budget_exceeded; nothing moved then.
    """
    tranches = await locked_tranches(work, agreement.id)
    planned = {rules.key_of(one): one for one in addendum.plan["tranches"]}
    changed = {rules.key_of(one) for one in addendum.changes["tranches"]}
    begun = started(tranches) & changed
    if begun:
        names = ", ".join(f"{sequence} de {channel}" for sequence, channel in sorted(begun))
        raise Conflict(
            "disbursement.tranche_started",
            f"El desembolso {names} ya comenzó; retire la adenda y elabore otra.",
        )
    before = {"agroideas": agreement.agroideas_centimos, "agrobanco": agreement.agrobanco_centimos}
    totals = rules.totals_of(addendum.plan)
    agreement.plan = addendum.plan
    for name in rules.SOURCES:
        setattr(agreement, f"{name}_centimos", totals[name])
    known = {(one.sequence, one.channel): one for one in tranches if one.part == 1}
    for key in changed & known.keys():
        await _change(work, agreement, known[key], planned[key])
    wanted = {channel: total for channel, total in totals.items() if channel in before}
    pots = await _accounts(work, agreement, tranches, wanted)
    added = [planned[key] for key in sorted(planned.keys() - known.keys())]
    fresh = []
    for one in added:
        committed, budget = pots[one["channel"]]
        fresh.append(drawn(agreement, one, committed=committed, budget=budget))
    work.session.add_all(fresh)
    await work.session.flush()
    rows = milestones.planned(fresh, added)
    for milestone in rows:
        milestone.due_on = _due_on(agreement, milestone.due_working_days)
    work.session.add_all(rows)
    await _move_money(work, agreement, before, wanted, pots)
    return [one.id for one in fresh]


async def _change(
    work: Work, agreement: Agreement, tranche: Tranche, planned: Mapping[str, Any]
) -> None:
    milestone = await work.session.get_one(Milestone, tranche.id)
    tranche.amount_centimos = planned["amount_centimos"]
    tranche.milestone = planned["milestone"]
    tranche.version += 1
    milestone.evidence_required = planned.get("evidence") or milestone.evidence_required
    milestone.due_working_days = planned.get("due_working_days")
    milestone.due_on = _due_on(agreement, milestone.due_working_days)


def _due_on(agreement: Agreement, working_days: int | None) -> Any:
    """Terms still run from the agreement's second signature."""
    signed = [agreement.fund_signed_at, agreement.consortium_signed_at]
    if working_days is None or None in signed:
        return None
    return working_day(lima_date(max(at for at in signed if at)), working_days)


async def _accounts(
    work: Work, agreement: Agreement, tranches: Sequence[Tranche], wanted: Mapping[str, int]
) -> dict[str, tuple[str, str]]:
    """Where each channel's money is committed, and what it draws on: as its tranches say, or as a
    new agreement's would."""
    pots = await envelopes.pots(work.session, agreement.call_id, wanted)
    named = {one.channel: (one.committed_account, one.budget_account) for one in tranches}
    fresh = {
        channel: (ledger.committed(agreement.id, channel), pot) for channel, pot in pots.items()
    }
    return fresh | named


async def _move_money(
    work: Work,
    agreement: Agreement,
    before: Mapping[str, int],
    wanted: Mapping[str, int],
    accounts: Mapping[str, tuple[str, str]],
) -> None:
    """Commit what a channel gets more, and give back what it gets less: first what comes back."""
    less = {channel: before[channel] - wanted[channel] for channel in domain.CHANNELS}
    moves = [
        Move("release", *accounts[channel], amount, agreement.id)
        for channel, amount in less.items()
        if amount > 0
    ]
    if moves:
        await ledger.post(work, moves, call_id=agreement.call_id, agreement_id=agreement.id)
    more = {channel: -amount for channel, amount in less.items() if amount < 0}
    if more:
        await envelopes.commit_into(work, agreement, {name: accounts[name] for name in more}, more)
