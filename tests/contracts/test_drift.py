"""What is committed is what the code writes: byte by byte, nothing more and nothing less."""

from pathlib import Path

import pytest

from services.kernel import contracts
from tests.contracts.conftest import COMMITTED

pytestmark = pytest.mark.serverless
CURE = "run `make contracts` and commit what it wrote"


def _files(folder: Path) -> set[str]:
    found = [*folder.glob("*.yaml")]
    for kind in contracts.GENERATED:
        found += (folder / kind).glob("*")
    return {str(path.relative_to(folder)) for path in found}


def test_the_committed_contracts_are_those_of_the_code(generated: Path) -> None:
    assert _files(COMMITTED) == _files(generated), CURE
    stale = [
        name
        for name in sorted(_files(generated))
        if (COMMITTED / name).read_bytes() != (generated / name).read_bytes()
    ]
    assert not stale, f"{stale} differ from the code: {CURE}"


def test_writing_again_changes_nothing_and_removes_what_is_no_contract(
    generated: Path, tmp_path: Path
) -> None:
    contracts.write(tmp_path)
    left_over = tmp_path / "events" / "fund.board.nothing.happened.v1.json"
    left_over.write_text("{}")
    contracts.write(tmp_path)
    assert not left_over.exists()
    assert {name: (tmp_path / name).read_bytes() for name in _files(tmp_path)} == {
        name: (generated / name).read_bytes() for name in _files(generated)
    }
