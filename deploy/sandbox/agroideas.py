"""Agroideas: grants by REST and JSON, idempotent by reference, with a signed callback."""

import asyncio
import hashlib
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from deploy.sandbox import behaviours, clock, magic, payments
from deploy.sandbox.behaviours import Behaviour
from deploy.sandbox.desk import (
    TOKEN_FORM,
    Sandbox,
    TheSandbox,
    TokenAnswer,
    answer_late,
    counter_of,
    issue_token,
    scheme_of,
)
from deploy.sandbox.money import Money, cents, money_of
from deploy.sandbox.problems import Problem, documented

PARTNER = "agroideas"
SCHEME = scheme_of(PARTNER, "oauth/token")

Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/._:-]{0,34}$")]


class Beneficiary(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=140, examples=["Cooperativa Valle Verde"])
    cci: str = Field(pattern=r"^\d{20}$", examples=["01800000000000000108"])


class PaymentOrder(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reference: Reference = Field(description="Unique for ever; at most 35 characters.")
    agreement_id: str = Field(min_length=1, max_length=64)
    beneficiary: Beneficiary
    amount: Money
    concept: str = Field(min_length=1, max_length=140)
    callback_url: str = Field(pattern=r"^https?://", max_length=500)


class Accepted(BaseModel):
    execution_id: str
    reference: str
    status: Literal["accepted"] = "accepted"


class PaymentStatus(BaseModel):
    execution_id: str
    reference: str
    status: Literal["accepted", "executed", "rejected", "returned"]
    amount: Money
    reason_code: str | None = None
    accepted_at: str
    executed_at: str | None = None
    returned_at: str | None = None


class StatementLine(BaseModel):
    line_id: str
    reference: str
    execution_id: str
    amount: Money = Field(description="Always positive; `kind` says the direction.")
    executed_at: str
    kind: Literal["payment", "return"]
    reason_code: str | None = None


class Balance(BaseModel):
    amount: str
    currency: Literal["PEN"] = "PEN"


class Statement(BaseModel):
    date: str = Field(description="A day in Lima (UTC-5).")
    opening_balance: Balance
    closing_balance: Balance
    lines: list[StatementLine]
    next: int | None = Field(
        default=None, description="Where the following part begins (`after`); null at the end."
    )


class CallbackEvent(BaseModel):
    """Body of the callback; headers webhook-id, webhook-timestamp, webhook-signature."""

    event_id: str
    type: Literal["payment.executed", "payment.rejected", "payment.returned"]
    reference: str
    execution_id: str
    amount: Money
    occurred_at: str
    reason_code: str | None = None


callbacks = APIRouter()


@callbacks.post("{$request.body#/callback_url}", status_code=202)
def payment_event(event: CallbackEvent) -> None:
    """Standard Webhooks, signed; sent again with backoff until a 2xx answer, 8 tries at most."""


router = APIRouter(tags=[PARTNER])
counter = APIRouter(
    prefix="/v1",
    dependencies=[Depends(counter_of(PARTNER, SCHEME))],
    responses=documented(401, 422, 503),
)


@router.post("/oauth/token", response_model=TokenAnswer, openapi_extra=TOKEN_FORM)
async def token(request: Request, sandbox: TheSandbox) -> Response:
    """OAuth2 client credentials: form `grant_type=client_credentials`, HTTP Basic or form."""
    return await issue_token(request, sandbox, PARTNER)


@counter.post(
    "/payments",
    status_code=202,
    callbacks=callbacks.routes,
    responses=documented(400, 409),
)
async def pay(
    order: PaymentOrder,
    request: Request,
    sandbox: TheSandbox,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Accepted:
    """Accept a payment order; the same reference and body give the first answer again."""
    if idempotency_key is None:
        raise Problem(400, "idempotency_key_required", "Falta la cabecera Idempotency-Key.")
    accepted, behaviour = await asyncio.to_thread(_accept, sandbox, order)
    sandbox.clerk.wake()
    await answer_late(request, sandbox, behaviour)
    return accepted


def _accept(sandbox: Sandbox, order: PaymentOrder) -> tuple[Accepted, Behaviour]:
    digest = hashlib.sha256(order.model_dump_json().encode()).hexdigest()
    now = sandbox.now()
    changes: list[payments.Change] = []
    with sandbox.books.write() as db:
        known = payments.find(db, PARTNER, order.reference)
        if known is not None and known["digest"] != digest:
            raise Problem(409, "reference_conflict", "La referencia ya se usó con otro contenido.")
        modes = behaviours.ANSWERING
        if known is None:
            modes |= behaviours.PLANNING | behaviours.LATE
        behaviour = behaviours.take(db, PARTNER, modes)
        if sandbox.settings.test_keys and known is None and behaviour.mode == "normal":
            behaviour = magic.of_payment(order.reference, cents(order.amount.amount))
            magic.refuse_if_down(behaviour)
        if known is not None:
            payments.count_request(db, PARTNER, order.reference)
        else:
            payments.accept(
                db,
                instruction_of(
                    order.reference,
                    order.reference,
                    order.beneficiary,
                    order.amount,
                    digest=digest,
                    callback_url=order.callback_url,
                ),
                behaviour=behaviour,
                settings=sandbox.settings,
                now=now,
            )
            changes.append(payments.Change(partner=PARTNER, status="accepted"))
            if behaviour.mode == "timeout_after_executing":
                changes += payments.settle_due(db, now)
    sandbox.clerk.count(changes)
    execution_id = payments.identifier("exe", PARTNER, order.reference)
    return Accepted(execution_id=execution_id, reference=order.reference), behaviour


def instruction_of(
    end_to_end_id: str,
    reference: str,
    beneficiary: Beneficiary,
    amount: Money,
    *,
    digest: str,
    callback_url: str | None = None,
) -> payments.Instruction:
    """An order as the books take it; `reference` is its own, or that of its batch."""
    amount_cents = cents(amount.amount)
    if amount_cents == 0:
        raise Problem(422, "amount_not_positive", "El monto debe ser mayor que cero.")
    return payments.Instruction(
        partner=PARTNER,
        end_to_end_id=end_to_end_id,
        reference=reference,
        digest=digest,
        beneficiary_name=beneficiary.name,
        cci=beneficiary.cci,
        amount_cents=amount_cents,
        callback_url=callback_url,
    )


@counter.get("/payments/{reference:path}", responses=documented(404))
def inquire(reference: str, sandbox: TheSandbox) -> PaymentStatus:
    """What became of a payment.

    A 404 is final only when it was asked `final_after_s` seconds (in its body) after the last
    attempt to send that reference; before that the order may still arrive.
    """
    with sandbox.books.read() as db:
        row = payments.find(db, PARTNER, reference)
    if row is None or row["accepted_at"] > clock.stamp(sandbox.now()):
        raise not_found(sandbox)
    return PaymentStatus(
        execution_id=row["execution_id"],
        reference=row["reference"],
        status=row["status"],
        amount=Money(**_money(row["amount_cents"])),
        reason_code=row["reason_code"],
        accepted_at=row["accepted_at"],
        executed_at=row["executed_at"],
        returned_at=row["returned_at"],
    )


def _money(amount_cents: int) -> Any:
    return money_of(amount_cents)


def not_found(sandbox: Sandbox) -> Problem:
    window_s = sandbox.settings.sandbox_final_after_s
    return Problem(
        404,
        "not_found",
        "No se conoce esa referencia.",
        headers={"Final-After-S": str(window_s)},
        final_after_s=window_s,
    )


@counter.get("/statements", response_model=Statement)
def statement(
    day: Annotated[date, Query(alias="date")],
    sandbox: TheSandbox,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The lines of one day in Lima, payments and returns, between two balances; in parts, each
    with the balances of the whole day."""
    with sandbox.books.read() as db:
        found = payments.statement(db, PARTNER, day, after=after, limit=limit)
    lines = [
        StatementLine(
            line_id=f"AGI-{row['line_no']:010d}",
            reference=row["end_to_end_id"],
            execution_id=row["execution_id"],
            amount=Money(**_money(row["amount_cents"])),
            executed_at=row["at"],
            kind=row["kind"],
            reason_code=row["return_with"] if row["kind"] == "return" else None,
        )
        for row in found.lines
    ]
    whole = Statement(
        date=day.isoformat(),
        opening_balance=Balance(**_money(found.opening_cents)),
        closing_balance=Balance(**_money(found.closing_cents)),
        lines=lines,
        next=found.lines[-1]["line_no"] if len(found.lines) == limit else None,
    )
    return Response(whole.model_dump_json(), media_type="application/json")


router.include_router(counter)
