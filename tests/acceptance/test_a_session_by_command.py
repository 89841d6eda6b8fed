"""The page docs/a-session-by-command.md, block by block in one shell, as a reader pastes it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from deploy.demo import job
from deploy.demo.inputs import Inputs
from services.kernel.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/a-session-by-command.md"


@pytest.fixture
def dossier(people: job.People, inputs: Inputs, consortium_id: str) -> str:
    """A dossier that waits for the board."""
    applicant = people.applicant(consortium_id)
    submitted = job.submit(applicant, job.open_call(people, inputs), consortium_id, inputs.plan)
    job.await_state(applicant, submitted, "eligible")
    job.evaluate(people, submitted, inputs.evaluation)
    return job.ballot_of(people, submitted)


def test_a_session_from_its_notice_to_an_acta_that_proves_itself(
    config: Settings, dossier: str
) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    base = int(config.api_url.rsplit(":", 1)[1])
    script = "set -euo pipefail\n" + "\n".join(blocks)
    for offset in (0, 6):
        script = script.replace(f"127.0.0.1:{18000 + offset}", f"127.0.0.1:{base + offset}")
    run = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PORT_BASE": str(base)},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    for told in ("session is voting", "session is closed", "2 a favor, 2 en contra", "Midagri"):
        assert told in run.stdout
    assert run.stdout.count("✓ El acta es válida.") == 2
    assert "voto de PRODUCE" in run.stdout
    assert "El acta NO es válida" in run.stderr
