"""The README's requests, block by block in one shell, as a reader would paste them."""

import os
import re
import subprocess
from pathlib import Path

from services.kernel.settings import Settings

ROOT = Path(__file__).parents[2]


def blocks() -> list[str]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Try it by hand")[1]
    return re.findall(r"```bash\n(.*?)```", section.split("\n## ")[0], flags=re.DOTALL)


def test_the_main_job_by_hand(config: Settings) -> None:
    base = int(config.api_url.rsplit(":", 1)[1])
    script = "set -euo pipefail\n" + "\n".join(blocks())
    for offset in (0, 7):
        script = script.replace(f"127.0.0.1:{18000 + offset}", f"127.0.0.1:{base + offset}")
    run = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PORT_BASE": str(base)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    assert '"total":{"amount":"0.00"' in run.stdout
    assert run.stdout.count(" is confirmed") + run.stdout.count(" is reconciled") == 2
