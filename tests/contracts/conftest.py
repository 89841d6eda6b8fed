"""The contracts as the code writes them now, and as they are committed."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from services.kernel import contracts
from services.kernel.rooms import ROOMS

ROOT: Final = Path(__file__).parents[2]
COMMITTED: Final = ROOT / "contracts"


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that `make contracts` writes."""
    folder = tmp_path_factory.mktemp("contracts")
    contracts.write(folder)
    return folder


@pytest.fixture(scope="session")
def documents(generated: Path) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each room."""
    return {
        room: json.loads((generated / "openapi" / f"{room}.json").read_text()) for room in ROOMS
    }
