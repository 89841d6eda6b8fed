"""Spans as a stack wrote them into its FUND_TRACES_DIR, and the tree that they make."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Read:
    """A span, read back from its line."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str | None
    started_at: datetime
    ended_at: datetime
    attributes: dict[str, Any]
    line: str


def _read(line: str) -> Read:
    body = json.loads(line)
    return Read(
        name=body["name"],
        kind=body["attributes"]["fund.kind"],
        trace_id=body["context"]["trace_id"],
        span_id=body["context"]["span_id"],
        parent_id=body["parent_id"],
        started_at=datetime.fromisoformat(body["start_time"]),
        ended_at=datetime.fromisoformat(body["end_time"]),
        attributes=body["attributes"],
        line=line,
    )


@dataclass(frozen=True)
class Trace:
    """The spans of one trace id."""

    spans: tuple[Read, ...]

    @property
    def roots(self) -> list[Read]:
        return [span for span in self.spans if span.parent_id is None]

    @property
    def orphans(self) -> list[Read]:
        known = {span.span_id for span in self.spans}
        return [span for span in self.spans if span.parent_id and span.parent_id not in known]

    @property
    def kinds(self) -> Counter[str]:
        return Counter(span.kind for span in self.spans)

    def way_to(self, span: Read) -> list[Read]:
        """The spans from the root down to this one."""
        by_id = {one.span_id: one for one in self.spans}
        way = [span]
        while way[0].parent_id is not None:
            assert len(way) <= len(self.spans), "the parents run in a circle"
            way.insert(0, by_id[way[0].parent_id])
        return way


def trace_of(folder: Path, trace_id: int) -> Trace:
    """What every process has written of a trace so far; a line still being written is left."""
    wanted = f"0x{trace_id:032x}"
    lines = (
        line
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text().splitlines(keepends=True)
        if wanted in line and line.endswith("\n")
    )
    return Trace(tuple(span for span in map(_read, lines) if span.trace_id == wanted))
