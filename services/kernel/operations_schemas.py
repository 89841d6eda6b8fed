"""Bodies of the operators' endpoints that every room has."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from services.kernel.audit import ChainReport
from services.kernel.schemas import Body, Instant, Line, Sha256, example
from services.kernel.tables import OutboxRow

Consumer = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=80)]
Aggregate = Annotated[str, Field(pattern=r"^[a-z0-9_/:.-]+$", max_length=200)]
EventId = Annotated[str, Field(pattern=r"^evt_[0-9a-z]{26}$")]


class RoomStateOut(Body):
    """How much of a room's work waits: events not yet sent, and aggregates that are parked."""

    model_config = example(
        {
            "room": "registry",
            "unsent_events": 0,
            "oldest_unsent_at": None,
            "parked_aggregates": 0,
            "oldest_parked_at": None,
        }
    )

    room: str
    unsent_events: int
    oldest_unsent_at: datetime | None
    parked_aggregates: int
    oldest_parked_at: datetime | None


class OutboxEventOut(Body):
    """An event of the outbox, with the CloudEvent that is sent; `published_at` is Kafka's ack."""

    id: Annotated[str, Field(examples=["evt_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    type: Annotated[str, Field(examples=["fund.applications.call.opened.v1"])]
    aggregate_id: Annotated[str, Field(examples=["cal_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    aggregate_version: int
    created_at: datetime
    published_at: datetime | None
    body: dict[str, Any]

    @classmethod
    def of(cls, row: OutboxRow) -> Self:
        """From its row."""
        return cls(**row.model_dump(include=set(cls.model_fields)))


class ResendIn(Body):
    """Which events go out again: one, those of an aggregate, or all since an instant."""

    model_config = example(
        {"aggregate_id": "cal_01k9v1q0m5f3tt0p6k1s9w2r4e", "reason": "Kafka perdió el tema."}
    )

    event_id: EventId | None = None
    aggregate_id: Aggregate | None = None
    since: Instant | None = None
    reason: Line

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if sum(one is not None for one in (self.event_id, self.aggregate_id, self.since)) != 1:
            raise ValueError("diga event_id, aggregate_id o since, uno solo")
        return self


class ResentOut(Body):
    """How many events the relay sends again."""

    events: int


class DeadLetterOut(Body):
    """An aggregate that is parked for a consumer, and what its first event met."""

    consumer: Annotated[str, Field(examples=["applications.timeline"])]
    aggregate_id: Annotated[str, Field(examples=["cal_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    reason: Annotated[str, Field(examples=["fund.registry.producer.registered.v1 evt_…: KeyError"])]
    parked_at: datetime


class DeadLetterWhole(DeadLetterOut):
    """… and the events that wait for it to be replayed, oldest first."""

    events: list[OutboxEventOut]


class ReplayIn(Body):
    """Which consumer's dead letters are applied again: of one aggregate, or all of them."""

    model_config = example(
        {
            "consumer": "applications.timeline",
            "aggregate_id": "cal_01k9v1q0m5f3tt0p6k1s9w2r4e",
            "reason": "Se corrigió la regla en la versión 1.4.",
        }
    )

    consumer: Consumer
    aggregate_id: Aggregate | None = None
    reason: Line


class ReplayedOut(Body):
    """What became of one aggregate: how many events were applied, and why it stays parked."""

    aggregate_id: Annotated[str, Field(examples=["cal_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    applied: int
    stays_parked: Annotated[str | None, Field(examples=[None])]


class ReplayOut(Body):
    """What became of the dead letters."""

    consumer: Annotated[str, Field(examples=["applications.timeline"])]
    data: list[ReplayedOut]


class ParkingIn(Body):
    """What a consumer without a database of its own could not apply."""

    consumer: Consumer
    aggregate_id: Aggregate
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class AuditOut(Body):
    """Whether the room's audit chain is whole, and its rows as their proofs say."""

    room: Annotated[str, Field(examples=["registry"])]
    rows: int
    head: Sha256
    is_whole: bool
    fault: Annotated[str | None, Field(examples=[None])]
    findings: list[str]

    @classmethod
    def of(cls, report: ChainReport) -> Self:
        """From the walk along the chain."""
        return cls(
            room=report.room,
            rows=report.rows,
            head=report.head,
            is_whole=report.is_whole,
            fault=report.fault,
            findings=list(report.findings),
        )


class ProcessOut(Body):
    """A process or server as Prometheus last saw it."""

    job: Annotated[str, Field(examples=["relay"])]
    instance: Annotated[str, Field(examples=["127.0.0.1:18001"])]
    state: Literal["up", "down"]


class LagOut(Body):
    """How many events of a topic a consumer group has still to take."""

    group: Annotated[str, Field(examples=["workflows.bridge"])]
    topic: Annotated[str, Field(examples=["fund.registry.v1"])]
    events: int
