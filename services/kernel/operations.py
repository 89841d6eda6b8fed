"""What operators ask of every room: what waits in it, its dead letters, whether its audit is whole.

The kernel's tables are the same in each room, and so are these routes: `/v1/operations/<room>/…`.
What changes something writes its audit row, with the reason, before its first effect.
"""

import asyncio
from typing import Annotated, Any, Final

import psycopg
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import select
from sqlmodel import col

from services.kernel import audit, replaying
from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import Unavailable
from services.kernel.operations_schemas import (
    AuditOut,
    DeadLetterOut,
    DeadLetterWhole,
    OutboxEventOut,
    ParkingIn,
    ReplayedOut,
    ReplayIn,
    ReplayOut,
    ResendIn,
    ResentOut,
    RoomStateOut,
)
from services.kernel.outboxes import AskedOutboxes
from services.kernel.pages import PageRequest, cursor_after, page_of, page_request
from services.kernel.replaying import DeadLetterRow, Replayed, Replayer
from services.kernel.rooms import optional
from services.kernel.schemas import Page
from services.kernel.tables import OutboxRow
from services.kernel.work import Work

Paging = Annotated[PageRequest, Depends(page_request)]
ConsumerPath = Annotated[str, Path(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=80)]
ConsumerFilter = Annotated[str | None, Query(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=80)]
AggregatePath = Annotated[str, Path(pattern=r"^[a-z0-9_/:.-]+$", max_length=200)]
AggregateFilter = Annotated[str | None, Query(pattern=r"^[a-z0-9_/:.-]+$", max_length=200)]
Anchor = Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")]

_STATE: Final = """
SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL),
    (SELECT min(created_at) FROM outbox WHERE published_at IS NULL),
    (SELECT count(*) FROM parked_aggregate), (SELECT min(parked_at) FROM parked_aggregate)
"""


def router_of(room: str) -> APIRouter:
    """The operators' routes of a room."""
    router = APIRouter(prefix=f"/v1/operations/{room}")
    _add_outbox(router, room)
    _add_dead_letters(router, room)
    _add_cures(router, room)
    return router


def _add_outbox(router: APIRouter, room: str) -> None:
    run_of = Depends(command_of(room))
    session_of = Depends(reading(room))

    @router.get("/state", **guarded("kernel.state.read"))
    async def read_operations_state(request: Request) -> RoomStateOut:
        """What waits in this room: events to be sent, and parked aggregates."""
        [found] = await _database(request, room).rows(_STATE, ())
        unsent, oldest_unsent_at, aggregates, oldest_parked_at = found
        return RoomStateOut(
            room=room,
            unsent_events=unsent,
            oldest_unsent_at=oldest_unsent_at,
            parked_aggregates=aggregates,
            oldest_parked_at=oldest_parked_at,
        )

    @router.get("/audit", **guarded("kernel.audit.verify"))
    async def verify_audit(request: Request, anchor: Anchor = None) -> AuditOut:
        """Walk the room's audit chain and hold its rows against their proofs; `anchor` is a hash
        that must stand in the chain."""
        check = optional(room, "integrity", "findings", None)
        try:
            report = await asyncio.to_thread(
                audit.verify, room, request.app.state.settings, anchor=anchor, check=check
            )
        except psycopg.Error as error:
            raise Unavailable(
                "kernel.database_unavailable", "La base de datos no responde.", retry_after_s=2
            ) from error
        return AuditOut.of(report)

    @router.get("/outbox", **guarded("kernel.outbox.list"))
    async def list_outbox(
        page: Paging,
        session: Annotated[AsyncSession, session_of],
        aggregate_id: AggregateFilter = None,
        sent: Annotated[bool | None, Query()] = None,
    ) -> Page[OutboxEventOut]:
        """The room's events in the order they were made: of an aggregate, sent or not yet."""
        query = select(OutboxRow)
        if aggregate_id is not None:
            query = query.where(col(OutboxRow.aggregate_id) == aggregate_id)
        if sent is not None:
            at = col(OutboxRow.published_at)
            query = query.where(at.is_not(None) if sent else at.is_(None))
        return await page_of(session, query, OutboxRow.id, page, OutboxEventOut.of)

    @router.post("/outbox/resends", response_model=ResentOut, **guarded("kernel.outbox.resend"))
    async def resend_outbox(body: ResendIn, run: Annotated[Command, run_of]) -> Response:
        """Send events again that Kafka lost, or that a consumer without a database refused."""
        return await run.run(
            replaying.resend,
            render=lambda events: ResentOut(events=events),
            **body.model_dump(),
        )


