"""Told how to fail, and asked for the books: for tests and demonstrations only."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from deploy.sandbox import behaviours, clock, collections, payments
from deploy.sandbox.behaviours import Behaviour
from deploy.sandbox.books import PARTNERS, REGISTERS
from deploy.sandbox.desk import Sandbox, TheSandbox
from deploy.sandbox.problems import Problem, documented


def _keys(keys: Annotated[Literal["live", "test"], Query()] = "live") -> str:
    """Whose sandbox is meant: the fund's, or that of the public test keys."""
    return keys


router = APIRouter(tags=["control"], dependencies=[Depends(_keys)])


FURTHEST_S = 10 * 366 * 86_400


class Reset(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    books: bool = False


class Repay(BaseModel):
    """A loan repaid through Agrobanco: at once, late, in instalments, or told twice."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reference: str = Field(min_length=1, max_length=35)
    payer: str = Field(pattern=r"^([0-9]{8}|[0-9]{11})$", examples=["40000001"])
    payer_name: str = Field(default="Productora", min_length=1, max_length=140)
    amount: str = Field(pattern=r"^[0-9]{1,9}\.[0-9]{2}$", examples=["1250.50"])
    after_s: int = Field(default=0, ge=0, le=10 * 366 * 86_400)
    instalments: int = Field(default=1, ge=1, le=60)
    apart_s: int = Field(default=86_400, ge=1, le=366 * 86_400)
    copies: int = Field(default=1, ge=1, le=3)


class Push(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    forward_s: int = Field(ge=1, le=366 * 86_400, examples=[86_400])


def _clock(sandbox: Sandbox) -> dict[str, Any]:
    return {"now": clock.stamp(sandbox.now()), "ahead_s": sandbox.now.ahead_s}


def _current(sandbox: Sandbox) -> dict[str, Any]:
    with sandbox.books.read() as db:
        return {partner: behaviours.current(db, partner) for partner in PARTNERS + REGISTERS}


@router.get("")
def show(sandbox: TheSandbox) -> dict[str, Any]:
    """The behaviours in force, with how many requests each still bends (null: all)."""
    return _current(sandbox)


@router.put("/{partner}", responses=documented(422))
def behave(
    partner: Literal["agroideas", "agrobanco", "sunat", "reniec", "ppa", "sunarp", "credit"],
    behaviour: Behaviour,
    sandbox: TheSandbox,
) -> dict[str, Any]:
    """Replace a partner's or a register's behaviour."""
    if partner in REGISTERS and behaviour.mode not in behaviours.OF_REGISTERS:
        raise Problem(422, "mode_not_supported", "Un registro público no conoce ese modo.")
    if partner in PARTNERS and behaviour.mode in behaviours.REGISTERS_ONLY:
        raise Problem(422, "mode_not_supported", "Solo un registro público conoce ese modo.")
    if partner == "agrobanco" and behaviour.mode in behaviours.CALLBACK_ONLY:
        raise Problem(422, "mode_not_supported", "Agrobanco no envía notificaciones.")
    with sandbox.books.write() as db:
        behaviours.put(db, partner, behaviour)
    return _current(sandbox)


@router.post("/repayments", status_code=201, responses=documented(422))
def repay(order: Repay, sandbox: TheSandbox) -> dict[str, list[str]]:
    """Have a loan repaid when the clock comes to it: it stands then in the day's camt.053 and
    camt.054. More `copies` are one operation under several entry numbers."""
    told = order.model_dump(exclude={"amount"})
    amount_cents = int(order.amount.replace(".", ""))
    if amount_cents < order.instalments:
        raise Problem(422, "too_little", "El monto no alcanza para tantas cuotas.")
    with sandbox.books.write() as db:
        asked = collections.Order(**told, amount_cents=amount_cents)
        operations = collections.collect(db, asked, sandbox.now())
    return {"operations": operations}


@router.get("/clock")
def read_clock(sandbox: TheSandbox) -> dict[str, Any]:
    """What time it is here, and how far that is ahead of the real time."""
    return _clock(sandbox)


@router.post("/clock", responses=documented(422))
async def push_clock(push: Push, sandbox: TheSandbox) -> dict[str, Any]:
    """Push the clock forward: what falls due in between happens now. Tokens expire with it;
    signatures bear the real time. Emptying the books sets it back."""
    if sandbox.now.ahead_s + push.forward_s > FURTHEST_S:
        raise Problem(422, "too_far", "El reloj no se adelanta más de diez años.")
    sandbox.books.keep_ahead(sandbox.now.push(push.forward_s))
    sandbox.clerk.wake()
    return _clock(sandbox)


@router.get("/book")
def book(
    sandbox: TheSandbox, reference: Annotated[str | None, Query(max_length=64)] = None
) -> list[dict[str, Any]]:
    """Every payment of both partners, by reference, MsgId or EndToEndId."""
    with sandbox.books.read() as db:
        return payments.book(db, reference)


@router.get("/callbacks")
def callbacks(
    sandbox: TheSandbox, state: Literal["pending", "delivered", "failed"] | None = None
) -> list[dict[str, Any]]:
    """The callbacks Agroideas has sent or still owes."""
    with sandbox.books.read() as db:
        rows = db.execute(
            "SELECT event_id, url, body, copies, tries, next_at, state, last_error FROM callback"
            " WHERE ?1 IS NULL OR state = ?1 ORDER BY rowid",
            (state,),
        ).fetchall()
    return [dict(row) for row in rows]


@router.post("/callbacks/{event_id}/redeliver", status_code=202, responses=documented(404))
async def redeliver(event_id: str, sandbox: TheSandbox) -> dict[str, str]:
    """Send one callback again, as a partner's operator would after an outage."""
    with sandbox.books.write() as db:
        changed = db.execute(
            "UPDATE callback SET state = 'pending', tries = 0, next_at = ? WHERE event_id = ?",
            (clock.stamp(sandbox.now()), event_id),
        ).rowcount
    if not changed:
        raise Problem(404, "not_found", "No hay tal notificación.")
    sandbox.clerk.wake()
    return {"event_id": event_id, "state": "pending"}


@router.post("/reset")
async def reset(sandbox: TheSandbox, order: Reset | None = None) -> dict[str, Any]:
    """Back to normal; the books are emptied only when asked."""
    with sandbox.books.write() as db:
        behaviours.clear(db)
    if order is not None and order.books:
        sandbox.books.wipe()
        sandbox.now.back_to_real()
        sandbox.books.keep_ahead(0.0)
    sandbox.clerk.wake()
    return _current(sandbox)
