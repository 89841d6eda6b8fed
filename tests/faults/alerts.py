"""Faults that an operator must be woken by, done to the running stack, and what Alertmanager says.

`make alert-drill` does all six, one after the other: each must raise its own alert within two
minutes, with its own runbook, and nothing else; and the alert must end after the cure.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import psycopg
from psycopg.conninfo import make_conninfo

from deploy.demo import job
from deploy.demo.inputs import read_inputs
from deploy.local import processes, up
from deploy.local import settings as local
from deploy.local.programs import PROGRAMS
from deploy.local.supervision import Supervisor
from services.kernel.settings import settings
from tests.support.stack import admin_url

ROOT: Final = Path(__file__).resolve().parents[2]
FIRES_WITHIN_S: Final = 120
CLEARS_WITHIN_S: Final = 180
LOOKED_AT_LONGER_S: Final = 20
"""How long a fault lasts after its alert: what else it would raise has time to fire."""

Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done, which alert says so, and how it is undone. `prepare` comes before the clock."""

    name: str
    alert: str
    break_it: Step
    cure: Step
    prepare: Step = lambda: None


@dataclass
class Outcome:
    """What came of a fault."""

    fault: Fault
    fired_after_s: float | None = None
    cleared_after_s: float | None = None
    runbook: str = ""
    others: set[str] = field(default_factory=set)

    @property
    def problems(self) -> list[str]:
        """What is not as it should be."""
        found = [f"also fired: {name}" for name in sorted(self.others)]
        if self.fired_after_s is None:
            return [*found, f"{self.fault.alert} did not fire in {FIRES_WITHIN_S} s"]
        if self.runbook != f"docs/runbooks/{self.fault.alert}.md":
            found.append(f"names the runbook {self.runbook or 'nowhere'}")
        elif not (ROOT / self.runbook).is_file():
            found.append(f"{self.runbook} is not there")
        if self.cleared_after_s is None:
            found.append(f"still fires {CLEARS_WITHIN_S} s after the cure")
        return found


def firing() -> dict[str, dict[str, Any]]:
    """Name → annotations of the alerts that reach somebody now: not inhibited, not silenced."""
    url = local.load().url("alertmanager", "/api/v2/alerts")
    with httpx2.Client(trust_env=False, timeout=20) as client:
        answer = client.get(url, params={"active": "true", "inhibited": "false"})
        answer.raise_for_status()
    return {one["labels"]["alertname"]: one["annotations"] for one in answer.json()}


def quiet(within_s: float = CLEARS_WITHIN_S) -> set[str]:
    """Wait until nothing fires; what still does."""
    deadline_s = time.monotonic() + within_s
    while (seen := set(firing())) and time.monotonic() < deadline_s:
        time.sleep(1)
    return seen


def drill(fault: Fault, *, looked_at_longer_s: float = LOOKED_AT_LONGER_S) -> Outcome:
    """Do it, wait for the alert, cure it, wait for the alert's end."""
    outcome = Outcome(fault)
    fault.prepare()
    began_s = time.monotonic()
    try:
        fault.break_it()
        while outcome.fired_after_s is None and time.monotonic() - began_s < FIRES_WITHIN_S:
            _look(outcome, began_s)
            time.sleep(1)
        longer_s = time.monotonic() + looked_at_longer_s
        while time.monotonic() < longer_s:
            _look(outcome, began_s)
            time.sleep(1)
    finally:
        fault.cure()
    cured_s = time.monotonic()
    while time.monotonic() - cured_s < CLEARS_WITHIN_S:
        if fault.alert not in _look(outcome, began_s):
            outcome.cleared_after_s = time.monotonic() - cured_s
            break
        time.sleep(1)
    return outcome


def _look(outcome: Outcome, began_s: float) -> set[str]:
    seen = firing()
    annotations = seen.get(outcome.fault.alert)
    if annotations is not None and outcome.fired_after_s is None:
        outcome.fired_after_s = time.monotonic() - began_s
        outcome.runbook = annotations.get("runbook", "")
    outcome.others |= set(seen) - {outcome.fault.alert}
    return set(seen)


