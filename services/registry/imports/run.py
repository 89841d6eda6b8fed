"""The use case: one file of producers, and of parcels if there is one, in one transaction."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from psycopg import AsyncConnection
from sqlalchemy import text

from services.kernel import clock
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.work import Work
from services.registry.events import PadronImported
from services.registry.imports.checking import PARCEL_COLUMNS, PRODUCER_COLUMNS
from services.registry.imports.loading import ProducerLoad, Progress
from services.registry.imports.parcels import ParcelLoad
from services.registry.imports.reading import Source, batches
from services.registry.imports.report import Counts, Report
from services.registry.models import ImportRun

_LOCK: Final = "SELECT pg_try_advisory_xact_lock(7240702)"
_LIMITS: Final = """
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL lock_timeout = '60s';
SET LOCAL maintenance_work_mem = '256MB';
SET LOCAL work_mem = '64MB'
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


async def import_padron(work: Work, *, order: Order, follow: Follow) -> ImportRun:
    """Import the files as the registry's owner; nothing of them is seen before the commit.

    Raises registry.import_running while another import runs, and registry.import_file.
    """
    if not await work.session.scalar(text(_LOCK)):
        raise Conflict(
            "registry.import_running",
            "Ya hay una importación del padrón en marcha; espere a que termine y repita.",
        )
    connection = await _driver(work)
    await connection.execute(_LIMITS)
    first = not await work.session.scalar(text("SELECT EXISTS (SELECT FROM producer)"))
    load = ProducerLoad(
        as_of=order.as_of, now=work.now, report=follow.producers, progress=follow.progress
    )
    rows = batches(order.producers, PRODUCER_COLUMNS, follow.producers)
    await (load.first if first else load.merge)(connection, rows)
    land = ParcelLoad(report=follow.parcels, progress=follow.progress)
    if order.parcels is not None:
        rows = batches(order.parcels, PARCEL_COLUMNS, follow.parcels)
        await land.merge(connection, rows, first=first)
    return _noted(
        work,
        order,
        snapshots=load.snapshots,
        producers=_closed(load.counts, follow.producers),
        parcels=_closed(land.counts, follow.parcels),
    )


async def _driver(work: Work) -> AsyncConnection[Any]:
    raw = await (await work.session.connection()).get_raw_connection()
    found: AsyncConnection[Any] | None = raw.driver_connection
    if found is None:
        raise AssertionError("the session's connection is open")
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
