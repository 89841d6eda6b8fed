"""One use case's transaction: its session, who acts, when, and the two things each change owes.

Every state change leaves an audit row and, where others should know, an event; both are rows of
the same transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import rfc8785
from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel, ConfigDict

from services.kernel import tracing
from services.kernel.db import AsyncSession, instant_text
from services.kernel.ids import new_id
from services.kernel.owed import json_text, owe


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, as a verified token says."""

    sub: str
    role: str
    seat: str | None = None
    program: str | None = None
    consortium_id: str | None = None

    def as_input(self) -> dict[str, str | None]:
        """The principal as the policy package `fund.authz` reads it."""
        return {
            "sub": self.sub,
            "role": self.role,
            "seat": self.seat,
            "program": self.program,
            "consortium_id": self.consortium_id,
        }


class Event(BaseModel):
    """A fact that a room publishes; a subclass names its type and which field is its aggregate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TYPE: ClassVar[str]
    """`fund.<room>.<noun>.<verb>.v1`"""
    SUBJECT: ClassVar[str]
    """The field that holds the aggregate's id: the Kafka key."""

    @classmethod
    def topic(cls) -> str:
        """`fund.<room>.v1`"""
        return f"fund.{cls.TYPE.split('.')[1]}.v1"


@dataclass(slots=True)
class Work:
    """What a use case is handed: `async def submit(work: Work, *, application_id: str)`."""

    session: AsyncSession
    actor: Principal
    now: datetime
    request_id: str

    def publish(self, event: Event, *, version: int) -> None:
        """Write the event to the outbox. `version` is the aggregate's version after the change."""
        data = event.model_dump(mode="json")
        subject = str(data[event.SUBJECT])
        attributes: dict[str, Any] = {
            "id": new_id("evt"),
            "source": f"/fund/{event.TYPE.split('.')[1]}",
            "type": event.TYPE,
            "subject": subject,
            "time": self.now,
            "datacontenttype": "application/json",
            "specversion": "1.0",
            "aggregateversion": version,
            "requestid": self.request_id,
        }
        if data.get("application_id"):
            attributes["applicationid"] = data["application_id"]
        traceparent = tracing.traceparent_of_event(attributes.get("applicationid"))
        if traceparent:
            attributes["traceparent"] = traceparent
        CloudEvent(attributes=dict(attributes), data=data)  # refuses what the standard refuses
        attributes["time"] = instant_text(self.now)
        owe(
            self.session,
            "outbox",
            {
                "id": attributes["id"],
                "topic": event.topic(),
                "type": event.TYPE,
                "aggregate_id": subject,
                "aggregate_version": version,
                "body": json_text({**attributes, "data": data}),
                "created_at": self.now,
            },
        )

    def record(self, action: str, subject: str, change: dict[str, Any]) -> None:
        """Write the audit row of a state change; `change` is JSON, without floats."""
        row = {
            "id": new_id("aud"),
            "at": self.now,
            "actor": self.actor.sub,
            "role": self.actor.role,
            "action": action,
            "subject": subject,
            "request_id": self.request_id,
            "change": change,
        }
        content_hash = hashlib.sha256(audit_content(row)).digest()
        kept = {**row, "change": json_text(change), "content_hash": content_hash}
        owe(self.session, "audit", kept)


def audit_content(row: dict[str, Any]) -> bytes:
    """The canonical text (RFC 8785) of an audit row, which its content hash covers.

    The schema's version stands inside, so that a later form can be told apart.
    """
    return rfc8785.dumps({**row, "at": instant_text(row["at"]), "schema": 1})
