"""The use case, first part: the files are checked and prepared beside the registry.

The second part (`settling`) brings in the kernel's transactions, audit and events, which take as
long to import as a tenth of a national load; so it is imported while PostgreSQL builds the indexes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus

from services.kernel.errors import Conflict
from services.registry.imports.files import PARCEL_COLUMNS, PRODUCER_COLUMNS, Order
from services.registry.imports.loading import ProducerLoad
from services.registry.imports.parcels import ParcelLoad
from services.registry.imports.reading import batches
from services.registry.imports.report import Follow
from services.registry.imports.staging import CONNECTION, SETTINGS, Beside

SETTLING: Final = "services.registry.imports.settling"
_LOCK: Final = "SELECT pg_try_advisory_lock(7240702)"
_CLEAR: Final = """
DROP TABLE IF EXISTS incoming.parcel, incoming.parcel_row, incoming.different, incoming.producer
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The files' accepted rows beside the registry."""

    producers: ProducerLoad
    parcels: ParcelLoad
    order: Order
    follow: Follow
    started_at: datetime


@asynccontextmanager
async def prepared(
    url: str, *, order: Order, follow: Follow, started_at: datetime
) -> AsyncIterator[Prepared]:
    """The files beside the registry until the block ends; no room sees anything of them.

    `url` is the registry's as its owner. Raises registry.import_running while another import runs,
    and registry.import_file.
    """
    async with _beside(url) as beside:
        load = ProducerLoad(
            as_of=order.as_of, now=started_at, report=follow.producers, progress=follow.progress
        )
        land = ParcelLoad(report=follow.parcels, progress=follow.progress)
        await load.stage(beside, batches(order.producers, PRODUCER_COLUMNS, follow.producers))
        async with asyncio.TaskGroup() as both:
            both.create_task(asyncio.to_thread(import_module, SETTLING))
            both.create_task(load.make_ready(beside))
        if order.parcels is not None:
            rows = batches(order.parcels, PARCEL_COLUMNS, follow.parcels)
            await land.stage(beside, rows, first=load.first)
        yield Prepared(load, land, order, follow, started_at)


@asynccontextmanager
async def _beside(url: str) -> AsyncIterator[Beside]:
    """Connections beside the import's transaction; the first holds its lock until the end."""
    async with _committing(url) as one, _committing(url) as other:
        locked = await (await one.execute(_LOCK)).fetchone()
        if locked is None or not locked[0]:
            raise Conflict(
                "registry.import_running",
                "Ya hay una importación del padrón en marcha; espere a que termine y repita.",
            )
        await one.execute(_CLEAR)
        try:
            yield Beside(url, one, other)
        finally:
            if one.info.transaction_status is TransactionStatus.IDLE:
                await one.execute(_CLEAR)


@asynccontextmanager
async def _committing(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(url, **CONNECTION) as connection:
        await connection.execute(SETTINGS)
        yield connection
