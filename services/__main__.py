"""One entry for every process and command of the rooms: `python -m services <command> [room …]`.

Each command imports what it needs when it runs: a token or a migration does not wait for the web
framework.
"""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console

from services.kernel.rooms import ROOMS, database_of, optional
from services.kernel.settings import settings

if TYPE_CHECKING:
    from services.kernel.dead_letters import DeadLetters
    from services.kernel.events import Listener

Answer = TypeVar("Answer")
cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
dead_letters = typer.Typer(no_args_is_help=True, help="Events that could not be applied.")
audits = typer.Typer(no_args_is_help=True, help="The hash-chained audit of each room.")
cli.add_typer(dead_letters, name="dead-letters")
cli.add_typer(audits, name="audit")
console = Console()

Rooms = Annotated[list[str] | None, typer.Argument(help=f"of: {', '.join(ROOMS)}; none: all")]


def _chosen(rooms: Sequence[str] | None) -> list[str]:
    unknown = sorted(set(rooms or ()) - set(ROOMS))
    if unknown:
        raise typer.BadParameter(f"no room {', '.join(unknown)}; rooms: {', '.join(ROOMS)}")
    return list(rooms or ROOMS)


@cli.command()
def api(rooms: Rooms = None) -> None:
    """Serve the HTTP API of these rooms on one port."""
    from services.kernel.app import create_app
    from services.kernel.telemetry import configure_logs, configure_traces
    from services.kernel.waiting import wait_for_database, wait_for_http

    chosen, config = _chosen(rooms), settings()
    configure_logs("api")
    configure_traces("api", config.traces_dir)
    for room in chosen:
        wait_for_database(room, config)
    wait_for_http("OPA", config.opa_url, config)
    _serve(create_app(chosen, config), config.api_host, config.api_port)


@cli.command()
def issuer() -> None:
    """Serve the development issuer of tokens (refused in production)."""
    from services.kernel.issuer import issuer_app
    from services.kernel.telemetry import configure_logs

    config = settings()
    configure_logs("issuer")
    host, port = config.issuer_url.split("//", 1)[1].rsplit(":", 1)
    _serve(issuer_app(config), host, int(port))


def _serve(app: object, host: str, port: int) -> None:
    import uvicorn

    uvicorn.run(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        access_log=False,
        log_config=None,  # its lines go through our own formatter
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65536,
    )


@cli.command("relay")
def relay_command(rooms: Rooms = None) -> None:
    """Pass the rooms' events on to Kafka; several relays may run."""
    from services.kernel.relay import relay
    from services.kernel.telemetry import configure_logs, configure_traces, serve_metrics
    from services.kernel.waiting import wait_for_database, wait_for_kafka

    chosen, config = _chosen(rooms), settings()
    configure_logs("relay")
    configure_traces("relay", config.traces_dir)
    stopping = _stop_on_signal()
    for room in chosen:
        wait_for_database(room, config)
    wait_for_kafka(config)
    serve_metrics(config.metrics_host, config.metrics_port)
    relay(chosen, config, until=stopping.is_set)


@cli.command("listen")
def listen_command(rooms: Rooms = None) -> None:
    """Apply other rooms' events in these rooms."""
    from services.kernel.listen import listen
    from services.kernel.telemetry import configure_logs, configure_traces, serve_metrics
    from services.kernel.waiting import wait_for_database, wait_for_kafka

    chosen, config = _chosen(rooms), settings()
    configure_logs("listen")
    configure_traces("listen", config.traces_dir)
    stopping = _stop_on_signal()
    for room in chosen:
        wait_for_database(room, config)
    wait_for_kafka(config)
    serve_metrics(config.metrics_host, config.metrics_port)

    async def all_listeners() -> None:
        async with asyncio.TaskGroup() as tasks:
            for room, listener in _listeners(chosen):
                database = database_of(room, config)
                tasks.create_task(listen(listener, database, config, until=stopping.is_set))

    asyncio.run(all_listeners())


@cli.command("exporter")
def exporter_command(rooms: Rooms = None) -> None:
    """Serve the rooms' state to Prometheus, read from their databases."""
    from services.exporter.run import run
    from services.kernel.telemetry import configure_logs, serve_metrics

    chosen, config = _chosen(rooms), settings()
    configure_logs("exporter")
    stopping = _stop_on_signal()
    serve_metrics(config.metrics_host, config.metrics_port)
    run(chosen, config, stopping)


