"""How a room says what it measures of its own state: a name, labels, and one query that reads it.

A room's `gauges.py` has a tuple `GAUGES`; the exporter reads them at each scrape over a short
read-only connection. A query is cheap at a national size: tallies and partial indexes, no scans.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import psycopg

Reading = Callable[[psycopg.Connection[Any]], Iterable[tuple[Any, ...]]]
"""Reads rows of label values and one number at the end, as a query does."""


@dataclass(frozen=True, slots=True)
class Described:
    """A metric's name, what it tells, and its labels. A counter only ever grows."""

    name: str
    text: str
    labels: tuple[str, ...]
    kind: Literal["gauge", "counter"] = field(default="gauge", kw_only=True)


@dataclass(frozen=True, slots=True)
class Measured(Described):
    """A metric of a room's state: `source` is SQL, or a function of a connection, whose rows are
    the labels' values in order and then the number."""

    source: str | Reading

    def read(self, connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
        """The rows as the connection's transaction sees the room; a row without a number is
        none."""
        if isinstance(self.source, str):
            rows: Iterable[tuple[Any, ...]] = connection.execute(self.source.encode())
        else:
            rows = self.source(connection)
        return [row for row in rows if row[-1] is not None]


def tallied(
    name: str,
    text: str,
    labels: tuple[str, ...],
    tally: str,
    *,
    kind: Literal["gauge", "counter"] = "gauge",
    in_milliseconds: bool = False,
) -> Measured:
    """A metric of one of the room's tallies, whose labels stand in the same order."""
    shown = "".join(f"labels[{place}], " for place, _ in enumerate(labels, 1))
    amount = "sum(amount) / 1000.0" if in_milliseconds else "sum(amount)"
    query = f"SELECT {shown}{amount} FROM tally WHERE name = '{tally}' GROUP BY labels"
    return Measured(name, text, labels, query, kind=kind)


@dataclass(frozen=True, slots=True)
class Told(Described):
    """A metric that is known without asking the database: `rows` as those of a query."""

    rows: Callable[[], Iterable[tuple[Any, ...]]]


class Watch(Protocol):
    """A check too long for a scrape: it goes on piece by piece in the background, and what it
    found so far is measured."""

    measured: tuple[Told, ...]

    def step(self, connection: psycopg.Connection[Any]) -> None:
        """Check the next piece, as the connection's transaction sees it."""


def of_every_room(room: str) -> tuple[Measured, ...]:
    """What every room has, by the tables that every room has."""
    return (
        Measured(
            "fund_outbox_unsent_events",
            "Events not yet sent to Kafka.",
            ("room",),
            f"SELECT '{room}', count(*) FROM outbox WHERE published_at IS NULL",
        ),
        Measured(
            "fund_outbox_oldest_unsent_seconds",
            "Age of the oldest event not yet sent to Kafka; 0 when all are.",
            ("room",),
            f"SELECT '{room}', coalesce(extract(epoch FROM now() - min(created_at)), 0)"
            " FROM outbox WHERE published_at IS NULL",
        ),
        Measured(
            "fund_dead_letters",
            "Aggregates whose events wait in the dead letters, by the consumer that parked them.",
            ("consumer",),
            _PARKED,
        ),
    )


_PARKED: Final = """
WITH RECURSIVE known AS (
    SELECT min(consumer) AS consumer FROM inbox
    UNION ALL
    SELECT (SELECT min(consumer) FROM inbox WHERE consumer > known.consumer) FROM known
    WHERE known.consumer IS NOT NULL
), parked AS (SELECT consumer, count(*) AS waiting FROM parked_aggregate GROUP BY consumer)
SELECT consumer, coalesce(waiting, 0) FROM known FULL JOIN parked USING (consumer)
WHERE consumer IS NOT NULL
"""
