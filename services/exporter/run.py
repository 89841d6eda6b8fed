"""The exporter put together: rooms by name, watches in the background, one `/metrics`."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import REGISTRY

from services.exporter.lag import ConsumerLag
from services.exporter.reading import Room, StateCollector
from services.exporter.watches import AuditWatch, Round, folding, step_of
from services.kernel.gauges import Measured, Watch, of_every_room
from services.kernel.rooms import optional
from services.kernel.settings import Settings

WATCH_EVERY_S: Final = 15
LAG_EVERY_S: Final = 10


@dataclass(frozen=True, slots=True)
class Exporter:
    """What is collected at a scrape, and what goes on between scrapes."""

    collector: StateCollector
    rounds: list[Round]
    lag: ConsumerLag


def build(rooms: Sequence[str], settings: Settings) -> Exporter:
    """The exporter of these rooms."""
    watches = {room: watches_of(room) for room in rooms}
    lag = ConsumerLag(settings)
    others = [one for found in watches.values() for watch in found for one in watch.measured]
    collector = StateCollector(
        [Room(room, settings, gauges_of(room)) for room in rooms], [*others, *lag.measured]
    )
    rounds = []
    for room, found in watches.items():
        jobs = [step_of(watch, room, settings) for watch in found]
        if optional(room, "models", "TALLY", None) is not None:
            jobs.append(folding(room, settings))
        rounds.append(Round(room, WATCH_EVERY_S, jobs))
    return Exporter(collector, [*rounds, Round("kafka", LAG_EVERY_S, [lag.refresh])], lag)


def gauges_of(room: str) -> tuple[Measured, ...]:
    """What is read of a room at each scrape."""
    own: tuple[Measured, ...] = optional(room, "gauges", "GAUGES", ())
    return (*of_every_room(room), *own)


def watches_of(room: str) -> list[Watch]:
    """What is checked of a room in the background."""
    return [AuditWatch(room), *(make() for make in optional(room, "gauges", "WATCHES", ()))]


def run(rooms: Sequence[str], settings: Settings, stopping: threading.Event) -> None:
    """Export until `stopping`; the process's `/metrics` is served by its caller."""
    exporter = build(rooms, settings)
    REGISTRY.register(exporter.collector)
    for one in exporter.rounds:
        one.start(stopping)
    stopping.wait()
    exporter.lag.close()
