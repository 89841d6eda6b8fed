"""The disks burn under load: what was answered is there again, and what was under way goes on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import stack as local


@pytest.fixture
def backups(stack: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the backups; afterwards commits wait for no archive."""
    monkeypatch.setenv("FUND_BACKUP_DIR", str(tmp_path / "backups"))
    yield tmp_path / "backups"
    local.command("deploy.recovery", "off")


@pytest.mark.skipif(local.is_existing(), reason="it would destroy a stack that is not the tests'")
def test_nothing_that_was_answered_is_lost_with_the_disks(backups: Path) -> None:
    said = local.command("deploy.recovery", "drill", "--json", limit_s=280, may_fail=True)
    assert "{\n" in said, said
    found = json.loads(said[said.index("{\n") :])
    assert found["acknowledged"] > 0
    assert found["lost"] == 0
    assert found["events_missing"] == 0
    assert found["audit_faults"] == []
    assert found["trial_balance"] == "0.00"
    assert found["same_run"]
    assert found["tranches_paid"] == 2
    assert len(list((backups / "base").iterdir())) == 2
