"""Writing the accepted parcels: always through a table of this transaction, then merged."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
from psycopg import AsyncConnection

from services.registry.imports.checking import check, parcel_rules
from services.registry.imports.loading import Progress
from services.registry.imports.reading import Batch
from services.registry.imports.report import Counts, Report
from services.registry.imports.staging import Suffixes, ahead, copy_in, copy_text

_STAGING: Final = """
CREATE TEMPORARY TABLE parcel_row (
    row_number integer, suffix text, dni text, code text, area_ha numeric, crop text, tenure text,
    ubigeo_scheme text, ubigeo_code text
) ON COMMIT DROP
"""
_REPEATED: Final = """
DELETE FROM parcel_row r USING (
    SELECT ctid AS place, row_number() OVER (PARTITION BY dni, code ORDER BY row_number) AS turn
    FROM parcel_row
) AS counted
WHERE r.ctid = counted.place AND counted.turn > 1 RETURNING r.row_number
"""
_UNKNOWN: Final = """
DELETE FROM parcel_row r WHERE NOT EXISTS (SELECT FROM producer p WHERE p.dni = r.dni)
RETURNING r.row_number
"""
_DROP_KEY: Final = "ALTER TABLE parcel DROP CONSTRAINT fk_parcel_producer_id_producer"
_ADD_KEY: Final = """
ALTER TABLE parcel ADD CONSTRAINT fk_parcel_producer_id_producer
    FOREIGN KEY (producer_id) REFERENCES producer (id)
"""
_MERGE: Final = """
WITH wanted AS (
    SELECT r.*, p.id AS producer_id, (r.area_ha * 10000)::integer AS area_m2
    FROM parcel_row r JOIN producer p ON p.dni = r.dni
), merged AS (
    INSERT INTO parcel AS p
        (id, producer_id, code, area_m2, crop, tenure, ubigeo_scheme, ubigeo_code)
    SELECT 'par_' || w.suffix, w.producer_id, w.code, w.area_m2, w.crop, w.tenure,
        w.ubigeo_scheme, w.ubigeo_code
    FROM wanted w LEFT JOIN parcel k ON k.producer_id = w.producer_id AND k.code = w.code
    WHERE k.id IS NULL OR (k.area_m2, k.crop, k.tenure, k.ubigeo_scheme, k.ubigeo_code)
        IS DISTINCT FROM (w.area_m2, w.crop, w.tenure, w.ubigeo_scheme, w.ubigeo_code)
    ON CONFLICT (producer_id, code) DO UPDATE SET area_m2 = excluded.area_m2,
        crop = excluded.crop, tenure = excluded.tenure,
        ubigeo_scheme = excluded.ubigeo_scheme, ubigeo_code = excluded.ubigeo_code
    RETURNING p.xmax = 0 AS fresh
)
SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM merged
"""


class ParcelLoad:
    """One file of parcels on its way into the registry, after the producers."""

    def __init__(self, *, report: Report, progress: Progress) -> None:
        self.counts = Counts()
        self._report, self._progress = report, progress
        self._suffixes, self._rules = Suffixes(), parcel_rules()

    async def merge(
        self, connection: AsyncConnection[Any], batches: Iterator[Batch], *, first: bool
    ) -> None:
        """Add and update; on a first load the foreign key is checked once, at the end."""
        await connection.execute(_STAGING)
        async for data in ahead(map(self._staged, batches)):
            await copy_in(connection, "parcel_row", data)
        await connection.execute("ANALYZE parcel_row")
        await self._refuse(connection, _REPEATED, "code", "el predio ya figura antes en el archivo")
        reason = "no hay productor con ese DNI; impórtelo antes o corrija el DNI"
        await self._refuse(connection, _UNKNOWN, "dni", reason)
        if first:
            await connection.execute(_DROP_KEY)
        found = await (await connection.execute(_MERGE)).fetchone()
        if first:
            await connection.execute(_ADD_KEY)
        if found is None:
            raise AssertionError("a count is always one row")
        self.counts.new, self.counts.changed = found

    async def _refuse(
        self, connection: AsyncConnection[Any], statement: str, column: str, reason: str
    ) -> None:
        rows = await connection.execute(statement)
        for (number,) in sorted(await rows.fetchall()):
            self._report.reject(number, column, reason)

    def _staged(self, batch: Batch) -> memoryview:
        self.counts.read += batch.rows.num_rows
        self._progress(batch.rows.num_rows)
        kept = check(batch, self._rules, self._report)
        numbers = pa.array(kept.numbers, type=pa.int32())
        return copy_text([numbers, self._suffixes.take(len(numbers)), *kept.rows.columns])
