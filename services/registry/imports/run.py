"""The use case: files are prepared beside the registry and become part of it in one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from sqlalchemy.ext.asyncio import AsyncConnection as Connection

from services.kernel import clock
from services.kernel.db import Database
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.work import Principal, Work
from services.registry.events import PadronImported
from services.registry.imports.checking import PARCEL_COLUMNS, PRODUCER_COLUMNS
from services.registry.imports.loading import ProducerLoad, Progress
from services.registry.imports.parcels import ParcelLoad
from services.registry.imports.reading import Source, batches
from services.registry.imports.report import Counts, Report
from services.registry.imports.staging import Beside
from services.registry.models import ImportRun

_LOCK: Final = "SELECT pg_try_advisory_lock(7240702)"
_LIMITS: Final = """
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '60s';
SET maintenance_work_mem = '256MB';
SET work_mem = '192MB'
"""
_NOT_WAITED_FOR: Final = "SET synchronous_commit = off"
"""What is beside the registry may be lost; the commit that imports waits for all before it."""
_CLEAR: Final = """
DROP TABLE IF EXISTS incoming.parcel, incoming.parcel_row, incoming.different, incoming.producer
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to import: the files, who says so, and the day on which the padrón looked so."""

    producers: Source
    parcels: Source | None
    source: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Who is told how it goes: the reports of rejects, and how many rows were read."""

    producers: Report
    parcels: Report
    progress: Progress


async def import_padron(
    database: Database, *, order: Order, follow: Follow, actor: Principal, now: datetime
) -> ImportRun:
    """Import the files as the registry's owner; nothing of them is seen before the commit.

    Raises registry.import_running while another import runs, and registry.import_file.
    """
    async with _beside(database) as beside:
        load = ProducerLoad(
            as_of=order.as_of, now=now, report=follow.producers, progress=follow.progress
        )
        land = ParcelLoad(report=follow.parcels, progress=follow.progress)
        await load.stage(beside, batches(order.producers, PRODUCER_COLUMNS, follow.producers))
        places = ["producer"]
        if order.parcels is not None:
            rows = batches(order.parcels, PARCEL_COLUMNS, follow.parcels)
            await land.stage(beside, rows, first=load.first)
            places.insert(0, "parcel")
        async with database.begin() as session:
            connection = await _driver(await session.connection())
            await connection.execute(_LIMITS)
            in_place = await load.settle(connection, places=places)
            if order.parcels is not None:
                await land.settle(connection, in_place=in_place)
            work = Work(session, actor, now, new_id("req"))
            return _noted(
                work,
                order,
                snapshots=load.snapshots,
                producers=_closed(load.counts, follow.producers),
                parcels=_closed(land.counts, follow.parcels),
            )


@asynccontextmanager
async def _beside(database: Database) -> AsyncIterator[Beside]:
    """Connections beside the import's transaction; the first holds its lock until the end."""
    async with _committing(database) as one, _committing(database) as other:
        locked = await (await one.execute(_LOCK)).fetchone()
        if locked is None or not locked[0]:
            raise Conflict(
                "registry.import_running",
                "Ya hay una importación del padrón en marcha; espere a que termine y repita.",
            )
        await one.execute(_CLEAR)
        try:
            yield Beside(one, other)
        finally:
            if one.info.transaction_status is TransactionStatus.IDLE:
                await one.execute(_CLEAR)


@asynccontextmanager
async def _committing(database: Database) -> AsyncIterator[AsyncConnection[Any]]:
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        driver = await _driver(connection)
        await driver.execute(_LIMITS)
        await driver.execute(_NOT_WAITED_FOR)
        try:
            yield driver
        finally:
            await connection.invalidate()  # closed, and with it the lock goes


async def _driver(connection: Connection) -> AsyncConnection[Any]:
    raw = await connection.get_raw_connection()
    found: AsyncConnection[Any] | None = raw.driver_connection
    if found is None:
        raise AssertionError("the connection is open")
    return found


def _closed(counts: Counts, report: Report) -> Counts:
    """The counts with what follows from them: lines that were no rows count as read too."""
    counts.read += report.unreadable
    counts.rejected = report.rejected
    counts.unchanged = counts.read - counts.rejected - counts.new - counts.changed
    return counts


def _noted(
    work: Work, order: Order, *, producers: Counts, parcels: Counts, snapshots: int
) -> ImportRun:
    land = order.parcels
    run = ImportRun(
        id=new_id("imp"),
        file_name=order.producers.path.name,
        sha256=order.producers.sha256,
        parcels_file_name=land.path.name if land else None,
        parcels_sha256=land.sha256 if land else None,
        source=order.source,
        as_of=order.as_of,
        producers=producers.as_change(),
        parcels=parcels.as_change(),
        snapshots_added=snapshots,
        actor=work.actor.sub,
        started_at=work.now,
        finished_at=clock.now(),
    )
    work.session.add(run)
    work.record(
        "registry.padron.import",
        run.id,
        {
            "file_name": run.file_name,
            "sha256": run.sha256,
            "parcels_sha256": run.parcels_sha256,
            "source": run.source,
            "as_of": run.as_of.isoformat(),
            "producers": run.producers,
            "parcels": run.parcels,
            "snapshots_added": snapshots,
        },
    )
    work.publish(
        PadronImported(
            import_run_id=run.id,
            as_of=run.as_of,
            producers_new=producers.new,
            producers_changed=producers.changed,
            parcels_new=parcels.new,
            parcels_changed=parcels.changed,
            snapshots_added=snapshots,
        ),
        version=1,
    )
    return run
