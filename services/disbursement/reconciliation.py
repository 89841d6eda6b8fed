"""The partner's word against ours: signed callbacks and statements.

A message is kept raw and once before it is acted upon. What contradicts our books (an unknown
reference, another amount, a word against a final state) changes nothing and becomes a case for a
person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.disbursement import domain
from services.disbursement.channels.protocol import Line, Status
from services.disbursement.events import TrancheReconciled
from services.disbursement.models import (
    Instruction,
    PartnerMessage,
    ReconciliationCase,
    StatementLine,
    Tranche,
)
from services.disbursement.payments import apply_statuses
from services.disbursement.tranches import event_of, locked_tranche
from services.kernel.ids import new_id
from services.kernel.values import to_centimos
from services.kernel.work import Work

Verdict = Literal["applied", "repeated", "case"]


@dataclass(frozen=True, slots=True)
class Callback:
    """What a partner's signed message says of one reference."""

    message_id: str
    reference: str
    outcome: Literal["executed", "rejected", "returned"]
    amount_centimos: int
    execution_id: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Word:
    """What a partner says of one reference, and where it said so."""

    source: str
    reference: str
    amount_centimos: int
    status: Status


async def take_callback(work: Work, *, partner: str, raw: bytes, callback: Callback) -> Verdict:
    """Keep the message and apply it once; returns applied, repeated or case."""
    fresh = await work.session.scalar(
        insert(PartnerMessage)
        .values(partner=partner, message_id=callback.message_id, raw=raw, received_at=work.now)
        .on_conflict_do_nothing()
        .returning(col(PartnerMessage.message_id))
    )
    if fresh is None:
        return "repeated"
    word = Word(
        source=f"callback:{callback.message_id}",
        reference=callback.reference,
        amount_centimos=callback.amount_centimos,
        status=Status(callback.outcome, callback.reason_code, callback.execution_id),
    )
    _, verdicts = await _weigh(work, partner, [word])
    return verdicts[word.source]


async def _weigh(
    work: Work, channel: str, words: Sequence[Word]
) -> tuple[dict[str, Instruction], dict[str, Verdict]]:
    """Apply what agrees with our books, open a case for what does not.

    Returns the instructions by reference, and the verdict on each word by its source.
    """
    instructions = await _locked(work, channel, {word.reference for word in words})
    verdicts: dict[str, Verdict] = {}
    agreed: dict[str, dict[str, Status]] = {}
    for word in words:
        instruction = instructions.get(word.reference)
        kind, detail = _judge(instruction, word)
        if kind == "applied" and instruction is not None:
            verdicts[word.source] = "applied"
            agreed.setdefault(instruction.tranche_id, {})[word.reference] = word.status
        elif kind == "repeated":
            verdicts[word.source] = "repeated"
        else:
            verdicts[word.source] = "case"
            await _open_case(work, channel, word.source, kind, word.reference, detail)
    for tranche_id, statuses in sorted(agreed.items()):
        tranche = await locked_tranche(work, tranche_id)
        concerned = [instructions[reference] for reference in statuses]
        await apply_statuses(work, tranche, concerned, statuses)
    return instructions, verdicts


def _judge(instruction: Instruction | None, word: Word) -> tuple[str, dict[str, Any]]:
    """applied, repeated, or the kind of case with what differs."""
    if instruction is None:
        return "unknown_reference", {}
    if instruction.amount_centimos != word.amount_centimos:
        return "amount_differs", {
            "ours": instruction.amount_centimos,
            "theirs": word.amount_centimos,
        }
    target = "settled" if word.status.outcome == "executed" else word.status.outcome
    if instruction.state == target or (instruction.state, target) == ("returned", "settled"):
        return "repeated", {}
    if target not in domain.INSTRUCTION_MOVES[instruction.state]:
        return "contradiction", {"ours": instruction.state, "theirs": word.status.outcome}
    return "applied", {}


async def _locked(work: Work, channel: str, references: set[str]) -> dict[str, Instruction]:
    """The channel's instructions with these references; tranches are locked first, by id."""
    named = (col(Instruction.channel) == channel, col(Instruction.reference).in_(references))
    tranche_ids = await work.session.scalars(
        select(col(Instruction.tranche_id)).where(*named).distinct()
    )
    for tranche_id in sorted(tranche_ids):
        await locked_tranche(work, tranche_id)
    rows = await work.session.scalars(select(Instruction).where(*named).with_for_update())
    return {row.reference: row for row in rows}


