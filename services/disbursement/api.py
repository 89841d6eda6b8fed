"""Routes of money."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.disbursement import (
    condition_api,
    control_api,
    partner_docs,
    partners,
    queries,
    service,
    statements,
    tranches,
)
from services.disbursement.accountability import api as accountability_api
from services.disbursement.accountability import claim_api, reports
from services.disbursement.accountability.schemas import AcceptanceIn
from services.disbursement.addenda import api as addenda_api
from services.disbursement.cases import api as cases_api
from services.disbursement.chains import api as chains_api
from services.disbursement.closings import api as closings_api
from services.disbursement.envelopes.queries import envelopes
from services.disbursement.final_reports import api as final_reports_api
from services.disbursement.inbound import api as inbound_api
from services.disbursement.ledger_books import api as ledger_api
from services.disbursement.lending import api as lending_api
from services.disbursement.milestones import api as milestones_api
from services.disbursement.models import Agreement, Instruction, Tranche
from services.disbursement.payment_list import api as payment_list_api
from services.disbursement.portfolio import api as portfolio_api
from services.disbursement.purchases import api as purchases_api
from services.disbursement.schemas import (
    AgreementIn,
    AgreementOut,
    AgreementWhole,
    AllocationOut,
    AmountIn,
    BudgetIn,
    BudgetOut,
    Channel,
    InstructionOut,
    TrancheOut,
)
from services.disbursement.second_tier import api as second_tier_api
from services.disbursement.signing import api as signing_api
from services.kernel.auth import (
    authenticated,
    consortium_in_query,
    guarded,
    reading,
    scope_of,
)
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.errors import FieldError, Invalid, Missing
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.kernel.values import to_centimos
from services.kernel.versions import etag
from services.kernel.work import Principal

router = APIRouter()
router.include_router(statements.router)
router.include_router(cases_api.router)
router.include_router(closings_api.router)
router.include_router(ledger_api.router)
router.include_router(control_api.router)
router.include_router(addenda_api.router)
router.include_router(purchases_api.router)
router.include_router(final_reports_api.router)
router.include_router(condition_api.router)
router.include_router(payment_list_api.router)
router.include_router(milestones_api.router)
router.include_router(signing_api.router)
router.include_router(portfolio_api.router)
router.include_router(accountability_api.router)
router.include_router(claim_api.router)
router.include_router(inbound_api.router)
router.include_router(chains_api.router)
router.include_router(second_tier_api.router)
router.include_router(lending_api.router)
router.include_router(partner_docs.router)

LARGE_BODIES = statements.LARGE_BODIES

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
Paging = Annotated[PageRequest, Depends(page_request)]
AgreementId = Annotated[str, Path(pattern=id_pattern("agr"))]
TrancheId = Annotated[str, Path(pattern=id_pattern("tra"))]
InstructionId = Annotated[str, Path(pattern=id_pattern("ins"))]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")
tranche_scope = scope_of(Tranche, "tranche_id", "tra", consortium_id="consortium_id")
instruction_scope = scope_of(Instruction, "instruction_id", "ins", program="channel")


async def program_in_query(_: AsyncSession, request: Request) -> dict[str, Any]:
    """The scope of a list of instructions: a partner must name its own channel."""
    return {"program": request.query_params.get("channel")}


@router.post(
    "/v1/budgets",
    status_code=201,
    response_model=AllocationOut,
    **guarded("disbursement.budget.allocate"),
)
async def allocate(body: BudgetIn, request: Request, run: Run) -> Response:
    """Give a call money from the treasury, for one instrument or for any."""
    await _read(request, "applications", f"/v1/calls/{body.call_id}", "/call_id")
    return await run.run(
        service.allocate,
        render=lambda call_id: AllocationOut(call_id=call_id),
        status=201,
        call_id=body.call_id,
        amount_centimos=body.amount.centimos,
        channel=body.channel,
    )


@router.get("/v1/budgets", **guarded("disbursement.budget.read"))
async def read_budget(
    session: Session, call_id: Annotated[str, Query(pattern=id_pattern("cal"))]
) -> BudgetOut:
    """What a call was given and what became of it."""
    return BudgetOut.of(await queries.budget(session, call_id), await envelopes(session, call_id))


@router.post(
    "/v1/agreements",
    status_code=201,
    response_model=AgreementOut,
    **guarded("disbursement.agreement.draft"),
)
async def draft_agreement(body: AgreementIn, request: Request, run: Run) -> Response:
    """Draw up the agreement of an approved application and commit its money."""
    path = f"/v1/applications/{body.application_id}"
    application = await _read(request, "applications", path, "/application_id")
    query = f"?consortium_id={application['consortium_id']}"
    told = await _read(request, "registry", f"/v1/footprints{query}", "/application_id")
    return await run.run(
        service.draft_agreement,
        render=AgreementOut.of,
        status=201,
        application={**application, "plan": _in_centimos(application["plan"])},
        ballot_id=body.ballot_id,
        opa=request.app.state.opa,
        footprint=next(iter(told["data"]), None),
    )


@router.get("/v1/agreements", **guarded("disbursement.agreement.list", scope=consortium_in_query))
async def list_agreements(
    session: Session,
    page: Paging,
    application_id: Annotated[str | None, Query(pattern=id_pattern("app"))] = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    call_id: Annotated[str | None, Query(pattern=id_pattern("cal"))] = None,
) -> Page[AgreementOut]:
    """Agreements of an application, of a consortium or of a call."""
    query = queries.agreements(application_id, consortium_id, call_id)
    return await page_of(session, query, Agreement.id, page, AgreementOut.of)


@router.get(
    "/v1/agreements/{agreement_id}",
    **guarded("disbursement.agreement.read", scope=agreement_scope),
)
async def read_agreement(
    agreement_id: AgreementId, session: Session, response: Response
) -> AgreementWhole:
    """An agreement with its tranches, and the conditions of its approval."""
    view = await queries.agreement(session, agreement_id)
    response.headers.update(etag(view.agreement.version))
    return AgreementWhole.of_view(view)


@router.post(
    "/v1/agreements/{agreement_id}/close",
    response_model=AgreementOut,
    **guarded("disbursement.agreement.close", scope=agreement_scope),
)
async def close_agreement(agreement_id: AgreementId, run: Run) -> Response:
    """Close a settled agreement; what it did not use goes back to the call."""
    return await run.run(service.close_agreement, render=AgreementOut.of, agreement_id=agreement_id)


@router.get("/v1/tranches", **guarded("disbursement.tranche.list", scope=consortium_in_query))
async def list_tranches(
    session: Session,
    page: Paging,
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    state: Annotated[str | None, Query(pattern="^[a-z]{1,20}$")] = None,
) -> Page[TrancheOut]:
    """Tranches by agreement, consortium or state."""
    query = queries.tranches(agreement_id, consortium_id, state)
    return await page_of(session, query, Tranche.id, page, TrancheOut.of)


@router.get(
    "/v1/tranches/{tranche_id}", **guarded("disbursement.tranche.read", scope=tranche_scope)
)
async def read_tranche(tranche_id: TrancheId, session: Session, response: Response) -> TrancheOut:
    """One tranche."""
    row = await queries.tranche(session, tranche_id)
    response.headers.update(etag(row.version))
    return TrancheOut.of(row)


@router.post(
    "/v1/tranches/{tranche_id}/request",
    response_model=TrancheOut,
    **guarded("disbursement.tranche.request", scope=tranche_scope),
)
async def request_tranche(tranche_id: TrancheId, run: Run) -> Response:
    """The consortium asks for the tranche's money."""
    return await run.run(tranches.request_tranche, render=TrancheOut.of, tranche_id=tranche_id)


