"""The route of a payment's chain."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.disbursement.chains import queries
from services.disbursement.chains.schemas import ChainOut
from services.disbursement.models import Instruction
from services.kernel.auth import authenticated, guarded, reading, scope_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.work import Principal

router = APIRouter()

instruction_scope = scope_of(Instruction, "instruction_id", "ins", program="channel")


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
