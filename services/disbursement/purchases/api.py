"""Routes of purchases: the consortium asks, the fund sends, the programme answers."""

from typing import Annotated, Any, Literal

from asgi_correlation_id import correlation_id
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import Select, select
from sqlmodel import col

from services.disbursement.channels.no_objections import NoObjections, answer_of
from services.disbursement.channels.protocol import PartnerUnclear
from services.disbursement.inbound import security
from services.disbursement.inbound import service as inbound
from services.disbursement.models import Agreement, Purchase
from services.disbursement.purchases import service
from services.disbursement.purchases.schemas import (
    AnswerIn,
    NoObjectionTaken,
    PurchaseIn,
    PurchaseOut,
    State,
)
from services.kernel import clock
from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import Invalid, Malformed, Unavailable
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.rows import found
from services.kernel.schemas import Page
from services.kernel.work import Principal, Work

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
AgreementId = Annotated[str, Path(pattern=id_pattern("agr"))]
PurchaseId = Annotated[str, Path(pattern=id_pattern("pur"))]

agreement_scope = scope_of(Agreement, "agreement_id", "agr", consortium_id="consortium_id")
purchase_scope = scope_of(
    Purchase, "purchase_id", "pur", consortium_id="consortium_id", program="program"
)


async def whose_list(_: AsyncSession, request: Request) -> dict[str, Any]:
    """The scope of a list: a consortium names itself, and a programme itself."""
    return {name: request.query_params.get(name) for name in ("consortium_id", "program")}


def desk_of(request: Request) -> NoObjections:
    """The programme's desk, opened at the first use and kept."""
    state = request.app.state
    if not hasattr(state, "no_objections"):
        state.no_objections = NoObjections(state.settings)
    desk: NoObjections = state.no_objections
    return desk


@router.post(
    "/v1/agreements/{agreement_id}/purchases",
    status_code=201,
    response_model=PurchaseOut,
    **guarded("disbursement.purchase.request", scope=agreement_scope),
)
async def request_purchase(agreement_id: AgreementId, body: PurchaseIn, run: Run) -> Response:
    """Ask for the programme's no-objection to a purchase, with its quotations."""
    return await run.run(
        service.request,
        render=PurchaseOut.of,
        status=201,
        agreement_id=agreement_id,
        wanted=body.wanted(),
    )


@router.get("/v1/purchases", **guarded("disbursement.purchase.list", scope=whose_list))
async def list_purchases(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    *,
    agreement_id: Annotated[str | None, Query(pattern=id_pattern("agr"))] = None,
    consortium_id: Annotated[str | None, Query(pattern=id_pattern("con"))] = None,
    program: Literal["agroideas"] | None = None,
    state: State | None = None,
) -> Page[PurchaseOut]:
    """Purchases of an agreement, of a consortium or of a programme, oldest first."""
    query: Select[Purchase] = select(Purchase)
    for column, value in (
        (col(Purchase.agreement_id), agreement_id),
        (col(Purchase.consortium_id), consortium_id),
        (col(Purchase.program), program),
        (col(Purchase.state), state),
    ):
        query = query if value is None else query.where(column == value)
    return await page_of(session, query, Purchase.id, page, PurchaseOut.of)


@router.get(
    "/v1/purchases/{purchase_id}", **guarded("disbursement.purchase.read", scope=purchase_scope)
)
async def read_purchase(purchase_id: PurchaseId, session: Session) -> PurchaseOut:
    """One purchase."""
    return PurchaseOut.of(await found(session, Purchase, purchase_id))


@router.post(
    "/v1/purchases/{purchase_id}/withdrawal",
    response_model=PurchaseOut,
    **guarded("disbursement.purchase.withdraw", scope=purchase_scope),
)
async def withdraw_purchase(purchase_id: PurchaseId, run: Run) -> Response:
    """Take a purchase back that has no answer yet."""
    return await run.run(service.withdraw, render=PurchaseOut.of, purchase_id=purchase_id)


