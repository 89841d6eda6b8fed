"""The route of a payment list."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from services.disbursement import queries
from services.disbursement.models import Tranche
from services.disbursement.payment_list import service
from services.disbursement.payment_list.schemas import PaymentListIn, PaymentListOut
from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
TrancheId = Annotated[str, Path(pattern=id_pattern("tra"))]

tranche_scope = scope_of(Tranche, "tranche_id", "tra", consortium_id="consortium_id")


@router.post(
    "/v1/tranches/{tranche_id}/payment-list",
    response_model=PaymentListOut,
    **guarded("disbursement.tranche.list_payments", scope=tranche_scope),
)
async def prepare_list(
    tranche_id: TrancheId, body: PaymentListIn, request: Request, session: Session, run: Run
) -> Response:
    """Prepare the tranche from a list of payments, checked whole: suppliers and the consortium's
    account for a grant, producers for a loan. Every fault is told at once; then nothing is stored.
    """
    row = await queries.tranche(session, tranche_id)
    path = f"/v1/consortia/{row.consortium_id}/facts"
    facts: dict[str, Any] = await request.app.state.neighbours.read("registry", path)
    return await run.run(
        service.prepare,
        render=PaymentListOut.of,
        tranche_id=tranche_id,
        payees=[payment.payee() for payment in body.payments],
        members=frozenset(member["dni"] for member in facts["members"]),
        opa=request.app.state.opa,
    )