@cli.command("notify")
def notify_command() -> None:
    """Send the notices that are due, by e-mail and webhook; several may run."""
    from services.kernel.telemetry import configure_logs, configure_traces, serve_metrics
    from services.kernel.waiting import wait_for_database
    from services.notices.sender import Sender

    config = settings()
    configure_logs("notify")
    configure_traces("notify", config.traces_dir)
    stopping = _stop_on_signal()
    wait_for_database("notices", config)
    serve_metrics(config.metrics_host, config.metrics_port)

    async def send() -> None:
        database = database_of("notices", config)
        sender = Sender(database, config)
        try:
            await sender.run(until=stopping.is_set)
        finally:
            await sender.close()
            await database.dispose()

    asyncio.run(send())


@cli.command("folder")
def folder_command() -> None:
    """Read the bank's drop folder, when files come by it (FUND_AGROBANCO_TRANSPORT=folder)."""
    from services.disbursement.folders import Folder
    from services.kernel.telemetry import configure_logs, serve_metrics
    from services.kernel.waiting import wait_for_database

    config = settings()
    configure_logs("folder")
    stopping = _stop_on_signal()
    wait_for_database("disbursement", config)
    serve_metrics(config.metrics_host, config.metrics_port)

    async def read() -> None:
        database = database_of("disbursement", config)
        try:
            await Folder(database, config).run(until=stopping.is_set)
        finally:
            await database.dispose()

    asyncio.run(read())


def _listeners(rooms: Sequence[str]) -> "list[tuple[str, Listener]]":
    return [
        (room, listener)
        for room in rooms
        for listener in optional(room, "listeners", "LISTENERS", [])
    ]


def _stop_on_signal() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


@cli.command("migrate")
def migrate_command(
    rooms: Rooms = None,
    check: Annotated[bool, typer.Option(help="Only compare tables with models.")] = False,  # noqa: FBT002
) -> None:
    """Bring the rooms' databases to their newest revision."""
    from services.kernel import migrate

    for room in _chosen(rooms):
        if check:
            migrate.check(room, settings())
        else:
            migrate.upgrade(room, settings())
        console.print(f"{room}: {'as the models' if check else 'migrated'}")


@cli.command("eligibility-replay")
def eligibility_replay(
    *,
    everything: Annotated[bool, typer.Option("--all", help="All stored decisions.")] = False,
    revision: Annotated[str, typer.Option(help="Under these kept rules; none: each's own.")] = "",
    folder: Annotated[Path, typer.Option("--out", help="Where JSON and CSV go.")] = Path("build"),
) -> None:
    """Ask stored decisions again; exit 1 when one differs under its own rules, or when one could
    not be asked."""
    from services.eligibility import impact
    from services.eligibility.revisions import Revisions

    if not everything:
        raise typer.BadParameter("say --all; one decision is replayed over the API")
    config = settings()

    async def replayed() -> impact.Impact:
        database = database_of("eligibility", config)
        try:
            return await impact.replay_all(database, Revisions(config), revision=revision or None)
        finally:
            await database.dispose()

    found = asyncio.run(replayed())
    for change in found.changes:
        moved = [f"+{one.code} {one.subject}" for one in change.findings_added]
        moved += [f"-{one.code} {one.subject}" for one in change.findings_removed]
        outcomes = f"{change.outcome_before} → {change.outcome_after}"
        typer.echo(f"{change.application_id} r{change.round}: {outcomes}; {', '.join(moved)}")
    typer.echo(", ".join(f"{name} {count}" for name, count in found.totals().items()))
    for path in impact.write(found, folder):
        typer.echo(path)
    if found.unanswered or (not revision and not found.same):
        raise typer.Exit(1)


