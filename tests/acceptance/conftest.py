"""Everyone who takes part, on the running stack; calls are opened afresh by each story."""

import pytest

from deploy.demo import job
from deploy.demo.inputs import Inputs, read_inputs
from services.kernel.settings import Settings, settings


@pytest.fixture(scope="session")
def config(stack: None) -> Settings:
    return settings()


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    return read_inputs()


@pytest.fixture(scope="session")
def people(config: Settings, inputs: Inputs) -> job.People:
    made = job.People(config, inputs.board)
    job.seat_board(made, inputs)
    return made


@pytest.fixture(scope="session")
def consortium_id(people: job.People, inputs: Inputs) -> str:
    return job.register(people, inputs)
