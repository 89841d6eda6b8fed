"""Producers on their way into the registry: a first load becomes the table, a later one is merged.

`stage` writes the accepted rows into `incoming` in short transactions of its own; `settle` belongs
to the transaction that imports. A first load has its checks and keys before it is put in place, so
that the registry's tables are held for an instant.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from psycopg import AsyncConnection, sql

from services.registry.imports import swap
from services.registry.imports.binary import copy_bytes, day, fixed, flag, line
from services.registry.imports.checking import Seen, check, days_in, producer_rules
from services.registry.imports.reading import Batch
from services.registry.imports.report import Counts, Progress, Report
from services.registry.imports.staging import SUFFIX_BYTES, Beside, Suffixes, copy_in

_COLUMNS: Final = "id, dni, full_name, sex, born_on, alive, cci, ppa_from, ppa_to"
_IS_EMPTY: Final = "SELECT NOT EXISTS (SELECT FROM producer)"
_FIRST: Final = swap.AS_ITS_PLACE.format(table="producer")
_AGAIN: Final = f"CREATE UNLOGGED TABLE incoming.producer (LIKE producer) {swap.UNTOUCHED}"
_NOW: Final = "ALTER TABLE incoming.producer ALTER created_at SET DEFAULT {now}"
_DIFFERENT: Final = """
CREATE UNLOGGED TABLE incoming.different AS
SELECT r.* FROM incoming.producer r LEFT JOIN producer k ON k.dni = r.dni
LEFT JOIN (SELECT DISTINCT producer_id FROM ppa_registration) later ON later.producer_id = k.id
WHERE k.id IS NULL OR later.producer_id IS NOT NULL
    OR (k.full_name, k.sex, k.born_on, k.alive, k.cci, k.ppa_from, k.ppa_to)
    IS DISTINCT FROM (r.full_name, r.sex, r.born_on, r.alive, r.cci, r.ppa_from, r.ppa_to);
