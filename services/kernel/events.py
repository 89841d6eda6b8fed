"""A received event, read and checked against CloudEvents 1.0, and who listens to what."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.v1.event import CloudEvent

from services.kernel.work import Work


class UnreadableEvent(ValueError):
    """The record is not a CloudEvent of ours; retrying cannot help."""


class NotYet(Exception):
    """The event comes before something it depends on; trying again a little later may help."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a listener is handed."""

    id: str
    type: str
    subject: str
    version: int
    time: str
    application_id: str | None
    data: dict[str, Any]
    traceparent: str | None = None

    @classmethod
    def read(cls, record: bytes) -> Self:
        """Read a structured CloudEvent; raises UnreadableEvent, saying what is wrong."""
        try:
            return cls.of(json.loads(record))
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
            CloudEventValidationError,
        ) as error:
            raise UnreadableEvent(f"{type(error).__name__}: {error}") from error

    @classmethod
    def of(cls, body: dict[str, Any]) -> Self:
        """The event in a structured CloudEvent that was parsed, one of ours."""
        data = body["data"]
        attributes = {name: value for name, value in body.items() if name != "data"}
        CloudEvent(attributes={k: v for k, v in attributes.items() if k != "time"}, data=data)
        datetime.fromisoformat(attributes["time"])
        return cls(
            id=str(attributes["id"]),
            type=str(attributes["type"]),
            subject=str(attributes["subject"]),
            version=int(attributes["aggregateversion"]),
            time=str(attributes["time"]),
            application_id=attributes.get("applicationid"),
            data=dict(data),
            traceparent=attributes.get("traceparent"),
        )


def traceparent_in(headers: Iterable[tuple[str, bytes]] | None) -> str | None:
    """The place of the sending of a record, by its headers."""
    found = dict(headers or ()).get("traceparent")
    return found.decode("latin-1") if found else None


def place_of(partition: Any, record: Any) -> str:
    """Where a record stands in Kafka, as `<topic>:<partition>:<offset>`."""
    return f"{partition.topic}:{partition.partition}:{record.offset}"


Handler = Callable[[Work, Received], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Listener:
    """A consumer group: its name, and the handler of each event type it cares for.

    A handler runs in one transaction with the inbox row. It may raise NotYet; any FundError or
    NotYet is tried five times, then the event's aggregate is parked.
    """

    consumer: str
    handlers: Mapping[str, Handler] = field(default_factory=dict)

    @property
    def topics(self) -> list[str]:
        """The topics of the handled types."""
        return sorted({f"fund.{name.split('.')[1]}.v1" for name in self.handlers})
