"""Routes of an agreement's conditions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from services.disbursement import conditions
from services.disbursement.models import Agreement
from services.disbursement.schemas import ConditionOut
from services.kernel.auth import guarded, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.ids import id_pattern
from services.kernel.schemas import Body, Prose, example

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
AgreementId = Annotated[str, Path(pattern=id_pattern("agr"))]
Number = Annotated[int, Path(ge=1, le=200)]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")


class FulfilmentIn(Body):
    """What shows that the condition is met."""

    model_config = example({"evidence": "Resolución ANA 123-2026, folio 4 del expediente."})

    evidence: Prose


@router.post(
    "/v1/agreements/{agreement_id}/conditions/{number}/fulfilment",
    response_model=ConditionOut,
    **guarded("disbursement.condition.fulfil", scope=agreement_scope),
)
async def fulfil(
    agreement_id: AgreementId, number: Number, body: FulfilmentIn, run: Run
) -> Response:
    """Hand in the evidence that a condition of the approval is met."""
    return await run.run(
        conditions.fulfil,
        render=ConditionOut.of,
        agreement_id=agreement_id,
        number=number,
        evidence=body.evidence,
    )


@router.post(
    "/v1/agreements/{agreement_id}/conditions/{number}/verification",
    response_model=ConditionOut,
    **guarded("disbursement.condition.verify", scope=agreement_scope),
)
async def verify(agreement_id: AgreementId, number: Number, run: Run) -> Response:
    """Confirm the evidence of a condition, by another person."""
    return await run.run(
        conditions.verify, render=ConditionOut.of, agreement_id=agreement_id, number=number
    )
