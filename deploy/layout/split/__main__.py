"""`make split-layout`: servers, every service alone, its probes, closed doors, the main job."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Final

import psycopg
from rich.console import Console
from rich.table import Table

from deploy.layout import databases
from deploy.layout.rooms import room_urls
from deploy.layout.services import ROOMS, Service, of_kind
from deploy.layout.split import doors
from deploy.layout.split.own import GATEWAY, Layout
from deploy.layout.split.processes import Running, await_probes, end, launch, run_jobs, start
from deploy.local import down, environment, settings, up
from deploy.local.errors import StackError
from deploy.local.settings import Stack
from deploy.local.view import View, show_error

ABOVE: Final = 100
"""Above the ports of this checkout's own stack, which may run beside."""
AT_ONCE: Final = 4
"""Services started side by side; each import takes a processor for seconds."""
DEMO_LIMIT_S: Final = 420
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def main() -> int:
    """Run it all; 0 when every probe answered, every door was closed and the demo balanced."""
    known = settings.load()
    layout = Layout(Stack(known.state / "split", known.port_base + ABOVE))
    signal.signal(signal.SIGTERM, _interrupted)
    running: list[Running] = []
    beside: list[subprocess.Popen[bytes]] = []
    started = time.monotonic()
    try:
        _fresh_servers(layout)
        jobs = run_jobs(layout, of_kind("job"))
        console.print(f"{len(jobs)} migrations, each with its owner's secret only")
        beside.append(_mailbox(layout))
        waiting = of_kind("stand-in", "api", "process")
        while waiting:
            now, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            start(layout, now, running)
            ready = ", ".join(
                f"{each.service.name} {each.seconds:.0f} s" for each in running[-len(now) :]
            )
            console.print(f"ready: {ready}")
        beside.append(_gateway(layout))
        ok = _demo(layout)
        ok = _told(layout, running, jobs) and ok
    except StackError as error:
        show_error(console, error)
        return 1
    finally:
        killed = end([*(each.process for each in running), *beside])
        with up.alone(layout.stack):
            down.down(layout.stack)
    console.print(f"stopped, {killed} by force; {time.monotonic() - started:.0f} s in all")
    return 0 if ok and killed == 0 else 1


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fresh_servers(layout: Layout) -> None:
    """Servers with nothing in them but the roles and databases that production has."""
    with up.alone(layout.stack):
        down.down(layout.stack)
    shutil.rmtree(layout.stack.state, ignore_errors=True)
    with View(console, quiet=True) as view:
        up.up(layout.stack, view, servers_only=True)
    url = environment.administration(layout.stack)["FUND_ADMIN_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        for room in ROOMS:
            connection.execute(f"DROP DATABASE fund_{room}".encode())
        connection.execute(b"DROP ROLE fund_app, fund_owner")
        for statement in databases.of_rooms():
            connection.execute(databases.filled(statement, layout.passwords).encode())
    console.print("servers up, a role a room in PostgreSQL")


def _mailbox(layout: Layout) -> subprocess.Popen[bytes]:
    """The local mail server, which stands for the ministry's."""
    given = {
        **layout.base("mailbox"),
        "FUND_STATE_DIR": str(layout.folder("mailbox")),
        "FUND_PORT_BASE": str(layout.stack.port_base),
    }
    return launch(layout, "mailbox", ("deploy.mailbox",), given)


def _gateway(layout: Layout) -> subprocess.Popen[bytes]:
    urls = room_urls({room: layout.url(room) for room in ROOMS})
    words = ("deploy.layout.split.gateway", str(layout.port(GATEWAY)), urls)
    process = launch(layout, GATEWAY, words, layout.base(GATEWAY))
    try:
        await_probes(layout, GATEWAY, process, {"/docs/partners"})
    except StackError:
        end([process])
        raise
    return process


def _told(layout: Layout, running: list[Running], jobs: dict[str, float]) -> bool:
    """The table of services and what the doors said; True when all is as described."""
    table = Table("service", "settings", "secrets", "ready s", "MiB", "limit", title="Alone")
    for job in of_kind("job"):
        table.add_row(*_numbers(job), f"{jobs[job.name]:.1f}", "", job.memory[1])
    fits = True
    for each in running:
        held, limit = each.memory_mib(), each.service.memory[1]
        fits = fits and held < float(limit.removesuffix("Mi"))
        table.add_row(*_numbers(each.service), f"{each.seconds:.1f}", f"{held:.0f}", limit)
    console.print(table)
    strangers = doors.strangers(layout, running)
    results = list(doors.tried(layout))
    open_doors = [name for name, closed in results if not closed]
    missing = [*doors.opened(layout), *doors.unread(layout)]
    console.print(f"settings beyond the description: {', '.join(strangers) or 'none'}")
    console.print(f"closed doors: {len(results) - len(open_doors)} of {len(results)}")
    for name in (*open_doors, *missing):
        console.print(f"[red]wrong: {name}[/red]")
    return fits and not strangers and not open_doors and not missing


def _numbers(one: Service) -> tuple[str, str, str]:
    kinds = [one.setting(name).kind for name in one.settings]
    return one.name, str(len(kinds)), str(kinds.count("secret"))


def _demo(layout: Layout) -> bool:
    """The main job through the gateway; True when it came to its end and the ledger balances."""
    known = environment.application(layout.stack)
    needs = ("FUND_ISSUER_URL", "FUND_ISSUER_KEY_FILE", "FUND_AUDIENCE")
    given = {
        **layout.base("demo"),
        **{name: known[name] for name in needs},
        "FUND_API_URL": layout.url(GATEWAY),
        "FUND_STATE_DIR": str(layout.folder("mailbox")),
    }
    process = launch(layout, "demo", ("deploy.demo",), given)
    try:
        code = process.wait(DEMO_LIMIT_S)
    finally:
        end([process])
    said = layout.stack.log("demo").read_text("utf-8")
    console.print(said, markup=False)
    console.print(f"the main job through {len(ROOMS)} rooms: exit {code}")
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
