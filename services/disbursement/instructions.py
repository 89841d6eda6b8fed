"""A tranche's instructions as a set: written, read and moved by few statements, thousands alike.

The rows read here are locked, and light: no session keeps them. Who moves a row by these
functions has asked `domain.INSTRUCTION_MOVES` first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.disbursement import domain
from services.disbursement.models import Tranche
from services.kernel.db import rows_in
from services.kernel.ids import new_id
from services.kernel.work import Work


@dataclass(slots=True)
class Live:
    """An instruction as the money path needs it; `state` follows what is written."""

    id: str
    tranche_id: str
    reference: str
    beneficiary_name: str
    beneficiary_document: str
    beneficiary_cci: str
    amount_centimos: int
    state: str
    instruct_transfer_id: str | None
    settle_transfer_id: str | None


_READ: Final = (
    "SELECT id, tranche_id, reference, beneficiary_name, beneficiary_document, beneficiary_cci,"
    " amount_centimos, state, instruct_transfer_id, settle_transfer_id FROM instruction"
)
_LOOKED_AT: Final = f"{_READ} WHERE tranche_id = %s AND lineage = %s ORDER BY item"
_OF_LINEAGE: Final = f"{_LOOKED_AT} FOR UPDATE"
_NAMED: Final = f"{_READ} WHERE channel = %s AND reference = ANY(%s) ORDER BY id FOR UPDATE"

_CREATE: Final = """
INSERT INTO instruction (id, tranche_id, lineage, item, reference, channel, beneficiary_name,
    beneficiary_document, beneficiary_cci, amount_centimos, state, beneficiary_kind, budget_line,
    invoice)
SELECT id, %(tranche)s, %(lineage)s, item, reference, %(channel)s, name, document, cci, amount,
    'created', kind, line, invoice
FROM unnest(%(ids)s::text[], %(references)s::text[], %(names)s::text[], %(documents)s::text[],
    %(ccis)s::text[], %(amounts)s::bigint[], %(kinds)s::text[], %(lines)s::int[],
    %(invoices)s::text[])
    WITH ORDINALITY AS share
    (id, reference, name, document, cci, amount, kind, line, invoice, item)
"""
_INSTRUCT: Final = """
UPDATE instruction SET state = 'sent', instruct_transfer_id = moved.transfer
FROM unnest(%s::text[], %s::text[]) AS moved (id, transfer) WHERE instruction.id = moved.id
"""
_MARK: Final = "UPDATE instruction SET state = %s WHERE id = ANY(%s)"
_ANSWERED: Final = (
    "UPDATE instruction SET state = %s WHERE tranche_id = %s AND lineage = %s AND state = 'sent'"
)
_SETTLE: Final = """
UPDATE instruction SET state = 'settled', settled_at = %s, settle_transfer_id = word.transfer,
    partner_execution_id = nullif(word.execution, '')
FROM unnest(%s::text[], %s::text[], %s::text[]) AS word (id, transfer, execution)
WHERE instruction.id = word.id
"""
_END: Final = """
UPDATE instruction SET state = %s, reason_code = word.reason
FROM unnest(%s::text[], %s::text[]) AS word (id, reason) WHERE instruction.id = word.id
"""
_RECONCILE: Final = (
    "UPDATE instruction SET reconciled_at = coalesce(reconciled_at, %s) WHERE id = ANY(%s)"
)
_COUNTED: Final = (
    "SELECT state, count(*), sum(amount_centimos)::bigint FROM instruction"
    " WHERE tranche_id = %s AND lineage = %s GROUP BY state"
)


async def create(work: Work, tranche: Tranche, shares: Sequence[domain.Share]) -> None:
    """Write an instruction for each share, in order, by one statement; its reference stands
    from here on."""
    ids = [new_id("ins") for _ in shares]
    written = {
        "tranche": tranche.id,
        "lineage": tranche.lineage,
        "channel": tranche.channel,
        "ids": ids,
        "references": [domain.reference_of(one, tranche.lineage) for one in ids],
        "names": [share.name for share in shares],
        "documents": [share.document for share in shares],
        "ccis": [share.cci for share in shares],
        "amounts": [share.amount_centimos for share in shares],
        "kinds": [share.kind for share in shares],
        "lines": [share.budget_line for share in shares],
        "invoices": [share.invoice for share in shares],
    }
    await rows_in(work.session, _CREATE, written)


async def of_lineage(work: Work, tranche: Tranche) -> list[Live]:
    """The instructions of the tranche's lineage in the order of their items, locked."""
    return await _read(work, _OF_LINEAGE, (tranche.id, tranche.lineage))


async def looked_at(work: Work, tranche: Tranche) -> list[Live]:
    """The same, not locked: for who only asks about them."""
    return await _read(work, _LOOKED_AT, (tranche.id, tranche.lineage))


async def named(work: Work, channel: str, references: Collection[str]) -> list[Live]:
    """The channel's instructions with these references, locked; their tranches are before."""
    return await _read(work, _NAMED, (channel, list(references)))


async def _read(work: Work, statement: str, parameters: Sequence[Any]) -> list[Live]:
    await work.session.flush()  # what a session still holds of these rows
    return [Live(*row) for row in await rows_in(work.session, statement, parameters)]


async def send(work: Work, live: Sequence[Live], transfers: Sequence[str]) -> None:
    """Mark as about to be sent, each with the transfer that put it into transit."""
    await rows_in(work.session, _INSTRUCT, (_ids(live), list(transfers)))
    for instruction, transfer in zip(live, transfers, strict=True):
        instruction.state, instruction.instruct_transfer_id = "sent", transfer


async def mark(work: Work, live: Sequence[Live], state: str) -> None:
    """Move the rows to a state that no money follows."""
    if not live:
        return
    await rows_in(work.session, _MARK, (state, _ids(live)))
    for instruction in live:
        instruction.state = state


async def answered(work: Work, tranche: Tranche, state: str) -> None:
    """Move all that was sent of the tranche's lineage to what the answer to sending says."""
    await rows_in(work.session, _ANSWERED, (state, tranche.id, tranche.lineage))


async def settle(
    work: Work, live: Sequence[Live], transfers: Sequence[str], executions: Sequence[str]
) -> None:
    """Mark as paid, each by its transfer and under the partner's number of execution."""
    if not live:
        return
    written = (work.now, _ids(live), list(transfers), list(executions))
    await rows_in(work.session, _SETTLE, written)
    for instruction, transfer in zip(live, transfers, strict=True):
        instruction.state, instruction.settle_transfer_id = "settled", transfer


async def end(work: Work, live: Sequence[Live], state: str, reasons: Mapping[str, str]) -> None:
    """Mark as rejected or returned; reasons are given by reference."""
    if not live:
        return
    codes = [reasons[instruction.reference] for instruction in live]
    await rows_in(work.session, _END, (state, _ids(live), codes))
    for instruction in live:
        instruction.state = state


async def reconcile(work: Work, ids: Sequence[str]) -> None:
    """Mark as found in a statement; the first time stays."""
    if ids:
        await rows_in(work.session, _RECONCILE, (work.now, list(ids)))


async def counted(work: Work, tranche: Tranche) -> dict[str, tuple[int, int]]:
    """How many instructions of the tranche's lineage are in each state, and their céntimos."""
    found = await rows_in(work.session, _COUNTED, (tranche.id, tranche.lineage))
    return {state: (count, centimos) for state, count, centimos in found}


def _ids(live: Iterable[Live]) -> list[str]:
    return [instruction.id for instruction in live]