@router.post(
    "/v1/purchases/{purchase_id}/send",
    response_model=PurchaseOut,
    **guarded("disbursement.purchase.send", scope=purchase_scope),
)
async def send_purchase(purchase_id: PurchaseId, request: Request, run: Run) -> Response:
    """Send the request to the programme, by another person than who asked; again sends nothing
    new."""
    replay = await run.replay()
    if replay is not None:
        return replay
    question = await run.step(service.begin_sending, purchase_id=purchase_id)
    if question is not None:
        sent = await desk_of(request).ask(question)
        if sent.outcome == "rejected":
            raise Invalid(
                "disbursement.purchase_refused",
                f"El programa no recibió la solicitud ({sent.detail}); revísela.",
            )
        if sent.outcome == "unknown":
            raise Unavailable(
                "disbursement.partner_silent",
                "El programa no respondió; vuelva a enviarla, no se duplica.",
                retry_after_s=5,
            )
    return await run.run(service.end_sending, render=PurchaseOut.of, purchase_id=purchase_id)


@router.post(
    "/v1/purchases/{purchase_id}/inquire",
    response_model=PurchaseOut,
    **guarded("disbursement.purchase.inquire", scope=purchase_scope),
)
async def inquire_purchase(
    purchase_id: PurchaseId, request: Request, session: Session, run: Run
) -> Response:
    """Ask the programme for its answer and apply it, if there is one."""
    replay = await run.replay()
    if replay is not None:
        return replay
    row = await found(session, Purchase, purchase_id)
    try:
        told = await desk_of(request).inquire(row.reference)
    except PartnerUnclear as error:
        raise Unavailable(
            "disbursement.partner_silent",
            "El programa no respondió; vuelva a preguntar.",
            retry_after_s=5,
        ) from error
    if told is None:
        return await run.run(service.look, render=PurchaseOut.of, purchase_id=purchase_id)
    return await run.run(
        service.answer,
        render=PurchaseOut.of,
        purchase_id=purchase_id,
        told=told,
        source=f"inquiry:{row.reference}",
    )


@router.post(
    "/v1/purchases/{purchase_id}/answer",
    response_model=PurchaseOut,
    **guarded("disbursement.purchase.answer", scope=purchase_scope),
)
async def answer_purchase(
    purchase_id: PurchaseId, body: AnswerIn, session: Session, run: Run
) -> Response:
    """The programme's answer, given through our API instead of a signed message."""
    row = await found(session, Purchase, purchase_id)
    return await run.run(
        service.answer,
        render=PurchaseOut.of,
        purchase_id=purchase_id,
        told=body.told(row.reference, row.amount_centimos),
        source=f"api:{row.reference}",
    )


@router.post(
    "/v1/partners/agroideas/no-objections",
    **security.SIGNED_ROUTE,
)
async def take_no_objection(request: Request) -> NoObjectionTaken:
    """A signed answer of Agroideas to a request for its no-objection (Standard Webhooks)."""
    raw = await request.body()
    body = security.verified(request.app.state.settings, raw, request.headers, clock.now())
    try:
        kind = str(body["type"])
        told = answer_of({**body, "outcome": kind.removeprefix("no_objection.")})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        refusal = Malformed(
            "disbursement.bad_callback", f"El mensaje no tiene la forma acordada: {error}."
        )
        raise security.refuse("malformed", refusal) from error
    database: Database = request.app.state.databases["disbursement"]
    actor = Principal(sub="agroideas", role="partner", program="agroideas")

    async def apply(session: AsyncSession) -> service.Verdict:
        work = Work(session, actor, clock.now(), correlation_id.get() or "")
        return await service.take_message(
            work,
            program="agroideas",
            message_id=request.headers["webhook-id"],
            raw=raw,
            told=told,
        )

    verdict = await database.run(apply)
    if verdict == "refused":
        raise inbound.foreign_reference(told.reference)
    return NoObjectionTaken(outcome=verdict)