async def _open_case(
    work: Work, channel: str, source: str, kind: str, reference: str, detail: dict[str, Any]
) -> None:
    case = ReconciliationCase(
        id=new_id("cas"),
        channel=channel,
        source=source,
        kind=kind,
        reference=reference,
        detail=detail,
        opened_at=work.now,
    )
    opened = await work.session.scalar(
        insert(ReconciliationCase)
        .values(case.model_dump())
        .on_conflict_do_nothing()
        .returning(col(ReconciliationCase.id))
    )
    if opened is not None:
        work.record("case.open", case.id, {"kind": kind, "reference": reference})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a statement came to: lines read, new ones, how many match, cases, tranches closed."""

    lines: int
    new: int
    matched: int
    cases: int
    tranches: tuple[str, ...]


async def reconcile(work: Work, *, channel: str, lines: Sequence[Line]) -> Reconciled:
    """Match each new line to an instruction by our reference; a payment whose outcome was unknown
    is settled by its line. The same statement twice changes nothing."""
    fresh = await _new_lines(work, channel, lines)
    words = [
        Word(
            source=f"statement:{line.line_id}",
            reference=line.reference,
            amount_centimos=line.amount_centimos,
            status=Status("executed" if line.kind == "payment" else "returned", "statement"),
        )
        for line in fresh
    ]
    instructions, verdicts = await _weigh(work, channel, words)
    tranche_ids = set()
    matched = 0
    for line in fresh:
        agreed = verdicts[f"statement:{line.line_id}"] != "case"
        instruction = instructions.get(line.reference) if agreed else None
        work.session.add(_kept(work, channel, line, instruction))
        if instruction is not None:
            matched += 1
            tranche_ids.add(instruction.tranche_id)
            instruction.reconciled_at = instruction.reconciled_at or work.now
    await work.session.flush()
    closed = [one for one in sorted(tranche_ids) if await _close_tranche(work, one)]
    return Reconciled(len(lines), len(fresh), matched, len(fresh) - matched, tuple(closed))


async def _new_lines(work: Work, channel: str, lines: Sequence[Line]) -> list[Line]:
    known = set(
        await work.session.scalars(
            select(col(StatementLine.line_id)).where(
                col(StatementLine.channel) == channel,
                col(StatementLine.line_id).in_([line.line_id for line in lines]),
            )
        )
    )
    return [line for line in lines if line.line_id not in known]


def _kept(work: Work, channel: str, line: Line, instruction: Instruction | None) -> StatementLine:
    return StatementLine(
        channel=channel,
        line_id=line.line_id,
        reference=line.reference,
        kind=line.kind,
        amount_centimos=line.amount_centimos,
        business_date=line.business_date,
        instruction_id=instruction.id if instruction else None,
        received_at=work.now,
    )


async def _close_tranche(work: Work, tranche_id: str) -> bool:
    tranche: Tranche = await locked_tranche(work, tranche_id)
    if tranche.state != "confirmed":
        return False
    loose = await work.session.scalar(
        select(col(Instruction.id))
        .where(
            col(Instruction.tranche_id) == tranche.id,
            col(Instruction.lineage) == tranche.lineage,
            col(Instruction.state) == "settled",
            col(Instruction.reconciled_at).is_(None),
        )
        .limit(1)
    )
    if loose is not None:
        return False
    tranche.state = domain.move(domain.TRANCHE_MOVES, "El desembolso", tranche.state, "reconciled")
    tranche.version += 1
    work.record("tranche.reconcile", tranche.id, {"to": "reconciled"})
    work.publish(TrancheReconciled(**event_of(tranche)), version=tranche.version)
    return True


def callback_of(message_id: str, body: Mapping[str, Any]) -> Callback:
    """Read a verified Agroideas message; raises ValueError naming what is wrong with it."""
    outcome = {
        "payment.executed": "executed",
        "payment.rejected": "rejected",
        "payment.returned": "returned",
    }.get(str(body.get("type")))
    if outcome is None:
        raise ValueError(f"type {body.get('type')!r}")
    return Callback(
        message_id=message_id,
        reference=str(body["reference"]),
        outcome=outcome,  # type: ignore[arg-type]
        amount_centimos=to_centimos(str(body["amount"]["amount"])),
        execution_id=str(body.get("execution_id", "")),
        reason_code=str(body.get("reason_code") or ""),
    )
