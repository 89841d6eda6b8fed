"""Who may import whom, and what is declared: the tools that know, run as the checks run them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tidy import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["lint-imports", "--no-logo", "--no-cache"],
        ["deptry", "--no-ansi", "services", "workflows", "deploy", "clients"],
    ],
    ids=lambda command: command[0],
)
def test_imports_are_as_declared(command: list[str]) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
