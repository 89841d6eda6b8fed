"""People at work while something breaks: light and bounded, so that what a fault spoils is seen.

Somebody reads applications. Somebody gives one céntimo after another to a call: the ledger, the
audit, an event. Now and then a consortium applies and withdraws what it applied before: the bridge,
a workflow, the registers, the rules, a notice.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from deploy.demo import job
from deploy.demo.client import Interrupted, Refused
from deploy.demo.inputs import Inputs, money, read_inputs
from services.kernel.settings import settings

READ_EVERY_S: Final = 0.5
WRITE_EVERY_S: Final = 2.0
WRITES_AN_APPLICATION: Final = 10
WRITES_MAX: Final = 1_000
CENTIMO: Final = money("0.01")


@dataclass
class Done:
    """What was answered."""

    reads: int = 0
    writes: int = 0
    applications: int = 0

    def __str__(self) -> str:
        return f"{self.reads} reads, {self.writes} writes, {self.applications} applications"


@contextmanager
def at_work() -> Iterator[Done]:
    """Readers and writers until the end of the block; what is refused or cut off is let go."""
    over, done = threading.Event(), Done()
    inputs = read_inputs(observed=True)
    people = job.People(settings(), inputs.board)
    job.register(people, read_inputs())  # whose member the other one has too: who is first counts
    works: tuple[Callable[..., None], ...] = (_read, _write)
    threads = [
        threading.Thread(target=one, args=(people, inputs, over, done), name=one.__name__)
        for one in works
    ]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _read(people: job.People, _: Inputs, over: threading.Event, done: Done) -> None:
    while not over.wait(READ_EVERY_S):
        with suppress(Refused, Interrupted, TimeoutError):
            people.auditor.read("/v1/applications")
            done.reads += 1


def _write(people: job.People, inputs: Inputs, over: threading.Event, done: Done) -> None:
    consortium_id = job.register(people, inputs)
    call_id = job.open_call(people, inputs)
    applicant = people.applicant(consortium_id)
    open_application = ""

    def withdraw() -> None:
        if open_application:
            with suppress(Refused, Interrupted):
                applicant.write(f"/v1/applications/{open_application}/withdraw")

    for number in range(WRITES_MAX):
        if over.wait(WRITE_EVERY_S):
            break
        with suppress(Refused, Interrupted):
            people.preparer.write("/v1/budgets", {"call_id": call_id, "amount": CENTIMO})
            done.writes += 1
        if number % WRITES_AN_APPLICATION == 0:
            withdraw()
            with suppress(Refused, Interrupted):
                open_application = job.submit(applicant, call_id, consortium_id, inputs.plan)
                done.applications += 1
    withdraw()