def _add_dead_letters(router: APIRouter, room: str) -> None:
    @router.get("/dead-letters", **guarded("kernel.dead_letter.list"))
    async def list_dead_letters(
        request: Request, page: Paging, consumer: ConsumerFilter = None
    ) -> Page[DeadLetterOut]:
        """The aggregates that are parked for this room's consumers."""
        asked: dict[str, Any] = {
            "consumer": consumer,
            "after": page.after or "",
            "limit": page.limit + 1,
        }
        rows = await replaying.parked(_database(request, room), **asked)
        shown = rows[: page.limit]
        last = f"{shown[-1].consumer} {shown[-1].aggregate_id}" if len(rows) > page.limit else None
        return Page(data=[_letter(row) for row in shown], next_cursor=cursor_after(last))

    @router.get("/dead-letters/{consumer}/{aggregate_id}", **guarded("kernel.dead_letter.read"))
    async def read_dead_letter(
        consumer: ConsumerPath, aggregate_id: AggregatePath, request: Request
    ) -> DeadLetterWhole:
        """A parked aggregate with the events that wait for it, oldest first."""
        database = _database(request, room)
        [row] = await replaying.demanded(database, consumer, aggregate_id)
        replayer = _replayer(request, room, consumer)
        waiting = await replayer.waiting(aggregate_id) if replayer else []
        events = [OutboxEventOut.model_validate(one) for one in waiting]
        return DeadLetterWhole(**_letter(row).model_dump(), events=events)


def _add_cures(router: APIRouter, room: str) -> None:
    run_of = Depends(command_of(room))

    @router.post(
        "/dead-letters",
        status_code=201,
        response_model=DeadLetterOut,
        **guarded("kernel.dead_letter.park"),
    )
    async def park(body: ParkingIn, run: Annotated[Command, run_of]) -> Response:
        """Note an event that a consumer without a database of its own could not apply."""
        return await run.run(replaying.park, render=_letter, status=201, **body.model_dump())

    @router.post(
        "/dead-letters/replays",
        response_model=ReplayOut,
        **guarded("kernel.dead_letter.replay"),
    )
    async def replay_dead_letters(
        body: ReplayIn, request: Request, run: Annotated[Command, run_of]
    ) -> Response:
        """Apply a consumer's parked events again and unpark what is done; what fails again stays
        parked, and the answer says why."""
        known = await run.replay()
        if known is not None:
            return known
        database = _database(request, room)
        letters = await replaying.demanded(database, body.consumer, body.aggregate_id)
        asked: dict[str, Any] = {
            "consumer": body.consumer,
            "aggregates": [row.aggregate_id for row in letters],
            "reason": body.reason,
        }

        def told(done: list[Replayed]) -> ReplayOut:
            rows = [ReplayedOut(**{n: getattr(one, n) for n in one.__slots__}) for one in done]
            return ReplayOut(consumer=body.consumer, data=rows)

        await run.step(replaying.order, **asked)
        replayer = _replayer(request, room, body.consumer)
        if replayer is None:
            return await run.run(replaying.send_again, render=told, **asked)
        done = [await replayer.replay(aggregate_id) for aggregate_id in asked["aggregates"]]

        async def results(_: Work) -> list[Replayed]:
            return done

        return await run.run(results, render=told)


def _letter(row: DeadLetterRow) -> DeadLetterOut:
    return DeadLetterOut(
        consumer=row.consumer,
        aggregate_id=row.aggregate_id,
        reason=row.reason,
        parked_at=row.parked_at,
    )


def _database(request: Request, room: str) -> Database:
    database: Database = request.app.state.databases[room]
    return database


def _replayer(request: Request, room: str, consumer: str) -> Replayer | None:
    listener = replaying.listener_of(room, consumer)
    if listener is None:
        return None
    outboxes = AskedOutboxes(request.app.state.neighbours)
    return Replayer(listener, _database(request, room), outboxes)
