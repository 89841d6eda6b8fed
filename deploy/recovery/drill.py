"""The restore drill: back up under load, destroy the disks, restore, and count what is missing."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from deploy.demo import job
from deploy.demo.client import Person
from deploy.demo.inputs import Inputs, read_inputs
from deploy.local import processes
from deploy.local.programs import PROCESSES, SERVERS
from deploy.local.settings import Stack
from deploy.local.supervision import ALIVE, Supervisor
from deploy.local.view import View
from deploy.recovery.backup import take
from deploy.recovery.places import administrator
from deploy.recovery.restore import restore
from deploy.recovery.writers import Writer
from services.kernel import audit, clock
from services.kernel.rooms import ROOMS, optional
from services.kernel.settings import Settings

WRITERS: Final = 3
LOAD_S: Final = 3.0
"""How long is written before and after the base backup is taken."""
OTHERS: Final = frozenset({"sandbox", "mailbox"})
"""Other people's systems: they have no part in our disaster."""
CAUGHT_UP_S: Final = 60
Told = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What the drill came to. Seconds: of the backup, and from the disaster to full service."""

    acknowledged: int
    lost: int
    unanswered: int
    backup_s: float
    outage_s: float
    base: str
    same_run: bool
    tranches_paid: int
    events_missing: int
    audit_faults: tuple[str, ...]
    trial_balance: str

    @property
    def well(self) -> bool:
        """Whether nothing that was answered is missing and all that stands is whole."""
        sound = not (self.lost or self.events_missing or self.audit_faults)
        return sound and self.same_run and self.trial_balance == "0.00" and self.tranches_paid > 0

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "well": self.well}


def run(stack: Stack, config: Settings, view: View, tell: Told) -> Outcome:
    """Play the whole disaster on the running local stack."""
    inputs = read_inputs()
    people = job.People(config, inputs.board)
    job.seat_board(people, inputs)
    halfway = Halfway(people, inputs)
    tell(f"application {halfway.application_id} is before the board, half of its votes cast")
    writers = [Writer(people.preparer, job.open_call(people, inputs)) for _ in range(WRITERS)]
    before = [writer.found() for writer in writers]
    for writer in writers:
        writer.start()
    time.sleep(LOAD_S)
    begun = time.monotonic()
    base = take(stack, view)
    backup_s = time.monotonic() - begun
    tell(f"base backup {base.name} under load in {backup_s:.1f} s; commits wait for the archive")
    time.sleep(LOAD_S)
    run_id = halfway.run_id()

    struck = time.monotonic()
    destroy(stack)
    for writer in writers:
        writer.stop()
    tell("killed all; the data of PostgreSQL and Kafka, the keys and the bundles are gone")
    restore(stack, view, tell)
    outage_s = time.monotonic() - struck
    again(people, tell)

    lost = 0
    for writer, stood in zip(writers, before, strict=True):
        lost += max(0, writer.acknowledged - (writer.found() - stood))
        if writer.unanswered:
            writer.once(writer.unanswered)
    same_run = halfway.run_id() == run_id
    paid = halfway.finish()
    tell(f"the application went on to its end: {paid} tranches paid")
    missing = await_events(stack)
    reports = [
        audit.verify(room, config, check=optional(room, "integrity", "findings", None))
        for room in ROOMS
    ]
    faults = tuple(
        f"{report.room}: {fault}"
        for report in reports
        for fault in (report.fault, *report.findings)
        if fault
    )
    trial = people.auditor.read("/v1/ledger/trial-balance")
    take(stack, view)
    tell("a new base backup stands, on the new timeline")
    return Outcome(
        acknowledged=sum(writer.acknowledged for writer in writers),
        lost=lost,
        unanswered=sum(1 for writer in writers if writer.unanswered),
        backup_s=round(backup_s, 1),
        outage_s=round(outage_s, 1),
        base=base.name,
        same_run=same_run,
        tranches_paid=paid,
        events_missing=missing,
        audit_faults=faults,
        trial_balance=str(trial["total"]["amount"]),
    )


class Halfway:
    """An application that the disaster meets before the board, half of its votes cast."""

    def __init__(self, people: job.People, inputs: Inputs) -> None:
        self._people = people
        self._inputs = inputs
        consortium_id = job.register(people, inputs)
        self._applicant = people.applicant(consortium_id)
        call_id = job.open_call(people, inputs)
        self.application_id = job.submit(self._applicant, call_id, consortium_id, inputs.plan)
        job.await_state(self._applicant, self.application_id, "eligible")
        job.evaluate(people, self.application_id, inputs.evaluation)
        self._ballot_id = job.ballot_of(people, self.application_id)
        job.vote(people, self._ballot_id, inputs.board[:2])

    def run_id(self) -> str:
        """The run of its workflow."""
        whole = self._people.preparer.read(f"/v1/workflows/application/{self.application_id}")
        return str(whole["run"]["run_id"])

    def finish(self) -> int:
        """Everything that is left, to the first payments; how many tranches were paid."""
        people, applicant = self._people, self._applicant
        job.vote(people, self._ballot_id, self._inputs.board[2:])
        agreement = job.agreement_of(applicant, people, self.application_id)
        job.sign(applicant, people, agreement["id"])
        job.await_state(applicant, self.application_id, "executing")
        tranches = [row["id"] for row in agreement["tranches"] if row["sequence"] == 1]
        for tranche_id in tranches:
            job.release(applicant, people, tranche_id)
        for tranche_id in tranches:
            job.await_paid(applicant, tranche_id)
        return len(tranches)


def destroy(stack: Stack) -> None:
    """Kill every program of ours at once and take its disk away, keys included."""
    supervisor = Supervisor(stack)
    states = supervisor.states()
    doomed = [one.name for one in (*SERVERS, *PROCESSES) if one.name not in OTHERS] + ["archive"]
    alive = [states[name] for name in doomed if name in states and states[name].state in ALIVE]
    pids = [pid for state in alive for pid in processes.descendants(state.pid) if state.pid]
    processes.send(pids, signal.SIGKILL)
    for path in _disks(stack):
        if path.exists():
            gone = path.with_name(f"{path.name}.destroyed")
            path.rename(gone)  # at once: supervisor is starting them again
            shutil.rmtree(gone, ignore_errors=True)
    supervisor.stop(*(state.name for state in alive))
    (stack.state / "secrets.json").unlink()


def _disks(stack: Stack) -> tuple[Path, ...]:
    folders = ("postgres/data", "kafka/data", "issuer", "opa")
    return tuple(stack.state / folder for folder in folders)


def again(people: job.People, tell: Told) -> None:
    """Fill Kafka from the outboxes: all that a consumer may not have taken."""
    since = (clock.now() - timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    operator: Person = people.preparer
    told = {"since": since, "reason": "Kafka se perdió; se llena desde las bandejas de salida."}
    total = sum(
        int(operator.write(f"/v1/operations/{room}/outbox/resends", told)["events"])
        for room in ROOMS
    )
    tell(f"{total} events of the last day are sent to the new Kafka again")


def await_events(stack: Stack) -> int:
    """How many events some room should have applied and has not, once the outboxes are empty."""
    deadline = time.monotonic() + CAUGHT_UP_S
    while (missing := _missing(stack)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return missing


def _missing(stack: Stack) -> int:
    sent: dict[str, set[str]] = {}
    unsent = 0
    for room in ROOMS:
        with administrator(stack, f"fund_{room}") as connection:
            for event_id, kind, is_sent in connection.execute(
                "SELECT id, type, published_at IS NOT NULL FROM outbox"
            ):
                sent.setdefault(str(kind), set()).add(str(event_id))
                unsent += 0 if is_sent else 1
    missing = unsent
    for room in ROOMS:
        with administrator(stack, f"fund_{room}") as connection:
            for listener in optional(room, "listeners", "LISTENERS", []):
                rows = connection.execute(
                    "SELECT event_id FROM inbox WHERE consumer = %s", (listener.consumer,)
                )
                applied = {str(event_id) for (event_id,) in rows}
                wanted = set().union(*(sent.get(kind, set()) for kind in listener.handlers))
                missing += len(wanted - applied)
    return missing