@router.post(
    "/v1/tranches/{tranche_id}/prepare",
    response_model=TrancheOut,
    **guarded("disbursement.tranche.prepare", scope=tranche_scope),
)
async def prepare_tranche(
    tranche_id: TrancheId, request: Request, session: Session, run: Run
) -> Response:
    """Draw up the instructions: one for a grant, one a member for a loan."""
    row = await queries.tranche(session, tranche_id)
    facts = await _read(request, "registry", f"/v1/consortia/{row.consortium_id}/facts", "")
    return await run.run(
        tranches.prepare_tranche,
        render=TrancheOut.of,
        tranche_id=tranche_id,
        consortium=facts["consortium"],
        members=facts["members"],
    )


@router.post(
    "/v1/tranches/{tranche_id}/release",
    response_model=TrancheOut,
    **guarded("disbursement.tranche.release", scope=tranche_scope),
)
async def release_tranche(tranche_id: TrancheId, request: Request, run: Run) -> Response:
    """Release the prepared payment: another person, and the release rules must agree."""
    return await run.run(
        tranches.release_tranche,
        render=TrancheOut.of,
        tranche_id=tranche_id,
        opa=request.app.state.opa,
    )


@router.post(
    "/v1/tranches/{tranche_id}/instruct",
    response_model=TrancheOut,
    **guarded("disbursement.tranche.instruct", scope=tranche_scope),
)
async def instruct_tranche(tranche_id: TrancheId, request: Request, run: Run) -> Response:
    """Send a released tranche to its channel, once."""
    replay = await run.replay()
    if replay is not None:
        return replay
    await partners.instruct(run, partners.channels_of(request), tranche_id)
    return await run.run(tranches.look, render=TrancheOut.of, tranche_id=tranche_id)


