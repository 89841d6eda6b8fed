"""Routes of the second tier: the lot, the answers, and the three amounts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.disbursement.models import BeneficiaryCheck
from services.disbursement.second_tier import queries, service
from services.disbursement.second_tier.schemas import (
    BeneficiaryCheckOut,
    DrawIn,
    DrawOut,
    ReceivedIn,
    SecondTierOut,
)
from services.kernel import clock
from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Day, Page

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]


@router.post(
    "/v1/beneficiary-checks",
    status_code=201,
    response_model=DrawOut,
    **guarded("disbursement.beneficiary_check.draw"),
)
async def draw(body: DrawIn, run: Run) -> Response:
    """Draw by lot which payments of a statement's day are asked about at their beneficiaries."""
    return await run.run(
        service.draw,
        render=lambda drawn: DrawOut(instruction_ids=drawn),
        status=201,
        channel=body.channel,
        business_date=body.business_date,
        size=body.size,
    )


@router.get("/v1/beneficiary-checks", **guarded("disbursement.beneficiary_check.list"))
async def list_checks(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    heard: Annotated[bool | None, Query()] = None,
) -> Page[BeneficiaryCheckOut]:
    """The payments drawn, and what their beneficiaries say."""
    return await page_of(
        session,
        queries.checks(heard=heard),
        BeneficiaryCheck.instruction_id,
        page,
        BeneficiaryCheckOut.of,
    )


@router.post(
    "/v1/beneficiary-checks/{instruction_id}/answer",
    response_model=BeneficiaryCheckOut,
    **guarded("disbursement.beneficiary_check.hear"),
)
async def hear(
    instruction_id: Annotated[str, Path(pattern=id_pattern("ins"))], body: ReceivedIn, run: Run
) -> Response:
    """Write down what the beneficiary of a drawn payment says; another person than who drew it."""
    return await run.run(
        service.hear,
        render=BeneficiaryCheckOut.of,
        instruction_id=instruction_id,
        amount_centimos=body.amount.centimos,
        received_on=body.received_on,
    )


@router.get("/v1/second-tier", **guarded("disbursement.second_tier.read"))
async def read_second_tier(session: Session, since: Day, until: Day) -> SecondTierOut:
    """What each channel was given in the period, what its statements show it passed on, what the
    beneficiaries asked say was received, and how long money lay idle between."""
    today = clock.lima_date(clock.now())
    views = await queries.channels(session, since=since, until=until, today=today)
    return SecondTierOut.of(views)