@cli.command("import-padron")
def import_padron_command(
    file: Path,
    parcels: Path | None = None,
    source: str = "",
    as_of: Annotated[str, typer.Option(help="AAAA-MM-DD; none: today in Lima")] = "",
    rejects: Annotated[Path | None, typer.Option(help="where to write rejected rows")] = None,
    actor: str = "import-padron",
) -> None:
    """Import the padrón from CSV or Parquet (columns: services/registry/imports)."""
    import gc
    from datetime import date

    from services.kernel.errors import FundError
    from services.registry.imports.command import Asked, run

    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError:
        raise typer.BadParameter("--as-of wants a day, for example 2026-03-01") from None
    asked = Asked(
        producers=file, parcels=parcels, source=source, as_of=day, rejects=rejects, actor=actor
    )
    gc.disable()  # what the command loads stays until it ends, and needs no looking through
    try:
        run(asked, settings(), console)
    except FundError as error:
        console.print(error.detail, soft_wrap=True, markup=False)
        raise typer.Exit(1) from None
    finally:
        gc.freeze()


@cli.command("contracts")
def contracts_command(folder: Path = Path("contracts")) -> None:
    """Write the contracts that follow from the code: OpenAPI, events, AsyncAPI, policies."""
    from services.kernel import contracts

    console.print(f"{len(contracts.write(folder))} files in {folder}")


@cli.command()
def token(
    role: Annotated[str, typer.Option(help="applicant, board_member, secretariat, …")],
    seat: str = "",
    program: str = "",
    consortium: str = "",
    sub: str = "",
    ttl: int = 3600,
) -> None:
    """Print a token of the development issuer."""
    from services.kernel.tokens import issue

    claims = {"seat": seat, "program": program, "consortium_id": consortium}
    typer.echo(
        issue(
            settings(),
            sub=sub or "-".join(part for part in (role, seat, program) if part),
            role=role,
            life_s=ttl,
            **claims,
        )
    )


@dead_letters.command("list")
def list_dead_letters(consumer: str = "") -> None:
    """One line a dead letter: room, consumer, aggregate, why."""
    for room, row in _asked_letters(lambda letters: letters.listed(consumer or None)):
        line = f"{room} {row.consumer} {row.aggregate_id}: {row.reason}"
        console.print(line, soft_wrap=True, markup=False)


@dead_letters.command("show")
def show_dead_letter(aggregate: str) -> None:
    """The events that wait for an aggregate's replay, whole."""
    for event in _asked_letters(lambda letters: letters.waiting(aggregate)):
        console.print_json(data=event, default=str)


@dead_letters.command("replay")
def replay_dead_letters(
    consumer: str,
    aggregate: str = "",
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit.")] = "",
    actor: Annotated[str, typer.Option(help="Who.")] = "operator",
) -> None:
    """Apply a consumer's parked events again, of one aggregate or of all, and unpark them."""
    from services.kernel.work import Principal

    if not reason.strip():
        raise typer.BadParameter("say why: --reason")
    by = Principal(sub=actor, role="operator")
    done = _asked_letters(
        lambda letters: letters.replay(consumer, aggregate or None, reason=reason.strip(), by=by)
    )
    if not done:
        raise typer.BadParameter(f"nothing of {consumer} is parked; `dead-letters list` shows all")
    for one in done:
        kept = f"stays parked: {one.stays_parked}" if one.stays_parked else "unparked"
        line = f"{one.aggregate_id}: {one.applied} events applied, {kept}"
        console.print(line, soft_wrap=True, markup=False)
    if any(one.stays_parked for one in done):
        raise typer.Exit(1)


def _asked_letters(ask: "Callable[[DeadLetters], Awaitable[Answer]]") -> "Answer":
    from services.kernel.dead_letters import DeadLetters

    async def asked() -> "Answer":
        letters = DeadLetters(settings())
        try:
            return await ask(letters)
        finally:
            await letters.close()

    return asyncio.run(asked())


@audits.command("verify")
def verify_audit(rooms: Rooms = None, anchor: str = "") -> None:
    """Walk the chains and hold each room's rows against their proofs; exit 1 at a gap, an edit, a
    cut, or a row that its proof does not cover."""
    from services.kernel import audit

    def checked(room: str) -> audit.ChainReport:
        check = optional(room, "integrity", "findings", None)
        return audit.verify(room, settings(), anchor=anchor or None, check=check)

    reports = [checked(room) for room in _chosen(rooms)]
    for report in reports:
        verdict = report.fault or "whole"
        console.print(f"{report.room}: {report.rows} rows, head {report.head[:16]}…, {verdict}")
        for finding in report.findings:
            console.print(f"  {finding}", soft_wrap=True, markup=False)
    if not all(report.is_whole for report in reports):
        raise typer.Exit(1)


if __name__ == "__main__":
    cli()
