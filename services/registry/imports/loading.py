"""Writing the accepted producers: a first load straight into the empty tables, later a merge.

Both run in the caller's transaction. The first load leaves out, while it writes, what costs a
look-up for each row (keys, the unique DNI, foreign keys and an index) and sets it again before the
commit, which checks all rows at once. Nobody waits for the tables but on that one occasion.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
from psycopg import AsyncConnection, sql
from pyarrow import compute as pc

from services.registry.imports.checking import PRODUCER_COLUMNS, Seen, check, producer_rules
from services.registry.imports.reading import Batch
from services.registry.imports.report import Counts, Report
from services.registry.imports.staging import (
    Suffixes,
    ahead,
    copy_in,
    copy_text,
    or_null,
    prefixed,
)

Progress = Callable[[int], None]
"""Told how many more rows were read."""

_PRODUCER: Final = "producer (id, dni, full_name, sex, born_on, alive, cci)"
_SNAPSHOT: Final = "ppa_registration (id, producer_id, valid_from, valid_to)"
_OPEN: Final = """
LOCK TABLE producer, ppa_registration, parcel, membership IN ACCESS EXCLUSIVE MODE;
ALTER TABLE parcel DROP CONSTRAINT fk_parcel_producer_id_producer;
ALTER TABLE membership DROP CONSTRAINT fk_membership_producer_id_producer;
ALTER TABLE ppa_registration DROP CONSTRAINT fk_ppa_registration_producer_id_producer,
    DROP CONSTRAINT pk_ppa_registration, ALTER recorded_at SET DEFAULT {now};
DROP INDEX ix_ppa_registration_producer_id;
ALTER TABLE producer DROP CONSTRAINT uq_producer_dni, DROP CONSTRAINT pk_producer,
    ALTER created_at SET DEFAULT {now};
"""
_CLOSE: Final = """
ALTER TABLE producer ADD CONSTRAINT pk_producer PRIMARY KEY (id),
    ADD CONSTRAINT uq_producer_dni UNIQUE (dni), ALTER created_at DROP DEFAULT;
CREATE INDEX ix_ppa_registration_producer_id ON ppa_registration (producer_id);
ALTER TABLE ppa_registration ADD CONSTRAINT pk_ppa_registration PRIMARY KEY (id),
    ADD CONSTRAINT fk_ppa_registration_producer_id_producer
        FOREIGN KEY (producer_id) REFERENCES producer (id), ALTER recorded_at DROP DEFAULT;
ALTER TABLE membership ADD CONSTRAINT fk_membership_producer_id_producer
    FOREIGN KEY (producer_id) REFERENCES producer (id);
ALTER TABLE parcel ADD CONSTRAINT fk_parcel_producer_id_producer
    FOREIGN KEY (producer_id) REFERENCES producer (id);