def stopped(program: str, alert: str) -> Fault:
    """A program that is stopped and not started again until the cure."""

    def start() -> None:
        up.start_and_wait(local.load(), PROGRAMS[program])

    def stop() -> None:
        Supervisor(local.load()).stop(program)

    return Fault(f"{program} is stopped", alert, stop, start)


@contextmanager
def _superuser(room: str) -> Iterator[psycopg.Connection[Any]]:
    """A room's database as its superuser, past every trigger."""
    with psycopg.connect(make_conninfo(admin_url(), dbname=f"fund_{room}")) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        yield connection


def unbalanced_transfer() -> Fault:
    """A superuser forces a transfer of one side into the ledger, then takes it back."""

    def force() -> None:
        with _superuser("disbursement") as connection:
            connection.execute(
                """INSERT INTO transfer SELECT (jsonb_populate_record(t, '{"id": "trf_drill",
                   "reference": "drill", "amount_centimos": 100}')).* FROM transfer t
                   WHERE kind = 'commit' LIMIT 1"""
            )
            connection.execute(
                """INSERT INTO entry SELECT (jsonb_populate_record(e, '{"transfer_id": "trf_drill",
                   "amount_centimos": 100}')).* FROM entry e LIMIT 1"""
            )

    def take_back() -> None:
        with _superuser("disbursement") as connection:
            connection.execute("DELETE FROM entry WHERE transfer_id = 'trf_drill'")
            connection.execute("DELETE FROM transfer WHERE id = 'trf_drill'")

    name = "an out-of-balance transfer is forced by a superuser"
    return Fault(name, "LedgerOutOfBalance", force, take_back)


def tampered_audit() -> Fault:
    """A superuser rewrites who did what, then puts the name back."""
    kept: dict[str, str] = {}

    def tamper() -> None:
        with _superuser("board") as connection:
            row = connection.execute("SELECT id, actor FROM audit ORDER BY id LIMIT 1").fetchone()
            assert row is not None, "the board has done nothing yet"
            kept["id"], kept["actor"] = row
            connection.execute("UPDATE audit SET actor = 'nobody' WHERE id = %s", (row[0],))

    def put_back() -> None:
        if not kept:
            return
        with _superuser("board") as connection:
            connection.execute("UPDATE audit SET actor = %(actor)s WHERE id = %(id)s", kept)

    return Fault("a row of the audit is tampered with", "AuditChainBroken", tamper, put_back)


def silent_channel() -> Fault:
    """Both channels take connections and say nothing, whatever they are asked."""
    people, inputs = job.People(settings(), read_inputs().board), read_inputs()
    ready: dict[str, str] = {}

    def tell_sandbox(number: signal.Signals) -> None:
        state = Supervisor(local.load()).states()["sandbox"]
        assert processes.send(processes.descendants(state.pid), number)

    def prepare() -> None:
        job.seat_board(people, inputs)
        consortium_id = job.register(people, inputs)
        applicant = people.applicant(consortium_id)
        call_id = job.open_call(people, inputs)
        application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
        agreement = job.reach_execution(applicant, people, inputs, application_id)
        tranche_id = next(
            one["id"]
            for one in agreement["tranches"]
            if one["channel"] == "agroideas" and one["sequence"] == 1
        )
        job.evidence(applicant, people, tranche_id)
        applicant.write(f"/v1/tranches/{tranche_id}/request")
        people.preparer.write(f"/v1/tranches/{tranche_id}/prepare")
        ready.update(tranche=tranche_id, consortium=consortium_id)

    def time_out() -> None:
        tell_sandbox(signal.SIGSTOP)
        people.releaser.write(f"/v1/tranches/{ready['tranche']}/release")

    def get_well() -> None:
        tell_sandbox(signal.SIGCONT)
        job.await_paid(people.applicant(ready["consortium"]), ready["tranche"])

    return Fault("a channel times out", "ChannelSilent", time_out, get_well, prepare)


def faults() -> list[Fault]:
    """The six of the drill."""
    return [
        stopped("relay", "RelayDown"),
        stopped("opa", "OpaDown"),
        stopped("kafka", "KafkaDown"),
        silent_channel(),
        unbalanced_transfer(),
        tampered_audit(),
    ]
