"""Agroideas' batches: many payment orders of one agreement at once, taken whole or not at all.

Nobody is called back for a batch: one asks what became of it, or reads the statement.
"""

import asyncio
import hashlib
import sqlite3
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from deploy.sandbox import agroideas, behaviours, clock, payments
from deploy.sandbox.agroideas import Beneficiary, Reference, not_found
from deploy.sandbox.behaviours import Behaviour
from deploy.sandbox.desk import Sandbox, TheSandbox, answer_late, counter_of
from deploy.sandbox.money import Money, text_of
from deploy.sandbox.problems import Problem, documented

PARTNER = agroideas.PARTNER
ORDERS_MAX = 10_000
PER_ORDER = frozenset({"reject", "return"})

router = APIRouter(
    tags=[PARTNER],
    prefix="/v1/batches",
    dependencies=[Depends(counter_of(PARTNER, agroideas.SCHEME))],
    responses=documented(401, 422, 503),
)


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reference: Reference
    beneficiary: Beneficiary
    amount: Money


class Batch(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    batch_id: Reference = Field(description="Unique for ever; at most 35 characters.")
    agreement_id: str = Field(min_length=1, max_length=64)
    concept: str = Field(min_length=1, max_length=140)
    orders: Annotated[list[Order], Field(min_length=1, max_length=ORDERS_MAX)]


class Taken(BaseModel):
    batch_id: str
    orders: int
    status: Literal["accepted"] = "accepted"


class OrderStatus(BaseModel):
    reference: str
    execution_id: str
    status: Literal["accepted", "executed", "rejected", "returned"]
    amount: Money
    reason_code: str | None = None


class BatchStatus(BaseModel):
    batch_id: str
    orders: list[OrderStatus]


WHOLE = TypeAdapter(BatchStatus)


@router.post("", status_code=202, responses=documented(400, 409))
async def order_batch(
    batch: Batch,
    request: Request,
    sandbox: TheSandbox,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Taken:
    """Accept a batch whole; the same batch_id and body give the first answer again."""
    if idempotency_key is None:
        raise Problem(400, "idempotency_key_required", "Falta la cabecera Idempotency-Key.")
    behaviour = await asyncio.to_thread(_take, sandbox, batch)
    sandbox.clerk.wake()
    await answer_late(request, sandbox, behaviour)
    return Taken(batch_id=batch.batch_id, orders=len(batch.orders))


def _take(sandbox: Sandbox, batch: Batch) -> Behaviour:
    digest = hashlib.sha256(batch.model_dump_json().encode()).hexdigest()
    now = sandbox.now()
    changes: list[payments.Change] = []
    with sandbox.books.write() as db:
        known = db.execute(
            "SELECT digest FROM payment WHERE partner = ? AND reference = ? LIMIT 1",
            (PARTNER, batch.batch_id),
        ).fetchone()
        if known is not None and known["digest"] != digest:
            raise Problem(409, "batch_conflict", "El lote ya se usó con otro contenido.")
        modes = behaviours.ANSWERING if known else behaviours.ANSWERING | behaviours.LATE
        behaviour = behaviours.take(db, PARTNER, modes)
        if known is not None:
            payments.count_request(db, PARTNER, batch.batch_id)
            return behaviour
        _refuse_repeated(db, batch)
        for order in batch.orders:
            fate = behaviour
            if behaviour.mode == "normal":
                fate = behaviours.take(db, PARTNER, PER_ORDER)
            payments.accept(
                db,
                agroideas.instruction_of(
                    order.reference,
                    batch.batch_id,
                    order.beneficiary,
                    order.amount,
                    digest=digest,
                ),
                behaviour=fate,
                settings=sandbox.settings,
                now=now,
            )
            changes.append(payments.Change(partner=PARTNER, status="accepted"))
        if behaviour.mode == "timeout_after_executing":
            changes += payments.settle_due(db, now)
    sandbox.clerk.count(changes)
    return behaviour


def _refuse_repeated(db: sqlite3.Connection, batch: Batch) -> None:
    references = [order.reference for order in batch.orders]
    repeated = len(set(references)) != len(references)
    if repeated or any(payments.find(db, PARTNER, one) is not None for one in references):
        raise Problem(409, "reference_conflict", "Una referencia del lote ya se usó.")


@router.get("/{batch_id:path}", response_model=BatchStatus, responses=documented(404))
def inquire_batch(batch_id: str, sandbox: TheSandbox) -> Response:
    """What became of each order of a batch; a 404 is final as it is for a single payment."""
    with sandbox.books.read() as db:
        rows = db.execute(
            "SELECT end_to_end_id, execution_id, status, amount_cents, reason_code FROM payment"
            " WHERE partner = ? AND reference = ? AND accepted_at <= ? ORDER BY rowid",
            (PARTNER, batch_id, clock.stamp(sandbox.now())),
        ).fetchall()
    if not rows:
        raise not_found(sandbox)
    orders = [
        OrderStatus(
            reference=row["end_to_end_id"],
            execution_id=row["execution_id"],
            status=row["status"],
            amount=Money(amount=text_of(row["amount_cents"]), currency="PEN"),
            reason_code=row["reason_code"],
        )
        for row in rows
    ]
    body = WHOLE.dump_json(BatchStatus(batch_id=batch_id, orders=orders))
    return Response(body, media_type="application/json")
