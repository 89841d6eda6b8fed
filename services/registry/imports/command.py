"""The command's work: read what is asked, import it under a progress bar, say what came of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.kernel import clock
from services.kernel.errors import Unavailable
from services.kernel.rooms import database_of
from services.kernel.settings import Settings
from services.registry.imports.files import PARCEL_COLUMNS, PRODUCER_COLUMNS, Order, inspect
from services.registry.imports.report import Follow, Report, rejects_file

if TYPE_CHECKING:
    from services.registry.models import ImportRun

_RUNNING: Final = "services.registry.imports.run"
"""What reads and writes; it is loaded while the files are looked through."""
_COUNTS: Final = {
    "read": "leídas",
    "new": "nuevas",
    "changed": "cambiadas",
    "unchanged": "sin cambio",
    "rejected": "rechazadas",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    producers: Path
    parcels: Path | None = None
    source: str = ""
    as_of: date | None = None
    rejects: Path | None = None
    actor: str = "import-padron"


def run(asked: Asked, settings: Settings, console: Console) -> "ImportRun":
    """Import, and print the summary; raises FundError when nothing was imported."""
    now = clock.now()
    with ThreadPoolExecutor(1) as loader:
        loaded = loader.submit(import_module, _RUNNING)
        order = _order(asked, now)
        loaded.result()
    reports = Report("producers"), Report("parcels")
    total = order.producers.rows + (order.parcels.rows if order.parcels else 0)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    with rejects_file(asked.rejects) as writer, bar:
        task = bar.add_task("filas leídas", total=total)
        for report in reports:
            report.writer = writer
        follow = Follow(
            producers=reports[0],
            parcels=reports[1],
            progress=lambda rows: bar.advance(task, rows),
        )
        done = asyncio.run(_imported(order, follow, settings, actor=asked.actor, started_at=now))
        bar.update(task, total=bar.tasks[task].completed)  # it was an estimate until now
    _tell(done, reports, asked.rejects, console)
    return done


def _order(asked: Asked, now: datetime) -> Order:
    land = asked.parcels
    return Order(
        producers=inspect(asked.producers, PRODUCER_COLUMNS),
        parcels=inspect(land, PARCEL_COLUMNS) if land else None,
        source=asked.source or asked.producers.name,
        as_of=asked.as_of or clock.lima_date(now),
    )


async def _imported(
    order: Order, follow: Follow, settings: Settings, *, actor: str, started_at: datetime
) -> "ImportRun":
    """As the tables' owner: the API's own user may not change producers."""
    import psycopg

    from services.registry.imports.run import prepared

    owner = settings.model_copy(update={"database_url": settings.migration_database_url})
    url = owner.database_url.format(room="registry").replace("+psycopg", "")
    try:
        async with prepared(url, order=order, follow=follow, started_at=started_at) as ready:
            from services.registry.imports.settling import settle  # it was imported meanwhile

            database = database_of("registry", owner)
            try:
                return await settle(database, ready, actor=actor)
            finally:
                await database.dispose()
    except psycopg.OperationalError as error:
        raise Unavailable(
            "registry.import_interrupted",
            "La base de datos no responde o está ocupada; no se importó nada. Repita más tarde.",
        ) from error


def _tell(
    done: "ImportRun", reports: tuple[Report, Report], rejects: Path | None, console: Console
) -> None:
    table = Table(title=f"Importación {done.id}, padrón al {done.as_of}")
    for heading in ("filas", "productores", "predios"):
        table.add_column(heading, justify="left" if heading == "filas" else "right")
    for name, said in _COUNTS.items():
        table.add_row(said, f"{done.producers[name]:,}", f"{done.parcels[name]:,}")
    console.print(table)
    seconds = (done.finished_at - done.started_at).total_seconds()
    console.print(f"{done.snapshots_added:,} periodos del padrón añadidos · {seconds:.1f} s")
    for report in reports:
        for found in report.samples:
            place = f"{found.file}, fila {found.row}, {found.column or 'toda la fila'}"
            console.print(f"  {place}: {found.reason}", soft_wrap=True, markup=False)
    if rejects is not None:
        console.print(f"Todos los rechazos: {rejects}", soft_wrap=True, markup=False)
    elif any(report.rejected for report in reports):
        console.print("Con --rejects ARCHIVO.csv se guardan todos los rechazos.")
