"""Statement lines as a set: what is known of them, and how they are kept; thousands at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from services.disbursement.channels.protocol import Line
from services.kernel.db import rows_in
from services.kernel.ids import new_id
from services.kernel.work import Work

_KNOWN: Final = """
SELECT line_id, reference, kind, amount_centimos, business_date, payer, operation
FROM statement_line
WHERE channel = %s AND line_id = ANY(%s)
"""
_OURS: Final = "SELECT reference FROM instruction WHERE channel = %s AND reference = ANY(%s)"
_MOVED: Final = """
SELECT instruction.reference, line.kind
FROM statement_line AS line JOIN instruction ON instruction.id = line.instruction_id
WHERE instruction.channel = %s AND instruction.reference = ANY(%s)
"""
_TRANCHES: Final = """
SELECT DISTINCT tranche_id FROM instruction WHERE channel = %s AND reference = ANY(%s)
ORDER BY tranche_id
"""
_UNCLOSED: Final = """
SELECT DISTINCT tranche_id FROM instruction JOIN tranche ON tranche.id = tranche_id
WHERE instruction.channel = %s AND reference = ANY(%s) AND tranche.state = 'confirmed'
"""
_KEEP: Final = """
INSERT INTO statement_line (channel, line_id, reference, kind, amount_centimos, business_date,
    instruction_id, received_at, payer, operation)
SELECT %(channel)s, line_id, reference, kind, amount, day, instruction_id, %(now)s, payer, operation
FROM unnest(%(ids)s::text[], %(references)s::text[], %(kinds)s::text[], %(amounts)s::bigint[],
    %(days)s::date[], %(instructions)s::text[], %(payers)s::text[], %(operations)s::text[])
    AS line (line_id, reference, kind, amount, day, instruction_id, payer, operation)
"""

_KEEP_BALANCES: Final = """
INSERT INTO statement_balance (id, channel, business_date, opening_centimos, closing_centimos,
    read_at)
SELECT %(id)s, %(channel)s, %(day)s, %(opening)s, %(closing)s, %(now)s
WHERE ARRAY[%(opening)s, %(closing)s]::bigint[] IS DISTINCT FROM (
    SELECT ARRAY[opening_centimos, closing_centimos] FROM statement_balance
    WHERE channel = %(channel)s AND business_date = %(day)s ORDER BY id DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class KnownLine:
    """What a line said when it was first read."""

    reference: str
    kind: str
    amount_centimos: int
    business_date: date
    payer: str
    operation: str

    @classmethod
    def of(cls, line: Line) -> Self:
        """What this line says."""
        return cls(
            line.reference,
            line.kind,
            line.amount_centimos,
            line.business_date,
            line.payer,
            line.operation,
        )


async def known(work: Work, channel: str, lines: Sequence[Line]) -> dict[str, KnownLine]:
    """The lines read before, by their ids."""
    ids = [line.line_id for line in lines]
    found = await rows_in(work.session, _KNOWN, (channel, ids))
    return {line_id: KnownLine(*said) for line_id, *said in found}


async def moved(
    work: Work, channel: str, references: Sequence[str]
) -> tuple[set[str], set[tuple[str, str]]]:
    """Which references are ours, and what matched lines have done: (reference, kind)."""
    ours = await rows_in(work.session, _OURS, (channel, list(references)))
    pairs = await rows_in(work.session, _MOVED, (channel, list(references)))
    return {reference for (reference,) in ours}, {(one, kind) for one, kind in pairs}


async def tranches_of(work: Work, channel: str, references: Collection[str]) -> list[str]:
    """The tranches to which the references belong, by id."""
    found = await rows_in(work.session, _TRANCHES, (channel, list(references)))
    return [tranche_id for (tranche_id,) in found]


async def unclosed(work: Work, channel: str, references: Collection[str]) -> list[str]:
    """Those of them that are confirmed and wait for their lines."""
    found = await rows_in(work.session, _UNCLOSED, (channel, list(references)))
    return [tranche_id for (tranche_id,) in found]


async def keep(work: Work, channel: str, lines: Sequence[Line], matches: Mapping[str, str]) -> None:
    """Write the lines, each with the instruction that it matches, if any."""
    if not lines:
        return
    written = {
        "channel": channel,
        "now": work.now,
        "ids": [line.line_id for line in lines],
        "references": [line.reference for line in lines],
        "kinds": [line.kind for line in lines],
        "amounts": [line.amount_centimos for line in lines],
        "days": [line.business_date for line in lines],
        "instructions": [matches.get(line.line_id) for line in lines],
        "payers": [line.payer for line in lines],
        "operations": [line.operation for line in lines],
    }
    await rows_in(work.session, _KEEP, written)


async def keep_balances(work: Work, channel: str, day: date, balances: tuple[int, int]) -> None:
    """Write what a statement opens and closes with, unless its last reading said the same."""
    opening, closing = balances
    written = {
        "id": new_id("sba"),
        "channel": channel,
        "day": day,
        "opening": opening,
        "closing": closing,
        "now": work.now,
    }
    await rows_in(work.session, _KEEP_BALANCES, written)
