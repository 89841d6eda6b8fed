"""The partner's word against ours: signed callbacks and statements.

A message is kept raw and once before it is acted upon. What contradicts our books (an unknown
reference, another amount, a word against a final state) changes nothing and becomes a case for a
person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.disbursement import domain, instructions, loans, obligations, repayments
from services.disbursement.case_opening import open_case
from services.disbursement.channels.http import centimos_of, text_of
from services.disbursement.channels.protocol import Line, Lines, Status
from services.disbursement.events import TrancheReconciled
from services.disbursement.instructions import Live
from services.disbursement.models import (
    Instruction,
    PartnerMessage,
    ReconciliationCase,
    StatementLine,
    Tranche,
)
from services.disbursement.outcomes import apply_statuses
from services.disbursement.statement_lines import (
    KnownLine,
    keep,
    keep_balances,
    known,
    moved,
    tranches_of,
    unclosed,
)
from services.disbursement.tranches import event_of, locked_tranche, spent_of
from services.kernel import tracing
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
        return await _take_again(work, partner, raw, callback)
    word = Word(
        source=f"callback:{callback.message_id}",
        reference=callback.reference,
        amount_centimos=callback.amount_centimos,
        status=Status(callback.outcome, callback.reason_code, callback.execution_id),
    )
    _, verdicts = await _weigh(work, partner, [word])
    return verdicts[word.source]


async def _take_again(work: Work, partner: str, raw: bytes, callback: Callback) -> Verdict:
    """A message id that we know: the same message is a repetition, another one needs a person."""
    kept = await work.session.get(PartnerMessage, (partner, callback.message_id))
    if kept is not None and kept.raw == raw:
        return "repeated"
    source = f"callback:{callback.message_id}:altered"
    detail = {"theirs": callback.outcome, "amount_centimos": callback.amount_centimos}
    await open_case(work, partner, source, "altered_message", callback.reference, detail)
    return "case"


async def _weigh(
    work: Work, channel: str, words: Sequence[Word]
) -> tuple[dict[str, Live], dict[str, Verdict]]:
    """Apply what agrees with our books, open a case for what does not.

    Returns the instructions by reference, and the verdict on each word by its source.
    """
    found = await _locked(work, channel, {word.reference for word in words})
    told = [word.reference for word in words if word.source.startswith("callback:")]
    contested = await _contested(work, channel, told)
    verdicts: dict[str, Verdict] = {}
    agreed: dict[str, dict[str, Status]] = {}
    for word in words:
        instruction = found.get(word.reference)
        kind, detail = _judge(instruction, word)
        if kind == "applied" and word.reference in contested:
            kind, detail = "contradiction", {"theirs": word.status.outcome, "case": "statement"}
        if kind == "applied" and instruction is not None:
            statuses = agreed.setdefault(instruction.tranche_id, {})
            if not await _can_come_back(work, instruction, word, found, statuses):
                kind = "returned_after_use"
            elif statuses.get(word.reference, word.status).outcome != "returned":
                statuses[word.reference] = word.status  # paid and returned: the return stands
            else:
                statuses.setdefault(word.reference, word.status)
        if kind in {"applied", "repeated"}:
            verdicts[word.source] = "applied" if kind == "applied" else "repeated"
        else:
            verdicts[word.source] = "case"
            await open_case(work, channel, word.source, kind, word.reference, detail)
    for tranche_id, statuses in sorted(agreed.items()):
        tranche = await locked_tranche(work, tranche_id)
        concerned = [found[reference] for reference in statuses]
        await apply_statuses(work, tranche, concerned, statuses)
    return found, verdicts


async def _contested(work: Work, channel: str, told: Sequence[str]) -> frozenset[str]:
    """Those that a statement says otherwise of, by a case still open: nothing settles on a
    callback alone then."""
    if not told:
        return frozenset()
    query = select(col(ReconciliationCase.reference)).where(
        col(ReconciliationCase.reference).in_(told),
        col(ReconciliationCase.channel) == channel,
        col(ReconciliationCase.state) == "open",
        col(ReconciliationCase.source).startswith("statement:"),
    )
    return frozenset(await work.session.scalars(query))


async def _can_come_back(
    work: Work,
    instruction: Live,
    word: Word,
    found: Mapping[str, Live],
    agreed: Mapping[str, Status],
) -> bool:
    """Whether what a late return takes back is still where it was paid to: what was accounted
    for or repaid has moved on, and a person must say what the return means."""
    if instruction.state != "settled" or word.status.outcome != "returned":
        return True
    if await loans.repaid_from(work, [instruction.id]):
        return False
    tranche = await locked_tranche(work, instruction.tranche_id)
    returning = {word.reference} | {
        reference for reference, status in agreed.items() if status.outcome == "returned"
    }
    going = sum(
        found[reference].amount_centimos
        for reference in returning
        if found[reference].state == "settled"
    )
    return await obligations.paid_of(work.session, tranche.id) - await spent_of(work, tranche) >= (
        going
    )


def _judge(instruction: Live | None, word: Word) -> tuple[str, dict[str, Any]]:
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


async def _locked(work: Work, channel: str, references: set[str]) -> dict[str, Live]:
    """The channel's instructions with these references; tranches are locked first, by id."""
    for tranche_id in await tranches_of(work, channel, references):
        await locked_tranche(work, tranche_id)
    return {one.reference: one for one in await instructions.named(work, channel, references)}


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a statement came to: lines read, new ones, how many match, cases, tranches closed."""

    lines: int
    new: int
    matched: int
    cases: int
    tranches: tuple[str, ...]


CHUNK: Final = 5_000
"""Lines that are weighed at a time: what is held of a statement does not grow with it."""


async def reconcile(work: Work, *, channel: str, lines: Sequence[Line]) -> Reconciled:
    """Match each new line to an instruction by our reference; a payment whose outcome was unknown
    is settled by its line. The same statement twice changes nothing but to close a tranche that
    now has all its lines. One reading of a channel's statements at a time."""
    await one_at_a_time(work, channel)
    if isinstance(lines, Lines) and lines.balances is not None:
        await keep_balances(work, channel, lines.day, lines.balances)
    chunks = [range(at, min(at + CHUNK, len(lines))) for at in range(0, len(lines), CHUNK)]
    concerned: set[str] = set()
    for places in chunks:
        chunk = [lines[place] for place in places]
        fresh = await _new_lines(work, channel, chunk)
        repaid = {line.reference for line in fresh if line.kind == "repayment"}
        concerned |= {
            *await loans.tranches_of(work, repaid),
            *await tranches_of(work, channel, {line.reference for line in fresh}),
            *await unclosed(work, channel, {line.reference for line in chunk}),
        }
    for tranche_id in sorted(concerned):  # all of them before any chunk is weighed, by id
        await locked_tranche(work, tranche_id)
    new = matched = 0
    for places in chunks:
        fresh = await _new_lines(work, channel, [lines[place] for place in places])
        new += len(fresh)
        matched += await _reconcile_chunk(work, channel, fresh)
    with tracing.span("reconciliation", f"close tranches of {channel}", lines=len(lines)):
        closed = [one for one in sorted(concerned) if await _close_tranche(work, one)]
    return Reconciled(len(lines), new, matched, new - matched, tuple(closed))


