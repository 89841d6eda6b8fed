"""The tests' own stack, started once for those that need it and as far as they need it.

By folder: `integration` and `contracts` get the servers, `acceptance` and `faults` all processes;
a test or a module marked `serverless` gets nothing, and all other folders run without a stack.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import stack as local

local.choose()  # before anything reads settings

TESTS = Path(__file__).parent
NEEDS = {"integration": "servers", "contracts": "servers", "acceptance": "stack", "faults": "stack"}
SERVERLESS = {("integration", "sandbox")}
EXTENT = pytest.StashKey[local.Extent]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each test request what its folder needs, and remember the most that any needs."""
    wanted: set[str] = set()
    for item in items:
        folders = item.path.relative_to(TESTS).parts
        need = NEEDS.get(folders[0])
        names: list[str] = getattr(item, "fixturenames", [])
        spared = folders[:2] in SERVERLESS or item.get_closest_marker("serverless")
        if need and need not in names and not spared:
            names.insert(0, need)
        wanted |= {"servers", "stack"} & set(names)
    config.stash[EXTENT] = "stack" if "stack" in wanted else "servers"


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Iterator[None]:
    """PostgreSQL, Kafka, OPA and Temporal, and our processes when a chosen test needs them."""
    from tests.support import databases

    own = local.LocalStack()
    try:
        own.start(pytestconfig.stash[EXTENT])
    except local.StackMissing as error:
        own.stop()
        pytest.fail(
            f"the tests' stack did not start: {error}\n"
            f"cure: the one above; or FUND_TEST_PORT_BASE=29000 takes other ports; or remove"
            f" {local.state_dir()}, which is made anew",
            pytrace=False,
        )
    databases.drop_leftovers()
    yield
    databases.drop_leftovers()
    own.stop()


@pytest.fixture(scope="session")
def stack(servers: None) -> None:
    """The whole stack: the servers and all our processes."""
