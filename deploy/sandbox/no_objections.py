"""Agroideas' desk of no-objections: asked once by reference, answered by a signed callback."""

import asyncio
import hashlib
import json
import sqlite3
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field

from deploy.sandbox import agroideas, behaviours, clock, magic, payments
from deploy.sandbox.agroideas import Reference, not_found
from deploy.sandbox.behaviours import Behaviour
from deploy.sandbox.desk import Sandbox, TheSandbox, counter_of
from deploy.sandbox.money import Money, cents, money_of
from deploy.sandbox.problems import Problem, documented

PARTNER = agroideas.PARTNER
REASONS = {
    "observed": "Falta la ficha técnica de la cotización elegida.",
    "denied": "El bien no corresponde a la partida del plan aprobado.",
}


class Supplier(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    ruc: str = Field(pattern=r"^\d{11}$", examples=["20512345674"])
    name: str = Field(min_length=1, max_length=200)


class Quotation(Supplier):
    amount: Money
    document_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["ab" * 32])


class NoObjectionRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reference: Reference = Field(description="Unique for ever; at most 35 characters.")
    agreement_id: str = Field(min_length=1, max_length=64)
    description: str = Field(min_length=1, max_length=4000)
    budget_line: int = Field(ge=1, le=9999)
    supplier: Supplier
    amount: Money
    quotations: Annotated[list[Quotation], Field(min_length=1, max_length=20)]
    callback_url: str = Field(pattern=r"^https?://", max_length=500)


class Received(BaseModel):
    reference: str
    status: Literal["received"] = "received"


class NoObjectionStatus(BaseModel):
    reference: str
    status: Literal["received", "granted", "observed", "denied"]
    amount: Money
    record_number: str | None = Field(
        default=None, description="Of a granted one: the number of the no-objection."
    )
    reason: str | None = Field(default=None, description="Of an observed or denied one.")


class NoObjectionEvent(BaseModel):
    """Body of the callback; headers webhook-id, webhook-timestamp, webhook-signature."""

    event_id: str
    type: Literal["no_objection.granted", "no_objection.observed", "no_objection.denied"]
    reference: str
    amount: Money
    record_number: str | None = None
    reason: str | None = None
    occurred_at: str


callbacks = APIRouter()


@callbacks.post("{$request.body#/callback_url}", status_code=202)
def no_objection_event(event: NoObjectionEvent) -> None:
    """Standard Webhooks, signed; sent again with backoff until a 2xx answer, 8 tries at most."""


router = APIRouter(
    tags=[PARTNER],
    prefix="/v1/no-objections",
    dependencies=[Depends(counter_of(PARTNER, agroideas.SCHEME))],
    responses=documented(401, 422, 503),
)


@router.post("", status_code=202, callbacks=callbacks.routes, responses=documented(400, 409))
async def ask(
    request: NoObjectionRequest,
    sandbox: TheSandbox,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Received:
    """Receive a request; the same reference and body give the first answer again."""
    if idempotency_key is None:
        raise Problem(400, "idempotency_key_required", "Falta la cabecera Idempotency-Key.")
    if cents(request.amount.amount) == 0:
        raise Problem(422, "amount_not_positive", "El monto debe ser mayor que cero.")
    if request.supplier.ruc not in {one.ruc for one in request.quotations}:
        raise Problem(422, "supplier_did_not_quote", "El proveedor elegido no cotizó.")
    await asyncio.to_thread(_receive, sandbox, request)
    sandbox.clerk.wake()
    return Received(reference=request.reference)


def _receive(sandbox: Sandbox, request: NoObjectionRequest) -> None:
    digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
    amount_cents = cents(request.amount.amount)
    with sandbox.books.write() as db:
        known = _find(db, request.reference)
        if known is not None:
            if known["digest"] != digest:
                raise Problem(
                    409, "reference_conflict", "La referencia ya se usó con otro contenido."
                )
            return
        behaviour = behaviours.take(db, PARTNER, behaviours.OF_A_NO_OBJECTION)
        if sandbox.settings.test_keys and behaviour.mode == "normal":
            behaviour = magic.of_no_objection(request.reference, amount_cents)
        delay_s = sandbox.settings.sandbox_execution_delay_s
        if behaviour.delay_s is not None:
            delay_s = behaviour.delay_s
        answers_at = clock.stamp(sandbox.now() + timedelta(seconds=delay_s))
        outcome = magic.OUTCOMES.get(behaviour.mode, "granted")
        db.execute(
            "INSERT INTO no_objection VALUES (?, ?, ?, ?, ?)",
            (request.reference, digest, amount_cents, outcome, answers_at),
        )
        _call_back(db, request, outcome, answers_at, behaviour)


def _call_back(
    db: sqlite3.Connection,
    request: NoObjectionRequest,
    outcome: str,
    answers_at: str,
    behaviour: Behaviour,
) -> None:
    copies = payments.copies_of(behaviour)
    if not copies:
        return
    event_id = payments.identifier("evt", PARTNER, request.reference, "no_objection")
    body = {
        "event_id": event_id,
        "type": f"no_objection.{outcome}",
        "reference": request.reference,
        "amount": request.amount.model_dump(),
        **_said(request.reference, outcome),
        "occurred_at": answers_at,
    }
    db.execute(
        "INSERT INTO callback (event_id, url, body, copies, next_at, state)"
        " VALUES (?, ?, ?, ?, ?, 'pending')",
        (event_id, request.callback_url, json.dumps(body), copies, answers_at),
    )


def _said(reference: str, outcome: str) -> dict[str, str]:
    if outcome == "granted":
        return {"record_number": f"NO-{payments.identifier('x', reference)[2:12].upper()}"}
    return {"reason": REASONS[outcome]}


@router.get("/{reference:path}", responses=documented(404))
def read(reference: str, sandbox: TheSandbox) -> NoObjectionStatus:
    """What became of a request."""
    with sandbox.books.read() as db:
        row = _find(db, reference)
    if row is None:
        raise not_found(sandbox)
    amount = Money.model_validate(money_of(row["amount_cents"]))
    if row["answers_at"] > clock.stamp(sandbox.now()):
        return NoObjectionStatus(reference=reference, status="received", amount=amount)
    return NoObjectionStatus(
        reference=reference,
        status=row["outcome"],
        amount=amount,
        **_said(reference, row["outcome"]),
    )


def _find(db: sqlite3.Connection, reference: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM no_objection WHERE reference = ?", (reference,)
    ).fetchone()
    return row
