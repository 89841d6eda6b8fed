"""The main job with someone watching, and the look at everything after it."""

from collections.abc import Iterator

import pytest

from deploy.demo import job
from deploy.demo.inputs import Inputs, read_inputs
from services.kernel.settings import Settings, settings
from tests.faults.invariants import INVARIANTS
from tests.faults.world import Witness, World
from tests.support.figures import note
from tests.support.waiting import until

AT_REST_WITHIN_S = 60


@pytest.fixture(scope="session")
def config(stack: None) -> Settings:
    return settings()


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    return read_inputs()


@pytest.fixture(scope="session")
def people(config: Settings, inputs: Inputs) -> job.People:
    made = job.People(config, inputs.board, Witness)
    job.seat_board(made, inputs)
    return made


@pytest.fixture(scope="session")
def consortium_id(people: job.People, inputs: Inputs) -> str:
    """The consortium that is paid; a second one applies too, as the stranger of I13."""
    registered = job.register(people, inputs)
    other = read_inputs(observed=True)
    stranger_id = job.register(people, other)
    stranger = people.applicant(stranger_id)
    job.submit(stranger, job.open_call(people, other), stranger_id, other.plan)
    return registered


@pytest.fixture
def world(config: Settings) -> Iterator[World]:
    base = int(config.api_url.rsplit(":", 1)[1])
    made = World(config, f"http://127.0.0.1:{base + 7}/control", Witness.history)
    yield made
    made.close()


@pytest.fixture
def invariants_hold(world: World) -> Iterator[None]:
    """After the test: within a bound all comes to rest, and every invariant holds."""
    yield
    for name, invariant in INVARIANTS.items():
        seen: list[str] = []

        def holds(check=invariant, seen: list[str] = seen) -> bool:  # type: ignore[no-untyped-def]
            world.look_again()
            seen[:] = check(world)
            return not seen

        try:
            until(holds, within_s=AT_REST_WITHIN_S, every_s=1)
        except AssertionError:
            pytest.fail(f"{name} does not hold: " + "; ".join(seen[:5]))
    note("faults.invariants_checked", len(INVARIANTS), "invariants")
