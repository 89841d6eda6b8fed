"""Everyone who takes part, on the running stack; calls are opened afresh by each story."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from clients.fondo.app import app
from deploy.demo import job
from deploy.demo.inputs import Inputs, read_inputs
from services.kernel.settings import Settings, settings
from services.kernel.tokens import issue
from tests.support.databases import admin


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


@dataclass(frozen=True)
class Ops:
    """`fondo ops …` of an operator who is logged in."""

    runner: CliRunner

    def __call__(self, *words: str) -> tuple[int, Any]:
        """The command's exit code and its JSON."""
        said = self._run(*words, "--json")
        return said.exit_code, json.loads(said.stdout or said.stderr)

    def told(self, *words: str) -> str:
        """What a person reads."""
        return self._run(*words).stdout

    def _run(self, *words: str) -> Result:
        said = self.runner.invoke(app, ["ops", *words])
        assert said.exit_code in {0, 1}, said.stdout + said.stderr
        return said


@pytest.fixture
def ops(config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ops:
    monkeypatch.setenv("FONDO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FONDO_PROFILE", raising=False)
    runner = CliRunner()
    urls = ("--base-url", config.api_url, "--issuer", config.issuer_url)
    runner.invoke(app, ["profile", "add", "local", *urls])
    token = issue(config, sub="operador-9", role="operator", life_s=600)
    assert runner.invoke(app, ["login", "--token-file", "-"], input=token).exit_code == 0
    return Ops(runner)


def audited(room: str, action: str, subject: str) -> list[dict[str, Any]]:
    """What the room's audit says of an act on a subject, oldest first."""
    query = "SELECT change || jsonb_build_object('by', actor) FROM audit WHERE action = %s AND subject = %s ORDER BY id"  # noqa: E501
    with admin(f"fund_{room}") as connection:
        return [change for (change,) in connection.execute(query, (action, subject))]


def park(consumer: str, aggregate: str) -> None:
    """Park an aggregate as a handler's fault would."""
    with admin("fund_applications") as connection:
        connection.execute(
            "INSERT INTO parked_aggregate VALUES (%s, %s, 'as a fault would', now())",
            (consumer, aggregate),
        )
