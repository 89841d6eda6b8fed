"""The tests' own stack, started once for those that need it and as far as they need it.

By folder: `integration` and `contracts` get the servers, `acceptance` and `faults` all processes;
a test or a module marked `serverless` gets nothing, and all other folders run without a stack.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from tests.support import stack as local

local.choose()  # before anything reads settings
# Of a failure in a room that runs in the test's own process; with the values of all its variables,
# which is the default, a traceback takes seconds.
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
)

TESTS = Path(__file__).parent
NEEDS = {"integration": "servers", "contracts": "servers", "acceptance": "stack", "faults": "stack"}
SERVERLESS = {("integration", "sandbox")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each test request what its folder needs.

    Where workers share the tests out, one of them gets all that need the whole stack, and each
    other file stays in one piece.
    """
    for item in items:
        folders = item.path.relative_to(TESTS).parts
        need = NEEDS.get(folders[0])
        names: list[str] = getattr(item, "fixturenames", [])
        spared = folders[:2] in SERVERLESS or item.get_closest_marker("serverless")
        if need and need not in names and not spared:
            names.insert(0, need)
        group = "stack" if "stack" in names else "/".join(folders)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def local_stack() -> Iterator[local.LocalStack]:
    """The stack of this run, as far as somebody starts it."""
    own = local.LocalStack()
    yield own
    own.stop()


@pytest.fixture(scope="session")
def servers(local_stack: local.LocalStack) -> Iterator[None]:
    """PostgreSQL, Kafka, OPA and Temporal."""
    from tests.support import databases

    _started(local_stack.start)
    databases.drop_leftovers()
    yield
    databases.drop_leftovers()


@pytest.fixture(scope="session")
def stack(servers: None, local_stack: local.LocalStack) -> None:
    """The whole stack: the servers and all our processes."""
    _started(local_stack.start_processes)


def _started(start: Callable[[], None]) -> None:
    try:
        start()
    except local.StackMissing as error:
        pytest.fail(
            f"the tests' stack did not start: {error}\n"
            f"cure: the one above; or FUND_TEST_PORT_BASE=29000 takes other ports; or remove"
            f" {local.state_dir()}, which is made anew",
            pytrace=False,
        )
