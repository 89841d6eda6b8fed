"""What a consortium declares of itself beyond its members: by whom it can be reached, who leads,
advises and supplies it. Each declaration is kept; the last one counts.
"""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field, StringConstraints
from sqlmodel import col, select

from services.kernel.auth import guarded, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.ids import id_pattern, new_id
from services.kernel.rows import locked
from services.kernel.schemas import Body, Dni, Line, Money, Ruc, example
from services.kernel.work import Work
from services.registry.models import Consortium, ConsortiumProfile
from services.registry.schemas import ConsortiumId, Day

router = APIRouter()

MAX_PEOPLE = 20
MAX_SUPPLIERS = 50
MAX_YEARS = 10

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{5,23}$")]
Email = Annotated[str, StringConstraints(pattern=r"^[!-?A-~]{1,100}@[!-?A-~]{3,100}$")]

PROFILE = {
    "formed_on": "2019-03-14",
    "phone": "+51 987 654 321",
    "email": "consorcio@correo.example",
    "address": "Jr. Ayacucho 123, Huanta",
    "adviser": {"name": "Asesoría Rural S.A.C.", "ruc": None},
    "notary": "Notaría Huamán, Huanta",
    "directors": [{"dni": "40123456", "full_name": "Rosa Quispe Huamán"}],
    "suppliers": [
        {"ruc": "20100070970", "name": "Riegos del Sur S.A.C.", "formed_on": "2008-05-02"}
    ],
    "sales_before": [{"year": 2025, "amount": {"amount": "90000.00", "currency": "PEN"}}],
}


class Adviser(Body):
    """Who advised the consortium: a firm with its RUC, or a person."""

    name: Line
    ruc: Ruc | None = None


class Director(Body):
    """A director of the consortium."""

    dni: Dni
    full_name: Line


class Supplier(Body):
    """A supplier that the plan would buy from, and since when it exists, if known."""

    ruc: Ruc
    name: Line
    formed_on: Day | None = None


class Sales(Body):
    """What the members sold together in a year."""

    year: Annotated[int, Field(strict=True, ge=1990, le=2100)]
    amount: Money


class Profile(Body):
    """The declared profile, whole; what is left out is not known."""

    model_config = example(PROFILE)

    formed_on: Day | None = None
    phone: Phone | None = None
    email: Email | None = None
    address: Line | None = None
    adviser: Adviser | None = None
    notary: Line | None = None
    directors: Annotated[list[Director], Field(max_length=MAX_PEOPLE)] = []
    suppliers: Annotated[list[Supplier], Field(max_length=MAX_SUPPLIERS)] = []
    sales_before: Annotated[list[Sales], Field(max_length=MAX_YEARS)] = []


class ProfileOut(Body):
    """A kept declaration."""

    consortium_id: ConsortiumId
    number: int
    profile: Profile
    declared_by: str
    declared_at: datetime

    @classmethod
    def of(cls, row: ConsortiumProfile) -> Self:
        """The stored declaration."""
        plain = row.model_dump(include=set(cls.model_fields))
        return cls.model_validate({**plain, "profile": row.content})


async def declare(work: Work, *, consortium_id: str, content: dict[str, Any]) -> ConsortiumProfile:
    """Keep a declaration; one that says what the last one said adds nothing. Raises Missing."""
    await locked(work.session, Consortium, consortium_id)
    latest = await work.session.exec(
        select(ConsortiumProfile)
        .where(ConsortiumProfile.consortium_id == consortium_id)
        .order_by(col(ConsortiumProfile.number).desc())
        .limit(1)
    )
    last = latest.one_or_none()
    if last is not None and last.content == content:
        return last
    row = ConsortiumProfile(
        id=new_id("prf"),
        consortium_id=consortium_id,
        number=1 if last is None else last.number + 1,
        content=content,
        declared_by=work.actor.sub,
        declared_at=work.now,
    )
    work.session.add(row)
    change = {
        "profile_id": row.id,
        "number": row.number,
        "said": sorted(filter(content.get, content)),
    }
    work.record("registry.profile.declare", consortium_id, change)
    return row


@router.put(
    "/v1/consortia/{consortium_id}/profile",
    response_model=ProfileOut,
    **guarded(
        "registry.profile.declare",
        scope=scope_of(Consortium, "consortium_id", "con", consortium_id="id"),
    ),
)
async def declare_profile(
    consortium_id: Annotated[str, Path(pattern=id_pattern("con"))],
    body: Profile,
    run: Annotated[Command, Depends(command_of("registry"))],
) -> Response:
    """Declare the consortium's profile, whole; earlier declarations are kept."""
    return await run.run(
        declare,
        render=ProfileOut.of,
        consortium_id=consortium_id,
        content=body.model_dump(mode="json"),
    )