ANALYZE incoming.different
"""
"""The rows that may change something; all others are as the registry holds them."""
_TOUCHED: Final = """
CREATE TEMPORARY TABLE padron_touched (dni text, fresh boolean, listed boolean) ON COMMIT DROP
"""
_MERGE: Final = """
WITH merged AS (
    INSERT INTO producer AS p
        (id, dni, full_name, sex, born_on, alive, cci, ppa_from, ppa_to, created_at)
    SELECT r.id, r.dni, r.full_name, r.sex, r.born_on, r.alive, r.cci, r.ppa_from, r.ppa_to,
        r.created_at
    FROM incoming.different r LEFT JOIN producer k ON k.dni = r.dni
    WHERE k.id IS NULL OR (k.full_name, k.sex, k.born_on, k.alive, k.cci)
        IS DISTINCT FROM (r.full_name, r.sex, r.born_on, r.alive, r.cci)
    ON CONFLICT (dni) DO UPDATE SET full_name = excluded.full_name, sex = excluded.sex,
        born_on = excluded.born_on, alive = excluded.alive, cci = excluded.cci
    RETURNING p.dni, p.xmax = 0 AS fresh, p.ppa_from IS NOT NULL AS listed
)
INSERT INTO padron_touched SELECT dni, fresh, fresh AND listed FROM merged
"""
_ADD_SNAPSHOTS: Final = """
WITH later AS (
    SELECT DISTINCT ON (producer_id) producer_id, valid_from, valid_to
    FROM ppa_registration ORDER BY producer_id, recorded_at DESC, id DESC
), said AS (
    SELECT r.id, r.dni, r.ppa_from, r.ppa_to, r.created_at, p.id AS producer_id,
        CASE WHEN l.producer_id IS NULL THEN p.ppa_from ELSE l.valid_from END AS old_from,
        CASE WHEN l.producer_id IS NULL THEN p.ppa_to ELSE l.valid_to END AS old_to
    FROM incoming.different r JOIN producer p ON p.dni = r.dni
    LEFT JOIN later l ON l.producer_id = p.id
), wanted AS (
    SELECT *, coalesce(ppa_from, old_from) AS valid_from,
        CASE WHEN ppa_from IS NOT NULL THEN ppa_to
            WHEN old_to <= %(as_of)s THEN old_to
            ELSE greatest(%(as_of)s, old_from + 1) END AS valid_to
    FROM said
), added AS (
    INSERT INTO ppa_registration (id, producer_id, valid_from, valid_to, recorded_at)
    SELECT 'ppa_' || substr(id, 5), producer_id, valid_from, valid_to, created_at FROM wanted
    WHERE valid_from IS NOT NULL AND (valid_from, valid_to) IS DISTINCT FROM (old_from, old_to)
    RETURNING producer_id
)
INSERT INTO padron_touched
SELECT p.dni, false, true FROM added JOIN producer p ON p.id = added.producer_id
"""
_COUNT: Final = """
SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh), coalesce(sum(listed), 0)
FROM (
    SELECT bool_or(fresh) AS fresh, count(*) FILTER (WHERE listed) AS listed
    FROM padron_touched GROUP BY dni
) AS touched
"""


async def is_empty(connection: AsyncConnection[Any]) -> bool:
    """Whether nobody is registered."""
    found = await (await connection.execute(_IS_EMPTY)).fetchone()
    return found is not None and bool(found[0])


class ProducerLoad:
    """One file of producers on its way into the registry."""

    def __init__(self, *, as_of: date, now: datetime, report: Report, progress: Progress) -> None:
        self.counts = Counts()
        self.snapshots = 0
        self.first = False
        self._accepted, self._listed = 0, 0
        self._as_of, self._now = as_of, now
        self._report, self._progress = report, progress
        self._suffixes, self._seen = Suffixes(), Seen()
        self._rules = producer_rules(as_of)

    async def stage(self, beside: Beside, batches: Iterator[Batch]) -> None:
        """Write the accepted rows beside the registry."""
        connection = beside.one
        self.first = await is_empty(connection)
        await connection.execute(_FIRST if self.first else _AGAIN)
        await connection.execute(sql.SQL(_NOW).format(now=sql.Literal(self._now)))
        await copy_in(
            beside.url,
            f"incoming.producer ({_COLUMNS})",
            map(self._encoded, self._checked(batches)),
        )

    async def make_ready(self, beside: Beside) -> None:
        """Give what is to be put in place its keys; of what is to be merged, find what differs."""
        if self.first:
            await swap.add_keys(beside, "producer")
        else:
            await beside.one.execute(_DIFFERENT)

    async def settle(self, connection: AsyncConnection[Any], *, places: Sequence[str]) -> bool:
        """Put `places` in place and say so, or merge; both in the connection's transaction."""
        if self.first:
            await swap.take_alone(connection, "producer")
            if await is_empty(connection):
                for table in places:
                    await swap.put_in_place(connection, table)
                self.counts.new, self.snapshots = self._accepted, self._listed
                return True
            await connection.execute(_DIFFERENT)  # somebody registered in the meantime
        await connection.execute(_TOUCHED)
        await connection.execute(_MERGE)
        await connection.execute(_ADD_SNAPSHOTS, {"as_of": self._as_of})
        found = await (await connection.execute(_COUNT)).fetchone()
        if found is None:
            raise AssertionError("a count is always one row")
        self.counts.new, self.counts.changed, self.snapshots = map(int, found)
        return False

    def _checked(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self.counts.read += batch.rows.num_rows
            self._progress(batch.rows.num_rows)
            kept = check(batch, self._rules, self._report)
            yield self._seen.first_only(kept, self._report)

    def _encoded(self, batch: Batch) -> memoryview:
        rows = batch.rows
        since, until = days_in(batch, "ppa_from"), days_in(batch, "ppa_to")
        self._accepted += rows.num_rows
        self._listed += rows.num_rows - since.null_count
        return copy_bytes(
            [
                fixed(self._suffixes.take(rows.num_rows), SUFFIX_BYTES, prefix="pro_"),
                fixed(rows["dni"], 8),
                line(rows["full_name"]),
                fixed(rows["sex"], 1),
                day(days_in(batch, "born_on")),
                flag(rows["alive"]),
                fixed(rows["cci"], 20),
                day(since),
                day(until),
            ]
        )
