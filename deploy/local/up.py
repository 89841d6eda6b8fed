"""Bringing the stack up: tools, configuration, then every start as early as its needs allow."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.local import (
    broker,
    configs,
    databases,
    environment,
    health,
    policies,
    ports,
    processes,
    scripts,
    temporal,
)
from deploy.local.errors import StackError
from deploy.local.files import write_private
from deploy.local.programs import ARCHIVE, PROCESSES, PROGRAMS, SERVERS, Program, Tools
from deploy.local.settings import REPOSITORY, Stack, remembered_base
from deploy.local.steps import Step, run_all
from deploy.local.supervision import ALIVE, Supervisor
from deploy.local.view import View
from deploy.tools import STACK_TOOLS, ToolError, ensure_all

HEALTH_SECONDS = 90.0
MOST_LIVES = 3
"""A program that had so many processes and is still not healthy will not get well by waiting."""
OPA = "opa"


@dataclass(frozen=True)
class Plan:
    """What one `up` works with."""

    stack: Stack
    tools: Tools
    programs: tuple[Program, ...]
    changed: frozenset[str]


@contextmanager
def alone(stack: Stack) -> Iterator[None]:
    """One change of the stack at a time, whichever terminal asks for it."""
    with (stack.folder() / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def up(stack: Stack, view: View, *, servers_only: bool = False) -> None:
    """Bring everything up; what runs already and has not changed is left alone."""
    with alone(stack):
        _refuse_another_base(stack)
        archived = (ARCHIVE,) if stack.archive_marker.exists() else ()
        wanted = (*SERVERS, *archived, *(() if servers_only else PROCESSES))
        plan = _plan(stack, view, wanted)
        _supervise(plan)
        stack.remember()
        failed = run_all(_steps(plan), view.step)
    if failed:
        raise _summary(failed)
    _tell_old_code(stack, view)


def start_one(stack: Stack, view: View, name: str) -> None:
    """Start one program alone, with its configuration as it should be, and wait for its health."""
    with alone(stack):
        _refuse_another_base(stack)
        plan = _plan(stack, view, (PROGRAMS[name],))
        _supervise(plan)
        stack.remember()
        start_and_wait(stack, PROGRAMS[name])


def stop_one(stack: Stack, name: str) -> None:
    """Stop one program and wait until it is down."""
    with alone(stack):
        Supervisor(stack).stop(name)


def _refuse_another_base(stack: Stack) -> None:
    """A running stack keeps its ports: moving it half would break it."""
    before = remembered_base(stack.state)
    if before not in (None, stack.port_base) and Supervisor(stack).answers():
        raise StackError(
            f"this checkout's stack runs on port base {before}, not {stack.port_base}",
            f"run `make down` first, or leave PORT_BASE={stack.port_base} out",
        )


def _plan(stack: Stack, view: View, wanted: tuple[Program, ...]) -> Plan:
    try:
        tools = ensure_all(STACK_TOOLS, view.tool)
    except ToolError as error:
        raise StackError(str(error), error.cure) from error
    for program in wanted:
        if program.tool and program.tool not in tools:
            view.warn(f"{program.name} is left out: no {program.tool} on this machine")
        if not program.written:
            view.warn(f"{program.name} is left out: {program.module} is not in this checkout")
    programs = tuple(
        program
        for program in wanted
        if program.written and (not program.tool or program.tool in tools)
    )
    return Plan(stack, tools, programs, frozenset(_write(stack, tools, programs)))


def _write(stack: Stack, tools: Tools, programs: Iterable[Program]) -> set[str]:
    """Write all files; return the programs that must start anew to see what changed."""
    settings = environment.text(environment.application(stack))
    new_environment = write_private(stack.env_file, settings)
    write_private(stack.state / "admin-env", environment.text(environment.administration(stack)))
    stack.folder("issuer")
    changed = configs.write_all(stack, preload=databases.preload(tools))
    changed |= scripts.write_scripts(stack, tools, programs)
    if new_environment:
        changed |= {program.name for program in PROCESSES}
    return changed


def _supervise(plan: Plan) -> None:
    """The daemon runs with the present configuration, and every port we want is ours or free."""
    supervisor = Supervisor(plan.stack)
    known = [
        program
        for program in PROGRAMS.values()
        if (plan.stack.state / "run" / f"{program.name}.sh").exists()
    ]
    new_configuration = scripts.write_supervisor(plan.stack, known)
    if not supervisor.answers():
        processes.end_strays(plan.stack)
        ports.check(plan.stack, plan.programs)
        supervisor.launch()
        return
    if new_configuration:
        supervisor.reload()
    states = supervisor.states()
    stale = [name for name in plan.changed if name in states and states[name].state in ALIVE]
    if stale:
        supervisor.stop(*stale)
        states = supervisor.states()
    idle = [one for one in plan.programs if states[one.name].state not in ALIVE]
    ports.check(plan.stack, idle)


def _steps(plan: Plan) -> dict[str, Step]:
    stack, tools = plan.stack, plan.tools
    prepare: dict[str, Callable[[], None]] = {
        "postgres": lambda: databases.prepare(stack, tools),
        "kafka": lambda: broker.prepare(stack, tools),
    }
    steps = [
        Step("policies", lambda: _policies(plan)),
        Step("bundle-served", lambda: policies.wait_until_served(stack), needs=("opa",)),
        Step("databases", lambda: databases.bootstrap(stack), needs=("postgres",)),
        Step("temporal-schema", lambda: temporal.schema(stack, tools), needs=("databases",)),
        Step("namespace", lambda: temporal.namespace(stack), needs=("temporal",)),
        Step("topics", lambda: broker.topics(stack), needs=("kafka",)),
    ]
    if any(program.module == "services" for program in plan.programs):
        steps.append(Step("migrate", lambda: _migrate(stack), needs=("databases",)))
    for program in plan.programs:
        steps.append(
            Step(program.name, _starter(plan, program, prepare.get(program.name)), program.needs)
        )
    return {step.name: step for step in steps}


def _starter(
    plan: Plan, program: Program, prepare: Callable[[], None] | None
) -> Callable[[], None]:
    def start() -> None:
        if prepare is not None:
            prepare()
        start_and_wait(plan.stack, program)

    return start


def start_and_wait(stack: Stack, program: Program) -> None:
    """Start one program and wait, bounded, until it is healthy."""
    supervisor = Supervisor(stack)
    supervisor.start(program.name)
    deadline = time.monotonic() + HEALTH_SECONDS
    pause = 0.1
    lives: set[int] = set()
    while not health.healthy(stack, program):
        state = supervisor.states().get(program.name)
        if state is not None and state.pid:
            lives.add(state.pid)
        given_up = len(lives) > MOST_LIVES or (state is not None and state.state == "FATAL")
        if given_up or time.monotonic() > deadline:
            reason = (
                "ends again and again" if given_up else f"not healthy in {HEALTH_SECONDS:.0f} s"
            )
            raise StackError(
                f"{program.name} {reason}",
                f"read `make logs NAME={program.name}`, then `make up` again",
                tail(stack, program.name),
            )
        time.sleep(pause)
        pause = min(0.5, pause * 1.3)


def _tell_old_code(stack: Stack, view: View) -> None:
    """A process that started before its code was last written is named, not restarted."""
    folders = {program.module for program in PROCESSES}
    sources = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    newest = max((path.stat().st_mtime for path in sources), default=0.0)
    states = Supervisor(stack).states()
    old = [
        program.name
        for program in PROCESSES
        if program.name in states and 0 < states[program.name].started_at < newest
    ]
    if old:
        view.note(f"older than the code: {', '.join(old)}; `make restart` takes the new code")


def _policies(plan: Plan) -> None:
    policies.build(plan.stack, plan.tools[OPA])


def _migrate(stack: Stack) -> None:
    """Run the rooms' migrations with the settings of this stack."""
    script = f'set -a; . "$1"; set +a; exec "{sys.executable}" -m services migrate'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "migrate", str(stack.env_file)],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=HEALTH_SECONDS,
        check=False,
    )
    stack.log("migrate").write_text(done.stdout)
    if done.returncode != 0:
        raise StackError("the migrations failed", "", tail(stack, "migrate"))


def tail(stack: Stack, program: str, lines: int = 15) -> str:
    """The last lines of a program's log."""
    path = stack.log(program)
    if not path.exists():
        return ""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - 65536))
        text = handle.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _summary(failed: dict[str, StackError]) -> StackError:
    """One error for all that failed, the first one's cure and log lines in front."""
    message = "; ".join(f"{name}: {error}" for name, error in failed.items())
    cure = next((error.cure for error in failed.values() if error.cure), "")
    details = "\n".join(error.details for error in failed.values() if error.details)
    return StackError(message, cure, details)