"""
_STAGING: Final = """
CREATE TEMPORARY TABLE padron_row (
    suffix text, dni text, full_name text, sex text, born_on date, alive boolean, cci text,
    ppa_from date, ppa_to date
) ON COMMIT DROP;
CREATE TEMPORARY TABLE padron_touched (dni text, fresh boolean) ON COMMIT DROP;
"""
_MERGE: Final = """
WITH merged AS (
    INSERT INTO producer AS p (id, dni, full_name, sex, born_on, alive, cci, created_at)
    SELECT 'pro_' || r.suffix, r.dni, r.full_name, r.sex, r.born_on, r.alive, r.cci, %(now)s
    FROM padron_row r LEFT JOIN producer k ON k.dni = r.dni
    WHERE k.id IS NULL OR (k.full_name, k.sex, k.born_on, k.alive, k.cci)
        IS DISTINCT FROM (r.full_name, r.sex, r.born_on, r.alive, r.cci)
    ON CONFLICT (dni) DO UPDATE SET full_name = excluded.full_name, sex = excluded.sex,
        born_on = excluded.born_on, alive = excluded.alive, cci = excluded.cci
    RETURNING p.dni, p.xmax = 0 AS fresh
)
INSERT INTO padron_touched SELECT dni, fresh FROM merged
"""
_ADD_SNAPSHOTS: Final = """
WITH said AS (
    SELECT DISTINCT ON (producer_id) producer_id, valid_from, valid_to
    FROM ppa_registration ORDER BY producer_id, recorded_at DESC, id DESC
), wanted AS (
    SELECT r.suffix, p.id AS producer_id, said.valid_from AS old_from, said.valid_to AS old_to,
        coalesce(r.ppa_from, said.valid_from) AS valid_from,
        CASE WHEN r.ppa_from IS NOT NULL THEN r.ppa_to
            WHEN said.valid_to <= %(as_of)s THEN said.valid_to
            ELSE greatest(%(as_of)s, said.valid_from + 1) END AS valid_to
    FROM padron_row r JOIN producer p ON p.dni = r.dni
    LEFT JOIN said ON said.producer_id = p.id
), added AS (
    INSERT INTO ppa_registration (id, producer_id, valid_from, valid_to, recorded_at)
    SELECT 'ppa_' || suffix, producer_id, valid_from, valid_to, %(now)s FROM wanted
    WHERE valid_from IS NOT NULL AND (valid_from, valid_to) IS DISTINCT FROM (old_from, old_to)
    RETURNING producer_id
), noted AS (
    INSERT INTO padron_touched
    SELECT p.dni, false FROM added JOIN producer p ON p.id = added.producer_id
)
SELECT count(*) FROM added
"""
_COUNT: Final = """
SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh)
FROM (SELECT bool_or(fresh) AS fresh FROM padron_touched GROUP BY dni) AS touched
"""


class ProducerLoad:
    """One file of producers on its way into the registry."""

    def __init__(self, *, as_of: date, now: datetime, report: Report, progress: Progress) -> None:
        self.counts = Counts()
        self.snapshots = 0
        self._as_of, self._now = as_of, now
        self._report, self._progress = report, progress
        self._suffixes, self._seen = Suffixes(), Seen()
        self._rules = producer_rules(as_of)

    async def first(self, connection: AsyncConnection[Any], batches: Iterator[Batch]) -> None:
        """Fill the empty tables; nobody else reads or writes them until the end."""
        await connection.execute(sql.SQL(_OPEN).format(now=sql.Literal(self._now)))
        async for producers, snapshots in ahead(map(self._both, self._checked(batches))):
            await copy_in(connection, _PRODUCER, producers)
            await copy_in(connection, _SNAPSHOT, snapshots)
        await connection.execute(_CLOSE)

    async def merge(self, connection: AsyncConnection[Any], batches: Iterator[Batch]) -> None:
        """Add and update; readers and writers of the registry go on."""
        await connection.execute(_STAGING)
        async for data in ahead(map(self._staged, self._checked(batches))):
            await copy_in(connection, "padron_row", data)
        await connection.execute("ANALYZE padron_row")
        values = {"now": self._now, "as_of": self._as_of}
        await connection.execute(_MERGE, values)
        added = await (await connection.execute(_ADD_SNAPSHOTS, values)).fetchone()
        found = await (await connection.execute(_COUNT)).fetchone()
        if added is None or found is None:
            raise AssertionError("a count is always one row")
        self.snapshots = added[0]
        self.counts.new, self.counts.changed = found

    def _checked(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self.counts.read += batch.rows.num_rows
            self._progress(batch.rows.num_rows)
            kept = check(batch, self._rules, self._report)
            yield self._seen.first_only(kept, self._report)

    def _both(self, batch: Batch) -> tuple[memoryview, memoryview]:
        rows, suffixes = batch.rows, self._suffixes.take(batch.rows.num_rows)
        ids = prefixed("pro", suffixes)
        self.counts.new += rows.num_rows
        producers = copy_text([ids, *(rows[name] for name in PRODUCER_COLUMNS[:6])])
        starts, ends = or_null(rows["ppa_from"]), or_null(rows["ppa_to"])
        listed = pa.RecordBatch.from_arrays(
            [prefixed("ppa", suffixes), ids, starts, ends], names=["id", "of", "from", "to"]
        ).filter(pc.is_valid(starts))
        self.snapshots += listed.num_rows
        return producers, copy_text(listed.columns)

    def _staged(self, batch: Batch) -> memoryview:
        rows = batch.rows
        person = [rows[name] for name in PRODUCER_COLUMNS[:6]]
        period = [or_null(rows["ppa_from"]), or_null(rows["ppa_to"])]
        return copy_text([self._suffixes.take(rows.num_rows), *person, *period])