async def take_notified(work: Work, *, channel: str, days: Sequence[Lines]) -> Reconciled:
    """Match the entries that a partner tells one by one, before its statement of the day has them:
    that statement finds them read already."""
    told = [await reconcile(work, channel=channel, lines=lines) for lines in days]
    return Reconciled(
        sum(one.lines for one in told),
        sum(one.new for one in told),
        sum(one.matched for one in told),
        sum(one.cases for one in told),
        tuple(tranche for one in told for tranche in one.tranches),
    )


async def one_at_a_time(work: Work, channel: str) -> None:
    """Wait for who reads, matches or closes the channel's statements; the first lock of all."""
    await work.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtext(f"reconcile:{channel}")))
    )


async def match_line(work: Work, line: StatementLine, reference: str) -> bool:
    """Match a line kept without an instruction to the one of our reference, as if the line named
    it; False, and to be rolled back, when our books contradict it."""
    word = Word(f"statement:{line.line_id}", reference, line.amount_centimos, _status(line))
    _, seen = await moved(work, line.channel, [reference])
    found, verdicts = await _weigh(work, line.channel, [word])
    instruction = found.get(reference)
    if (reference, line.kind) in seen or instruction is None or "case" in verdicts.values():
        return False
    line.instruction_id = instruction.id
    await instructions.reconcile(work, [instruction.id])
    await work.session.flush()  # before the tranche is locked, and so read, once more
    await _close_tranche(work, instruction.tranche_id)
    return True


