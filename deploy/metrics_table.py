"""Writes `docs/metrics.md`, the one table of our metrics, from their declarations in the code.

`python -m deploy.metrics_table`; `make contracts` runs it, and a test compares the page.
"""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.exporter.lag import ConsumerLag
from services.exporter.reading import COLLECT_SECONDS, ROOM_UP
from services.exporter.run import gauges_of, watches_of
from services.kernel.gauges import Described
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings
from services.kernel.telemetry import DECLARED, Declared

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "metrics.md"
DECLARES: Final = re.compile(r"^[A-Z_]+ = (counter|gauge|histogram)\(", re.MULTILINE)
UNITS: Final = (
    ("_timestamp_seconds", "s since 1970"),
    ("_seconds_total", "s"),
    ("_seconds", "s"),
    ("_centimos", "céntimo"),
    ("_info", "1"),
    ("_up", "0 or 1"),
    ("_broken", "0 or 1"),
    ("_waiting_for_temporal", "0 or 1"),
)
HEAD: Final = """# Metrics

Generated from the code by `make contracts`; a test compares it. Each process serves its own at
`/metrics`; the process `exporter` tells the state of all rooms, read from their databases, so its
numbers are right after any restart. `FUND_METRICS=off` lets a process count nothing.

Beside these: what Temporal, its SDK, OPA and Prometheus tell of themselves.

| metric | type | labels | unit | meaning | process |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The page, whole."""
    rows = [*_of_the_exporter(), *_of_processes()]
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in sorted(set(rows)))


def _of_the_exporter() -> Iterator[tuple[str, ...]]:
    found: list[Described] = [ROOM_UP, COLLECT_SECONDS, *ConsumerLag(Settings()).measured]
    for room in ROOMS:
        found += gauges_of(room)
        found += [told for watch in watches_of(room) for told in watch.measured]
    for one in found:
        yield _row(one, "exporter")


def _of_processes() -> Iterator[tuple[str, ...]]:
    for folder in ("services", "workflows"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if DECLARES.search(path.read_text(encoding="utf-8")):
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for one in DECLARED.values():
        yield _row(one, one.process)


def _row(one: Described | Declared, process: str) -> tuple[str, ...]:
    labels = ", ".join(f"`{label}`" for label in one.labels)
    return (f"`{one.name}`", one.kind, labels, unit_of(one.name), one.text, process)


def unit_of(name: str) -> str:
    """The unit by the end of the metric's name; what has none is a count."""
    return next((unit for end, unit in UNITS if name.endswith(end)), "count")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
