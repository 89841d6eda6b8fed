"""Routes of refunds and undue payments."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.disbursement.accountability import claims, queries
from services.disbursement.accountability.schemas import (
    ClaimKind,
    ClaimOut,
    ClaimState,
    ClaimWhole,
    FalsityIn,
    NoticeIn,
    ReceiptIn,
    ReceiptOut,
    RefundIn,
    UndueIn,
)
from services.disbursement.control_schemas import ReasonIn
from services.disbursement.models import (
    AccountabilityInvoice,
    Claim,
    Receipt,
    Tranche,
)
from services.kernel.auth import consortium_in_query, guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.schemas import Page
from services.kernel.versions import etag

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
Paging = Annotated[PageRequest, Depends(page_request)]
TrancheId = Annotated[str, Path(pattern=id_pattern("tra"))]
InvoiceId = Annotated[str, Path(pattern=id_pattern("inv"))]
ClaimId = Annotated[str, Path(pattern=id_pattern("clm"))]
ReceiptId = Annotated[str, Path(pattern=id_pattern("rcp"))]

tranche_scope = scope_of(Tranche, "tranche_id", "tra", consortium_id="consortium_id")
claim_scope = scope_of(Claim, "claim_id", "clm", consortium_id="consortium_id")
invoice_scope = scope_of(AccountabilityInvoice, "invoice_id", "inv")
receipt_scope = scope_of(Receipt, "receipt_id", "rcp")


@router.post(
    "/v1/tranches/{tranche_id}/refund-claims",
    status_code=201,
    response_model=ClaimOut,
    **guarded("disbursement.claim.refund", scope=tranche_scope),
)
async def ask_refund(tranche_id: TrancheId, body: RefundIn, run: Run) -> Response:
    """Ask back all of a tranche that is neither accounted for nor claimed; the sum is computed."""
    return await run.run(
        claims.ask_refund,
        render=ClaimOut.of,
        status=201,
        tranche_id=tranche_id,
        **body.model_dump(),
    )


@router.post(
    "/v1/tranches/{tranche_id}/undue-payments",
    status_code=201,
    response_model=ClaimOut,
    **guarded("disbursement.claim.find", scope=tranche_scope),
)
async def find_undue(tranche_id: TrancheId, body: UndueIn, run: Run) -> Response:
    """Hold so much of a tranche for unduly paid; its agreement releases nothing until it ends."""
    return await run.run(
        claims.find_undue,
        render=ClaimOut.of,
        status=201,
        tranche_id=tranche_id,
        amount_centimos=body.amount.centimos,
        ground=body.ground,
        evidence=body.evidence,
    )


@router.post(
    "/v1/accountability-invoices/{invoice_id}/falsity",
    status_code=201,
    response_model=ClaimOut,
    **guarded("disbursement.claim.falsify", scope=invoice_scope),
)
async def find_false(invoice_id: InvoiceId, body: FalsityIn, run: Run) -> Response:
    """An accepted invoice is false: what it covered becomes an undue payment by itself."""
    return await run.run(
        claims.find_false,
        render=ClaimOut.of,
        status=201,
        invoice_id=invoice_id,
        **body.model_dump(),
    )


@router.get("/v1/claims", **guarded("disbursement.claim.list", scope=consortium_in_query))
async def list_claims(
    session: Session,
    page: Paging,
    kind: ClaimKind | None = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    state: ClaimState | None = None,
) -> Page[ClaimOut]:
    """Refunds and undue payments with what is due, what came back and what is open."""
    query = queries.claims(
        kind=kind, consortium_id=consortium_id, agreement_id=agreement_id, state=state
    )
    return await page_of(session, query, Claim.id, page, ClaimOut.of)


@router.get("/v1/claims/{claim_id}", **guarded("disbursement.claim.read", scope=claim_scope))
async def read_claim(claim_id: ClaimId, session: Session, response: Response) -> ClaimWhole:
    """One claim with its receipts."""
    view = await queries.claim(session, claim_id)
    response.headers.update(etag(view.claim.version))
    return ClaimWhole.of_view(view)


@router.post(
    "/v1/claims/{claim_id}/notice",
    response_model=ClaimOut,
    **guarded("disbursement.claim.notify", scope=claim_scope),
)
async def notify_claim(claim_id: ClaimId, body: NoticeIn, run: Run) -> Response:
    """Tell the consortium of an undue payment; its term runs from here."""
    return await run.run(claims.notify, render=ClaimOut.of, claim_id=claim_id, **body.model_dump())


@router.post(
    "/v1/claims/{claim_id}/receipts",
    status_code=201,
    response_model=ReceiptOut,
    **guarded("disbursement.claim.receive", scope=claim_scope),
)
async def receive(claim_id: ClaimId, body: ReceiptIn, run: Run) -> Response:
    """Record money that came back; a return line of a statement books it at once."""
    return await run.run(
        claims.receive,
        render=ReceiptOut.of,
        status=201,
        claim_id=claim_id,
        amount_centimos=body.amount.centimos,
        bank_reference=body.bank_reference,
        received_on=body.received_on,
        line_id=body.line_id,
    )


@router.post(
    "/v1/receipts/{receipt_id}/confirmation",
    response_model=ReceiptOut,
    **guarded("disbursement.claim.confirm", scope=receipt_scope),
)
async def confirm(receipt_id: ReceiptId, run: Run) -> Response:
    """Confirm a receipt, by another person than who recorded it; it is booked once."""
    return await run.run(claims.confirm, render=ReceiptOut.of, receipt_id=receipt_id)


@router.post(
    "/v1/claims/{claim_id}/waiver",
    response_model=ClaimOut,
    **guarded("disbursement.claim.ask_waiver", scope=claim_scope),
)
async def ask_waiver(claim_id: ClaimId, body: ReasonIn, run: Run) -> Response:
    """Propose to give up what is open of a claim."""
    return await run.run(
        claims.ask_waiver, render=ClaimOut.of, claim_id=claim_id, reason=body.reason
    )


@router.post(
    "/v1/claims/{claim_id}/waiver/approval",
    response_model=ClaimOut,
    **guarded("disbursement.claim.waive", scope=claim_scope),
)
async def waive(claim_id: ClaimId, run: Run) -> Response:
    """Give up what is open of a claim: never who proposed it, nor who found it."""
    return await run.run(claims.waive, render=ClaimOut.of, claim_id=claim_id)
