"""A route that does nothing but leave an effect: an audit row, told by its subject."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel
from sqlalchemy import func
from sqlmodel import col, select

from services.kernel.commands import Command, command_of
from services.kernel.db import Database
from services.kernel.errors import Conflict, Held, Invalid, Missing, Stale
from services.kernel.ids import new_id
from services.kernel.schemas import Body
from services.kernel.tables import AuditRow
from services.kernel.work import Work

router = APIRouter()
Run = Annotated[Command, Depends(command_of("registry"))]
Mode = Literal["work", "wait", "conflict", "held", "invalid", "missing", "stale", "break"]
REFUSALS = {
    "conflict": Conflict("test.conflict", "El estado no lo permite.", retry_after_s=3),
    "held": Held("test.held", "Está retenido."),
    "invalid": Invalid("test.invalid", "No vale."),
    "missing": Missing("test.missing", "No existe."),
    "stale": Stale("test.stale", "Otra persona lo cambió."),
}


class Gate:
    """Where a use case in mode `wait` stands still until the test opens it."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()


gates: dict[str, Gate] = {}


class EffectIn(Body):
    """What is to happen."""

    mode: Mode = "work"
    note: str = ""


class EffectOut(BaseModel):
    """What happened."""

    id: str
    thing: str
    by: str


async def happen(work: Work, *, thing: str, body: EffectIn) -> EffectOut:
    """Leave one effect, then go wrong if the body says so."""
    made = EffectOut(id=new_id("eff"), thing=thing, by=work.actor.sub)
    work.record("test.happened", thing, {"id": made.id, "note": body.note})
    await work.session.flush()
    if body.mode == "wait":
        gates[thing].reached.set()
        await gates[thing].opened.wait()
    if body.mode == "break":
        raise RuntimeError("a secret of the program")
    if body.mode in REFUSALS:
        raise REFUSALS[body.mode]
    return made


@router.post("/v1/things/{thing}/effects", status_code=201, response_model=EffectOut)
async def make_effect(
    thing: Annotated[str, Path(max_length=60)], body: EffectIn, run: Run
) -> Response:
    """One effect a key."""
    return await run.run(
        happen,
        render=lambda made: made,
        status=201,
        headers=lambda made: {"Location": f"/v1/things/{thing}/effects/{made.id}"},
        thing=thing,
        body=body,
    )


async def count_of(database: Database, thing: str) -> int:
    """How often it happened to this thing."""
    async with database.begin() as session:
        query = select(func.count()).select_from(AuditRow).where(col(AuditRow.subject) == thing)
        return int(await session.scalar(query) or 0)
