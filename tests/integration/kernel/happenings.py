"""Events that belong to a test alone: a namespace, its topic, and numbered facts about things."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from services.kernel import clock
from services.kernel.db import AsyncSession, Database
from services.kernel.ids import new_id
from services.kernel.tables import OutboxRow
from services.kernel.work import Event, Principal, Work
from tests.support.kafka import Record

ACTOR = Principal(sub="test-writer", role="service")


@dataclass(frozen=True)
class Space:
    """A room that does not exist: its name stands in types and topic."""

    name: str

    @property
    def topic(self) -> str:
        return f"fund.{self.name}.v1"

    @property
    def type(self) -> str:
        return f"fund.{self.name}.thing.happened.v1"

    def event(self, thing: str, number: int, padding: str = "") -> Event:
        """The number-th thing that happened to it."""

        class Happened(Event):
            TYPE: ClassVar[str] = self.type
            SUBJECT: ClassVar[str] = "thing"
            thing: str
            number: int
            padding: str

        return Happened(thing=thing, number=number, padding=padding)

    def publish(self, session: AsyncSession, thing: str, number: int, padding: str = "") -> None:
        """Write the event to the outbox in this transaction."""
        work = Work(session, ACTOR, clock.now(), "test")
        work.publish(self.event(thing, number, padding), version=number)

    async def commit(self, database: Database, thing: str, *numbers: int) -> None:
        """Write events to the outbox, each in a transaction of its own."""
        for number in numbers:
            async with database.begin() as session:
                self.publish(session, thing, number)

    def publish_record(self, session: AsyncSession, value: bytes) -> None:
        """Write a record to the outbox as it stands on the topic."""
        body = json.loads(value)
        row = OutboxRow(
            id=body["id"],
            topic=self.topic,
            type=body["type"],
            aggregate_id=body["subject"],
            aggregate_version=body["aggregateversion"],
            body=body,
            created_at=clock.now(),
        )
        session.add(row)

    def record(self, thing: str, number: int, **changes: Any) -> tuple[str, bytes]:
        """Key and value as they stand on the topic."""
        body = {
            "id": new_id("evt"),
            "source": f"/fund/{self.name}",
            "type": self.type,
            "subject": thing,
            "time": "2026-03-01T12:00:00Z",
            "datacontenttype": "application/json",
            "specversion": "1.0",
            "aggregateversion": number,
            "data": {"thing": thing, "number": number},
            **changes,
        }
        return thing, json.dumps(body).encode()


def numbers_by_thing(records: Iterable[Record]) -> dict[str, list[int]]:
    """For each key the numbers in their order, a repetition only at its first place."""
    found: dict[str, dict[int, None]] = {}
    for record in records:
        found.setdefault(record.key, {})[record.value["data"]["number"]] = None
    return {key: list(numbers) for key, numbers in found.items()}
