"""Parcels on their way into the registry, after the producers and in the same two steps."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
from psycopg import AsyncConnection
from pyarrow import compute as pc

from services.registry.imports import swap
from services.registry.imports.binary import copy_bytes, fixed, integer, line
from services.registry.imports.checking import check, parcel_rules
from services.registry.imports.reading import Batch
from services.registry.imports.report import Counts, Progress, Report
from services.registry.imports.staging import SUFFIX_BYTES, Beside, Suffixes, copy_in

_TARGET: Final = "incoming.parcel_row"
_STAGING: Final = """
CREATE UNLOGGED TABLE incoming.parcel_row (
    row_number integer, id text, dni text, code text, area_m2 integer, crop text, tenure text,
    ubigeo_scheme text, ubigeo_code text
)
"""
_REPEATED: Final = """
DELETE FROM incoming.parcel_row r USING (
    SELECT ctid AS place, row_number() OVER (PARTITION BY dni, code ORDER BY row_number) AS turn
    FROM incoming.parcel_row
) AS counted
WHERE r.ctid = counted.place AND counted.turn > 1 RETURNING r.row_number
"""
_UNKNOWN: Final = """
DELETE FROM incoming.parcel_row r
WHERE NOT EXISTS (SELECT FROM incoming.producer p WHERE p.dni = r.dni)
    AND NOT EXISTS (SELECT FROM producer p WHERE p.dni = r.dni)
RETURNING r.row_number
"""
_COLUMNS: Final = "(id, producer_id, code, area_m2, crop, tenure, ubigeo_scheme, ubigeo_code)"
_FILL: Final = f"""
INSERT INTO incoming.parcel {_COLUMNS}
SELECT r.id, p.id, r.code, r.area_m2, r.crop, r.tenure, r.ubigeo_scheme, r.ubigeo_code
FROM incoming.parcel_row r JOIN incoming.producer p ON p.dni = r.dni ORDER BY r.row_number
"""
_DROP_SAME: Final = """
DELETE FROM incoming.parcel_row r USING producer p, parcel k
WHERE p.dni = r.dni AND k.producer_id = p.id AND k.code = r.code
    AND (k.area_m2, k.crop, k.tenure, k.ubigeo_scheme, k.ubigeo_code)
    IS NOT DISTINCT FROM (r.area_m2, r.crop, r.tenure, r.ubigeo_scheme, r.ubigeo_code)
"""
_MERGE: Final = f"""
WITH merged AS (
    INSERT INTO parcel AS k {_COLUMNS}
    SELECT r.id, p.id, r.code, r.area_m2, r.crop, r.tenure, r.ubigeo_scheme, r.ubigeo_code
    FROM incoming.parcel_row r JOIN producer p ON p.dni = r.dni
    ON CONFLICT (producer_id, code) DO UPDATE SET area_m2 = excluded.area_m2,
        crop = excluded.crop, tenure = excluded.tenure,
        ubigeo_scheme = excluded.ubigeo_scheme, ubigeo_code = excluded.ubigeo_code
    WHERE (k.area_m2, k.crop, k.tenure, k.ubigeo_scheme, k.ubigeo_code) IS DISTINCT FROM
        (excluded.area_m2, excluded.crop, excluded.tenure, excluded.ubigeo_scheme,
            excluded.ubigeo_code)
    RETURNING k.xmax = 0 AS fresh
)
SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM merged
"""


class ParcelLoad:
    """One file of parcels on its way into the registry."""

    def __init__(self, *, report: Report, progress: Progress) -> None:
        self.counts = Counts()
        self._report, self._progress = report, progress
        self._suffixes, self._rules = Suffixes(), parcel_rules()
        self._filled = 0

    async def stage(self, beside: Beside, batches: Iterator[Batch], *, first: bool) -> None:
        """Write the accepted rows beside the registry, after the producers."""
        connection = beside.one
        await connection.execute(_STAGING)
        await copy_in(beside.url, _TARGET, map(self._encoded, batches))
        await connection.execute("ANALYZE incoming.parcel_row")
        await self._refuse(connection, _REPEATED, "code", "el predio ya figura antes en el archivo")
        reason = "no hay productor con ese DNI; impórtelo antes o corrija el DNI"
        await self._refuse(connection, _UNKNOWN, "dni", reason)
        if first:
            await connection.execute(swap.AS_ITS_PLACE.format(table="parcel"))
            self._filled = (await connection.execute(_FILL)).rowcount
            await swap.add_keys(beside, "parcel")
        else:
            await connection.execute(_DROP_SAME)

    async def settle(self, connection: AsyncConnection[Any], *, in_place: bool) -> None:
        """Count what was put in place with the producers, or merge, in one transaction."""
        if in_place:
            self.counts.new = self._filled
            return
        found = await (await connection.execute(_MERGE)).fetchone()
        if found is None:
            raise AssertionError("a count is always one row")
        self.counts.new, self.counts.changed = found

    async def _refuse(
        self, connection: AsyncConnection[Any], statement: str, column: str, reason: str
    ) -> None:
        rows = await connection.execute(statement)
        for (number,) in sorted(await rows.fetchall()):
            self._report.reject(number, column, reason)

    def _encoded(self, batch: Batch) -> memoryview:
        self.counts.read += batch.rows.num_rows
        self._progress(batch.rows.num_rows)
        kept = check(batch, self._rules, self._report)
        rows = kept.rows
        area_m2 = pc.multiply(pc.cast(rows["area_ha"], pa.decimal128(9, 4)), 10_000)
        return copy_bytes(
            [
                integer(pa.array(kept.numbers, type=pa.int32())),
                fixed(self._suffixes.take(rows.num_rows), SUFFIX_BYTES, prefix="par_"),
                fixed(rows["dni"], 8),
                line(rows["code"]),
                integer(pc.cast(area_m2, pa.int32())),
                line(rows["crop"]),
                line(rows["tenure"]),
                line(rows["ubigeo_scheme"]),
                fixed(rows["ubigeo_code"], 6),
            ]
        )
