"""Routes of the seats' register: who sits on the board from when to when, and who is absent."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator, Field

from services.board import domain, queries, seats
from services.board.models import SeatAbsence, SeatTerm
from services.board.queries import Register
from services.board.schemas import Instant, Sub, not_blank
from services.kernel import clock
from services.kernel import schemas as kernel
from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Body, Flag, Line, Page, Prose, example, identifier

router = APIRouter()

Run = Annotated[Command, Depends(command_of("board"))]
Session = Annotated[AsyncSession, Depends(reading("board"))]
SeatName = Annotated[str, Path(pattern=r"^[a-z]{1,20}$", description=", ".join(domain.SEATS))]
At = Annotated[
    kernel.Instant | None, Query(description="the register as of this instant; now by default")
]


class SeatIn(Body):
    """Who holds the place from `valid_from` (now) to `valid_to` (open), by which resolution."""

    model_config = example(
        {
            "holder_sub": "mef-1",
            "holder_name": "Rosa Quispe",
            "chair": False,
            "deputy_chair": False,
            "capacity": "titular",
            "resolution": "RM 123-2026-EF/10",
        }
    )

    holder_sub: Sub
    holder_name: Line
    chair: Flag = False
    deputy_chair: Flag = False
    capacity: domain.Capacity = "titular"
    resolution: Line | None = None
    valid_from: kernel.Instant | None = None
    valid_to: kernel.Instant | None = None


class SeatOut(Body):
    """A place on the board and who holds it; all empty while nobody does."""

    seat: domain.Seat
    capacity: domain.Capacity
    holder_sub: str | None
    holder_name: str | None
    resolution: str | None
    chair: bool
    deputy_chair: bool
    valid_from: Instant | None
    valid_to: Instant | None

    @classmethod
    def of(cls, term: SeatTerm) -> Self:
        """The place of a term."""
        return cls.model_validate(term.model_dump(include=set(SeatOut.model_fields)))


class SeatNow(SeatOut):
    """A seat at one instant: its titular, its alternate, who is absent and who presides."""

    absent: bool
    presides: bool
    alternate: SeatOut | None

    @classmethod
    def at(cls, seat: str, register: Register) -> Self:
        """The seat in the register."""
        nobody = dict.fromkeys(SeatOut.model_fields) | {
            "seat": seat,
            "capacity": "titular",
            "chair": False,
            "deputy_chair": False,
        }
        titular, alternate = register.term(seat), register.term(seat, "alternate")
        presiding = register.seating().presiding
        return cls.model_validate(
            {
                **(SeatOut.of(titular).model_dump() if titular else nobody),
                "absent": seat in register.absent,
                "presides": presiding is not None and presiding[0] == seat,
                "alternate": SeatOut.of(alternate) if alternate else None,
            }
        )


class SeatsOut(Body):
    """The four seats in the board's order."""

    data: list[SeatNow]


class AbsenceIn(Body):
    """From when to when the seat's titular is absent, and why."""

    model_config = example(
        {
            "from_at": "2026-12-01T05:00:00Z",
            "to_at": "2026-12-09T05:00:00Z",
            "reason": "Comisión de servicio.",
        }
    )

    from_at: kernel.Instant
    to_at: kernel.Instant
    reason: Annotated[Prose, AfterValidator(not_blank)]


class AbsenceOut(Body):
    """A noted absence."""

    id: Annotated[str, identifier("abs")]
    seat: domain.Seat
    from_at: Instant
    to_at: Instant
    reason: str
    registered_by: Annotated[str, Field(examples=["secretaria-1"])]
    registered_at: Instant

    @classmethod
    def of(cls, absence: SeatAbsence) -> Self:
        """The absence's body."""
        return cls.model_validate(absence.model_dump(include=set(cls.model_fields)))


@router.put("/v1/seats/{seat}", response_model=SeatOut, **guarded("board.seat.appoint"))
async def appoint(seat: SeatName, body: SeatIn, run: Run) -> Response:
    """Give a place to a holder; who holds it gives way, a new chair clears the old one."""
    return await run.run(seats.appoint, render=SeatOut.of, seat=seat, **body.model_dump())


@router.get("/v1/seats", **guarded("board.seat.read"))
async def list_seats(session: Session, at: At = None) -> SeatsOut:
    """The four seats: titular and alternate, absent or not, and who presides."""
    register = await queries.register_at(session, at or clock.now())
    return SeatsOut(data=[SeatNow.at(seat, register) for seat in domain.SEATS])


@router.post(
    "/v1/seats/{seat}/absences",
    status_code=201,
    response_model=AbsenceOut,
    **guarded("board.seat.note_absence"),
)
async def note_absence(seat: SeatName, body: AbsenceIn, run: Run) -> Response:
    """Note that the seat's titular is absent: meanwhile its alternate may act."""
    return await run.run(
        seats.note_absence, render=AbsenceOut.of, status=201, seat=seat, **body.model_dump()
    )


@router.get("/v1/seats/{seat}/absences", **guarded("board.seat.read"))
async def list_absences(
    seat: SeatName, session: Session, page: Annotated[PageRequest, Depends(page_request)]
) -> Page[AbsenceOut]:
    """The seat's noted absences, oldest first."""
    query = queries.absences(seat=seat)
    return await page_of(session, query, SeatAbsence.id, page, AbsenceOut.of)
