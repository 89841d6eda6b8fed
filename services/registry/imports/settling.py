"""The use case, second part: what was prepared becomes part of the registry in one transaction."""

from typing import Any

from psycopg import AsyncConnection

from services.kernel import clock
from services.kernel.db import AsyncSession, Database
from services.kernel.ids import new_id
from services.kernel.work import Principal, Work
from services.registry.events import PadronImported
from services.registry.imports.files import Order
from services.registry.imports.report import Counts, Report
from services.registry.imports.run import Prepared
from services.registry.imports.staging import LIMITS
from services.registry.models import ImportRun


async def settle(database: Database, prepared: Prepared, *, actor: str) -> ImportRun:
    """Put the rows in place or merge them, and tell of it; nothing is seen before the commit."""
    load, land, order = prepared.producers, prepared.parcels, prepared.order
    async with database.begin() as session:
        connection = await _driver(session)
        await connection.execute(LIMITS)
        if order.parcels is None:
            await load.settle(connection, places=["producer"])
        else:
            in_place = await load.settle(connection, places=["parcel", "producer"])
            await land.settle(connection, in_place=in_place)
        by = Principal(actor, "operator")
        return _noted(
            Work(session, by, prepared.started_at, new_id("req")),
            order,
            snapshots=load.snapshots,
            producers=_closed(load.counts, prepared.follow.producers),
            parcels=_closed(land.counts, prepared.follow.parcels),
        )


async def _driver(session: AsyncSession) -> AsyncConnection[Any]:
    raw = await (await session.connection()).get_raw_connection()
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