@router.post(
    "/v1/tranches/{tranche_id}/inquire",
    response_model=TrancheOut,
    **guarded("disbursement.tranche.inquire", scope=tranche_scope),
)
async def inquire_tranche(tranche_id: TrancheId, request: Request, run: Run) -> Response:
    """Ask the channel what became of the tranche and apply its word."""
    replay = await run.replay()
    if replay is not None:
        return replay
    await partners.inquire(run, partners.channels_of(request), tranche_id)
    return await run.run(tranches.look, render=TrancheOut.of, tranche_id=tranche_id)


@router.post(
    "/v1/tranches/{tranche_id}/accountability",
    response_model=TrancheOut,
    **guarded("disbursement.tranche.account", scope=tranche_scope),
)
async def account_tranche(tranche_id: TrancheId, body: AcceptanceIn, run: Run) -> Response:
    """Accept the tranche's reviewed accountability report (rendición), for its eligible sum."""
    return await run.run(
        reports.accept_of_tranche,
        render=TrancheOut.of,
        tranche_id=tranche_id,
        amount_centimos=body.amount.centimos,
    )


@router.post(
    "/v1/tranches/{tranche_id}/repayments",
    status_code=201,
    response_model=TrancheOut,
    **guarded("disbursement.tranche.repay", scope=tranche_scope),
)
async def repay(tranche_id: TrancheId, body: AmountIn, run: Run) -> Response:
    """Book a repayment of the tranche's loans."""
    return await run.run(
        tranches.repay,
        render=TrancheOut.of,
        status=201,
        tranche_id=tranche_id,
        amount_centimos=body.amount.centimos,
    )


@router.get("/v1/instructions", **guarded("disbursement.instruction.list", scope=program_in_query))
async def list_instructions(
    session: Session,
    page: Paging,
    principal: Annotated[Principal, Depends(authenticated)],
    tranche_id: Annotated[str | None, Query(pattern=id_pattern("tra"))] = None,
    channel: Channel | None = None,
    state: Annotated[str | None, Query(pattern="^[a-z]{1,20}$")] = None,
) -> Page[InstructionOut]:
    """Instructions of a tranche, of a channel or in a state; a partner sees its own, with whole
    accounts."""
    masked = principal.role != "partner"
    return await page_of(
        session,
        queries.instructions(tranche_id, channel, state),
        Instruction.id,
        page,
        partial(InstructionOut.of, masked=masked),
    )


@router.get(
    "/v1/instructions/{instruction_id}",
    **guarded("disbursement.instruction.read", scope=instruction_scope),
)
async def read_instruction(
    instruction_id: InstructionId,
    session: Session,
    principal: Annotated[Principal, Depends(authenticated)],
) -> InstructionOut:
    """One instruction."""
    row = await queries.instruction(session, instruction_id)
    return InstructionOut.of(row, masked=principal.role != "partner")


async def _read(request: Request, room: str, path: str, pointer: str) -> dict[str, Any]:
    """A neighbour's answer; what it does not know is the caller's wrong field."""
    try:
        body: dict[str, Any] = await request.app.state.neighbours.read(room, path)
    except Missing as error:
        raise Invalid(
            "disbursement.unknown_reference",
            "Lo que señala el cuerpo no existe.",
            errors=[FieldError(pointer, "unknown", "No existe.")],
        ) from error
    return body


def _in_centimos(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as another room shows it, with its amounts in céntimos."""
    sources = ("total", "agroideas", "agrobanco", "own")
    return {
        **plan,
        "budget_lines": [
            {
                **{name: value for name, value in line.items() if name not in sources},
                **{f"{name}_centimos": to_centimos(line[name]["amount"]) for name in sources},
            }
            for line in plan["budget_lines"]
        ],
        "tranches": [
            {
                "sequence": item["sequence"],
                "channel": item["channel"],
                "milestone": item["milestone"],
                "evidence": item.get("evidence"),
                "due_working_days": item.get("due_working_days"),
                "amount_centimos": to_centimos(item["amount"]["amount"]),
            }
            for item in plan["tranches"]
        ],
    }