async def _reconcile_chunk(work: Work, channel: str, fresh: Sequence[Line]) -> int:
    """Weigh and keep so many new lines; returns how many match. What loans were repaid is booked
    once the instructions of the chunk are settled."""
    repaid = [line for line in fresh if line.kind == "repayment"]
    told = [line for line in fresh if line.kind != "repayment"]
    second = await _second_lines(work, channel, told)
    words = [
        Word(
            source=f"statement:{line.line_id}",
            reference=line.reference,
            amount_centimos=line.amount_centimos,
            status=_status(line),
        )
        for line in told
        if line.line_id not in second
    ]
    found, verdicts = await _weigh(work, channel, words)
    matches: dict[str, str] = {}
    for line in told:
        agreed = verdicts.get(f"statement:{line.line_id}", "case") != "case"
        instruction = found.get(line.reference) if agreed else None
        if instruction is not None:
            matches[line.line_id] = instruction.id
    again = await repayments.told_before(work, channel, repaid)
    await keep(work, channel, fresh, matches)
    await instructions.reconcile(work, sorted(set(matches.values())))
    await work.session.flush()  # before their tranches are locked, and so read, once more
    return len(matches) + await repayments.book(work, channel, repaid, again)


def _status(line: Line | StatementLine) -> Status:
    """What a line of one of our payments says of it."""
    outcome: Literal["executed", "returned"] = "executed" if line.kind == "payment" else "returned"
    return Status(outcome, "statement", on=line.business_date)


async def _new_lines(work: Work, channel: str, lines: Sequence[Line]) -> list[Line]:
    """The lines not read before; a line that we know with other content becomes a case."""
    before = await known(work, channel, lines)
    for line in lines:
        row = before.get(line.line_id)
        if row is not None and row != KnownLine.of(line):
            source = f"statement:{line.line_id}:changed"
            detail = {"ours": row.amount_centimos, "theirs": line.amount_centimos}
            await open_case(work, channel, source, "line_changed", line.reference, detail)
    return [line for line in lines if line.line_id not in before]


async def _second_lines(work: Work, channel: str, fresh: Sequence[Line]) -> set[str]:
    """The ids of lines that pay or return once more what another line did; each is a case."""
    ours, seen = await moved(work, channel, [line.reference for line in fresh])
    second = set()
    for line in fresh:
        if line.reference not in ours:
            continue
        if (line.reference, line.kind) in seen:
            second.add(line.line_id)
            source = f"statement:{line.line_id}"
            detail = {"amount_centimos": line.amount_centimos, "kind": line.kind}
            await open_case(work, channel, source, "second_line", line.reference, detail)
        seen.add((line.reference, line.kind))
    return second


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
    work.publish(TrancheReconciled(**event_of(tranche)), version=tranche.version)
    if await obligations.is_accounted(work, tranche):  # the reports came first
        tranche.state = domain.move(
            domain.TRANCHE_MOVES, "El desembolso", tranche.state, "accounted"
        )
    work.record("tranche.reconcile", tranche.id, {"to": tranche.state})
    return True


def callback_of(message_id: str, body: Mapping[str, Any]) -> Callback:
    """Read a verified Agroideas message; raises ValueError naming what is wrong with it."""
    text_of(message_id, longest=255)
    outcome = {
        "payment.executed": "executed",
        "payment.rejected": "rejected",
        "payment.returned": "returned",
    }.get(str(body.get("type")))
    if outcome is None:
        raise ValueError(f"type {body.get('type')!r}")
    return Callback(
        message_id=message_id,
        reference=text_of(body["reference"]),
        outcome=outcome,  # type: ignore[arg-type]
        amount_centimos=centimos_of(body["amount"]),
        execution_id=text_of(body.get("execution_id") or ""),
        reason_code=text_of(body.get("reason_code") or ""),
    )
