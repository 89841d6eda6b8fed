"""Figures that a benchmark, a fault or a simulation run prints, kept in `build/figures.json`."""

import json
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).parents[2] / "build" / "figures.json"


def note(
    name: str,
    value: float,
    unit: str,
    *,
    bare: float | None = None,
    samples: int = 1,
) -> None:
    """Keep a figure under its name, with the bare engine's value of the same run and the ratio."""
    FILE.parent.mkdir(exist_ok=True)
    figures = json.loads(FILE.read_text()) if FILE.exists() else {}
    figures[name] = {
        "value": round(value, 4),
        "unit": unit,
        "bare": None if bare is None else round(bare, 4),
        "ratio": None if not bare else round(value / bare, 4),
        "samples": samples,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    FILE.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
