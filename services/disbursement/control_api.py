"""Routes of holds, suspension and termination."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from services.disbursement import endings, holds, partners, payments, tranches
from services.disbursement.control_schemas import HoldIn, HoldOut, HoldsOut, ReasonIn
from services.disbursement.models import Agreement
from services.disbursement.schemas import AgreementOut, TrancheOut
from services.kernel import clock
from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
AgreementId = Annotated[str, Path(pattern=id_pattern("agr"))]
HoldId = Annotated[str, Path(pattern=id_pattern("hld"))]
TrancheId = Annotated[str, Path(pattern=id_pattern("tra"))]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")


@router.post(
    "/v1/holds", status_code=201, response_model=HoldOut, **guarded("disbursement.hold.place")
)
async def place_hold(body: HoldIn, run: Run) -> Response:
    """Hold back approvals and payments of the fund, a channel, a call, a consortium, an agreement
    or a person, until a date or until another person lifts it."""
    return await run.run(holds.place, render=HoldOut.of, status=201, **body.model_dump())


@router.get("/v1/holds", **guarded("disbursement.hold.list"))
async def list_holds(session: Session) -> HoldsOut:
    """The holds that stand now."""
    return HoldsOut(data=[HoldOut.of(hold) for hold in await holds.standing(session, clock.now())])


@router.post(
    "/v1/holds/{hold_id}/lift", response_model=HoldOut, **guarded("disbursement.hold.lift")
)
async def lift_hold(hold_id: HoldId, body: ReasonIn, run: Run) -> Response:
    """Lift a hold: by another person than who placed it."""
    return await run.run(holds.lift, render=HoldOut.of, hold_id=hold_id, reason=body.reason)


async def _ending(
    run: Command, use_case: Callable[..., Awaitable[Agreement]], agreement_id: str, body: ReasonIn
) -> Response:
    return await run.run(
        use_case, render=AgreementOut.of, agreement_id=agreement_id, reason=body.reason
    )


@router.post(
    "/v1/agreements/{agreement_id}/suspend",
    response_model=AgreementOut,
    **guarded("disbursement.agreement.suspend", scope=agreement_scope),
)
async def suspend(agreement_id: AgreementId, body: ReasonIn, run: Run) -> Response:
    """Stop every payment of an agreement, also of a tranche already asked for."""
    return await _ending(run, endings.suspend, agreement_id, body)


@router.post(
    "/v1/agreements/{agreement_id}/resume",
    response_model=AgreementOut,
    **guarded("disbursement.agreement.resume", scope=agreement_scope),
)
async def resume(agreement_id: AgreementId, body: ReasonIn, run: Run) -> Response:
    """Let a suspended agreement go on."""
    return await _ending(run, endings.resume, agreement_id, body)


@router.post(
    "/v1/agreements/{agreement_id}/terminate",
    response_model=AgreementOut,
    **guarded("disbursement.agreement.terminate", scope=agreement_scope),
)
async def terminate(agreement_id: AgreementId, body: ReasonIn, run: Run) -> Response:
    """End an agreement (resolución); what it has not used goes back to its call."""
    return await _ending(run, endings.terminate, agreement_id, body)


@router.post(
    "/v1/tranches/{tranche_id}/send-again",
    response_model=TrancheOut,
    **guarded("disbursement.tranche.send_again"),
)
async def send_again(tranche_id: TrancheId, body: ReasonIn, request: Request, run: Run) -> Response:
    """Send a tranche's same references once more, after five attempts: only if its partner, asked
    again, says past its finality window that it never got them."""
    replay = await run.replay()
    if replay is not None:
        return replay
    await run.step(payments.order_another_attempt, tranche_id=tranche_id, reason=body.reason)
    await partners.inquire(run, partners.channels_of(request), tranche_id, beyond=True)
    return await run.run(tranches.look, render=TrancheOut.of, tranche_id=tranche_id)
