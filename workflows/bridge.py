"""Kafka → Temporal: an application's submission starts its workflow, a session's notice its own;
later facts signal them.

At-least-once: an offset is committed after its effect, and a second delivery starts nothing and is
known by its event id. Without Temporal the bridge waits; it skips nothing. What cannot be read, or
is refused as such, is told to the room that made it, among whose dead letters it waits to be sent
again; a fact for a workflow that is over or was never there is counted and left, except a release:
it is paid by its tranche's workflow alone.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

from kafka import KafkaConsumer, OffsetAndMetadata
from kafka.errors import KafkaError
from temporalio.client import Client, RPCError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCStatusCode

from services.kernel import tracing
from services.kernel.errors import Unavailable
from services.kernel.events import Received, UnreadableEvent, place_of, traceparent_in
from services.kernel.ids import new_id
from services.kernel.neighbours import Neighbours
from services.kernel.settings import Settings
from services.kernel.telemetry import counter, gauge, log
from workflows import messages as m
from workflows.routes import ROUTES, Effect, Start, StartAddendum, StartSession

CONSUMER: Final = "workflows.bridge"
TOPICS: Final = ("fund.applications.v1", "fund.board.v1", "fund.disbursement.v1")

POLL_MS: Final = 500
RECORDS_A_POLL: Final = 200
SIDE_BY_SIDE: Final = 50
RPC_TIMEOUT: Final = timedelta(seconds=10)
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0
NOT_YET_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""A vote may overtake the start of its ballot's workflow by moments, not by more."""

APPLIED = counter(
    "fund_bridge_events_total", "Events by outcome.", ["type", "outcome"], by="bridge"
)
IGNORED = counter(
    "fund_bridge_ignored_total",
    "Facts whose workflow is over or was never there.",
    ["type"],
    by="bridge",
)
BURIED = counter(
    "fund_bridge_dead_letters_total",
    "Events that cannot be carried, told to their rooms as dead letters.",
    by="bridge",
)
WAITING = gauge(
    "fund_bridge_waiting_for_temporal", "1 while Temporal does not answer.", by="bridge"
)

REASON_MAX: Final = 500
AGGREGATE: Final = re.compile(r"[a-z0-9_/:.-]{1,200}")
"""The key of a record that names what it is about, as ours do."""

# Codes by which Temporal says that this very request can never succeed.
HOPELESS: Final = frozenset(
    {RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.OUT_OF_RANGE, RPCStatusCode.FAILED_PRECONDITION}
)


class Hopeless(Exception):
    """Temporal refuses this request as such; the event is for a person."""


class Stopping(Exception):
    """The process is to end while something does not answer; nothing was committed."""


