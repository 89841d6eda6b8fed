"""Routes of payments that did not stay: their chain, and asking for them again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from services.disbursement.chains import queries, service
from services.disbursement.chains.schemas import ChainOut
from services.disbursement.models import Instruction, Tranche
from services.disbursement.schemas import TrancheOut
from services.kernel.auth import authenticated, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.work import Principal

router = APIRouter()

instruction_scope = scope_of(Instruction, "instruction_id", "ins", program="channel")
tranche_scope = scope_of(Tranche, "tranche_id", "tra", consortium_id="consortium_id")


@router.get(
    "/v1/instructions/{instruction_id}/chain",
    **guarded("disbursement.instruction.trace", scope=instruction_scope),
)
async def read_chain(
    instruction_id: Annotated[str, Path(pattern=id_pattern("ins"))],
    session: Annotated[AsyncSession, Depends(reading("disbursement"))],
    principal: Annotated[Principal, Depends(authenticated)],
) -> ChainOut:
    """A payment that did not stay and what paid it again, read from any of them: each with its
    account, its state and why it ended."""
    links = await queries.chain(session, instruction_id)
    return ChainOut.of(links, masked=principal.role != "partner")


@router.post(
    "/v1/tranches/{tranche_id}/parts",
    status_code=201,
    response_model=TrancheOut,
    **guarded("disbursement.tranche.request_again", scope=tranche_scope),
)
async def ask_again(
    tranche_id: Annotated[str, Path(pattern=id_pattern("tra"))],
    run: Annotated[Command, Depends(command_of("disbursement"))],
) -> Response:
    """The consortium asks again for what came back of a paid tranche: a part of its own, to be
    prepared and released as any other."""
    return await run.run(service.ask_again, render=TrancheOut.of, status=201, tranche_id=tranche_id)