class Bridge:
    """Carries events over, each to its workflow."""

    def __init__(
        self,
        client: Client,
        rooms: Neighbours,
        settings: Settings,
        *,
        until: Callable[[], bool],
    ) -> None:
        self._until = until
        self._client = client
        self._rooms = rooms
        self._task_queue = settings.temporal_task_queue
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def carry(self, batches: dict[Any, list[Any]]) -> None:
        """Carry what a poll gave: keys side by side, the events of a key in their order."""
        by_key: dict[tuple[str, bytes], list[tuple[str, Any]]] = {}
        for partition, records in batches.items():
            for record in records:
                place = place_of(partition, record)
                by_key.setdefault((partition.topic, record.key or b""), []).append((place, record))
        await asyncio.gather(*(self._in_order(records) for records in by_key.values()))

    async def _in_order(self, records: list[tuple[str, Any]]) -> None:
        async with self._places:
            for place, record in records:
                sent = traceparent_in(record.headers)
                await self.take(place, record.key or b"", record.value or b"", sent)

    async def take(
        self, place: str, key: bytes, value: bytes, traceparent: str | None = None
    ) -> None:
        """Bring the event's effect about; returns when it is durable or the event is buried."""
        try:
            event = Received.read(value)
            route = ROUTES.get(event.type)
            if route is None:
                return
            effect = route(event)
            if effect is None:
                return
        except (UnreadableEvent, KeyError, ValueError, TypeError, RecursionError) as error:
            await self._bury(place, key, f"{type(error).__name__}: {error}")
            return
        try:
            with tracing.unit_of(
                "kafka",
                f"apply {CONSUMER}",
                application_id=event.application_id,
                request_id=event.id,
                traceparent=traceparent or event.traceparent,
                facts={"event_type": event.type},
            ):
                outcome = await self._until_done(effect)
        except Hopeless as error:
            await self._bury(place, key, f"{event.type} {event.id}: {error}")
            return
        APPLIED.labels(event.type, outcome).inc()
        if outcome == "ignored":
            IGNORED.labels(event.type).inc()
            log().info("bridge.ignored", event_id=event.id, type=event.type, subject=event.subject)

    async def _until_done(self, effect: Effect) -> str:
        """Try until Temporal has answered, however long it is away."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                outcome = await self._apply(effect)
                WAITING.set(0)
                return outcome
            except RPCError as error:
                if error.status in HOPELESS:
                    raise Hopeless(f"Temporal refuses it: {error.message}") from error
                WAITING.set(1)
                log().warning(
                    "bridge.waiting_for_temporal", error=error.message, pause_s=round(pause_s, 1)
                )
                pause_s = await self._pause(pause_s)

    async def _pause(self, pause_s: float) -> float:
        """Wait before the next try; gives the pause after it, twice as long within bounds."""
        if self._until():
            raise Stopping
        await asyncio.sleep(pause_s)
        return min(pause_s * 2, LONGEST_PAUSE_S)

    async def _apply(self, effect: Effect) -> str:
        if isinstance(effect, StartSession):
            session = effect.session
            return await self._start_once("BoardSession", session, f"session/{session.session_id}")
        if isinstance(effect, StartAddendum):
            addendum = effect.addendum
            return await self._start_once(
                "AddendumApproval", addendum, f"addendum/{addendum.addendum_id}"
            )
        if isinstance(effect, Start):
            return await self._start(effect)
        for pause_s in (*NOT_YET_PAUSES_S, None):
            try:
                await self._client.get_workflow_handle(effect.workflow_id).signal(
                    effect.name, effect.fact, rpc_timeout=RPC_TIMEOUT
                )
                return "signalled"
            except RPCError as error:
                if not _is_absent(error):
                    raise
                if pause_s is None or "already completed" in error.message:
                    break
                await asyncio.sleep(pause_s)
        return "ignored" if effect.otherwise is None else await self._pay(effect.otherwise)

    async def _start(self, effect: Start) -> str:
        later = effect.fact.round > 1
        try:
            await self._client.start_workflow(
                "FundingApplication",
                m.FundingInput(application_id=effect.application_id, round=effect.fact.round),
                id=f"application/{effect.application_id}",
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_signal="application_submitted" if later else None,
                start_signal_args=[effect.fact] if later else [],
                rpc_timeout=RPC_TIMEOUT,
            )
            return "signalled" if later else "started"
        except WorkflowAlreadyStartedError:
            return "ignored" if later else "repeated"

    async def _pay(self, tranche: m.TrancheInput) -> str:
        """A release that the application's workflow did not live to see: all else was paid, and
        this came back since. The room instructs a release once, however often this starts."""
        try:
            await self._client.start_workflow(
                "TrancheDisbursement",
                tranche,
                id=f"tranche/{tranche.tranche_id}",
                task_queue=self._task_queue,
                rpc_timeout=RPC_TIMEOUT,
            )
            return "started"
        except WorkflowAlreadyStartedError:
            return "repeated"

    async def _start_once(self, workflow: str, message: Any, workflow_id: str) -> str:
        try:
            await self._client.start_workflow(
                workflow,
                message,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                rpc_timeout=RPC_TIMEOUT,
            )
            return "started"
        except WorkflowAlreadyStartedError:
            return "repeated"

    async def _bury(self, place: str, key: bytes, reason: str) -> None:
        """Have the event's room keep it in mind, however long that room is away; it is known there
        by its aggregate, or by its place when the key names none."""
        named = key.decode("latin-1")
        room = place.split(".")[1]
        letter = {
            "consumer": CONSUMER,
            "aggregate_id": named if AGGREGATE.fullmatch(named) else place,
            "reason": f"{place}: {reason}"[:REASON_MAX],
        }
        once = new_id("key")
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._rooms.tell(
                    room, f"/v1/operations/{room}/dead-letters", letter, key=once
                )
                break
            except Unavailable as error:
                log().warning("bridge.bury_failed", place=place, error=error.detail)
                pause_s = await self._pause(pause_s)
        BURIED.inc()
        log().error("bridge.buried", place=place, reason=reason)


def _is_absent(error: RPCError) -> bool:
    """Whether the workflow is not there; a namespace that is not there is an outage instead."""
    return error.status == RPCStatusCode.NOT_FOUND and "namespace" not in error.message.lower()


async def bridge(client: Client, settings: Settings, *, until: Callable[[], bool]) -> None:
    """Carry events over until `until()`; a failing Kafka client is closed and built anew."""
    rooms = Neighbours(settings)
    try:
        await _carried(Bridge(client, rooms, settings, until=until), settings, until)
    finally:
        await rooms.close()


async def _carried(carrier: Bridge, settings: Settings, until: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()
    pause_s = FIRST_PAUSE_S
    with ThreadPoolExecutor(1, "kafka") as thread:  # the consumer must stay with one thread
        while not until():
            consumer: Any = None
            try:
                consumer = await loop.run_in_executor(thread, _consumer, settings)
                while not until():
                    batches = await loop.run_in_executor(thread, _poll, consumer)
                    if batches:
                        await carrier.carry(batches)
                        await loop.run_in_executor(thread, consumer.commit, next_offsets(batches))
                    pause_s = FIRST_PAUSE_S
            except Stopping:
                log().info("bridge.stopped_while_waiting")
            except (KafkaError, OSError) as error:
                # A rebalance takes the commit away; what was carried comes again and is known.
                log().warning("bridge.kafka_failed", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            finally:
                if consumer is not None:
                    await loop.run_in_executor(thread, _close, consumer)


def next_offsets(batches: dict[Any, list[Any]]) -> dict[Any, OffsetAndMetadata]:
    """The offsets to commit after a poll was carried over."""
    return {
        partition: OffsetAndMetadata(records[-1].offset + 1, "", -1)
        for partition, records in batches.items()
    }


def _consumer(settings: Settings) -> Any:
    return KafkaConsumer(
        *TOPICS,
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        group_id=CONSUMER,
        client_id=CONSUMER,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=RECORDS_A_POLL,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        metadata_max_age_ms=30_000,
    )


def _poll(consumer: Any) -> dict[Any, list[Any]]:
    batches: dict[Any, list[Any]] = consumer.poll(timeout_ms=POLL_MS)
    return batches


def _close(consumer: Any) -> None:
    try:
        consumer.close(autocommit=False, timeout_ms=5_000)
    except (KafkaError, OSError) as error:
        log().info("bridge.close_failed", error=str(error))
