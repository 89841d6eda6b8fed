"""Routes of what partners tell and what the books say: callbacks, reconciliation, ledger."""

from asyncio import to_thread
from typing import Annotated, Final

from asgi_correlation_id import correlation_id
from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from services.disbursement import partners, queries, reconciliation
from services.disbursement.channels import camt
from services.disbursement.channels.protocol import PartnerUnclear
from services.disbursement.inbound import security
from services.disbursement.inbound import service as inbound
from services.disbursement.schemas import (
    CallbackOut,
    EntryOut,
    ReconciliationIn,
    ReconciliationOut,
    TrialBalanceOut,
)
from services.kernel import clock
from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import FieldError, Invalid, Unavailable
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, cursor_after, page_request
from services.kernel.schemas import Day, Instant, Page
from services.kernel.work import Principal, Work

router = APIRouter()

Run = Annotated[Command, Depends(command_of("disbursement"))]
Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
Paging = Annotated[PageRequest, Depends(page_request)]
AccountCode = Annotated[str, Path(pattern=r"^[a-z0-9_:]{3,80}$")]
StatementFile = Annotated[
    bytes,
    Body(media_type="application/xml", description="camt.053.001.08, at most 64 MB."),
]
NotificationFile = Annotated[
    bytes,
    Body(media_type="application/xml", description="camt.054.001.08, at most 64 MB."),
]
BusinessDate = Annotated[Day, Query(examples=["2026-03-02"])]
CallFilter = Annotated[str | None, Query(pattern=id_pattern("cal"))]

LARGE_BODIES: Final = {"/v1/statements": 64_000_000, "/v1/notifications": 64_000_000}
"""Which paths take bodies past the usual limit, in bytes."""


@router.post(
    "/v1/partners/agroideas/callbacks",
    **security.SIGNED_ROUTE,
)
async def take_callback(request: Request) -> CallbackOut:
    """A signed message of Agroideas (Standard Webhooks); kept once, applied once. A reference that
    is none of ours is kept for a person and refused."""
    raw = await request.body()
    callback = partners.verified_callback(request.app.state.settings, raw, request.headers)
    database: Database = request.app.state.databases["disbursement"]
    actor = Principal(sub="agroideas", role="partner", program="agroideas")

    async def apply(session: AsyncSession) -> tuple[reconciliation.Verdict, bool]:
        work = Work(session, actor, clock.now(), correlation_id.get() or "")
        verdict = await reconciliation.take_callback(
            work, partner="agroideas", raw=raw, callback=callback
        )
        ours = await inbound.log_delivery(
            work, program="agroideas", raw=raw, callback=callback, verdict=verdict
        )
        return verdict, ours

    verdict, ours = await database.run(apply)
    if not ours:
        raise inbound.foreign_reference(callback.reference)
    return CallbackOut(outcome=verdict)


@router.post(
    "/v1/reconciliations",
    response_model=ReconciliationOut,
    **guarded("disbursement.reconciliation.run"),
)
async def reconcile(body: ReconciliationIn, request: Request, run: Run) -> Response:
    """Match a partner's statement of a day; lines already read change nothing."""
    try:
        lines = await partners.channels_of(request)[body.channel].statement(body.business_date)
    except PartnerUnclear as error:
        raise Unavailable(
            "disbursement.statement_unclear",
            f"El estado de cuenta no se pudo leer entero ({error}); nada cambió.",
            retry_after_s=5,
        ) from error
    return await run.run(
        reconciliation.reconcile,
        render=ReconciliationOut.of,
        channel=body.channel,
        lines=lines,
    )


@router.post(
    "/v1/statements",
    response_model=ReconciliationOut,
    **guarded("disbursement.reconciliation.run"),
)
async def take_statement(
    request: Request, body: StatementFile, business_date: BusinessDate, run: Run
) -> Response:
    """Match a statement file of Agrobanco that came another way than the bank's service: the same
    file again, and a line that was read already, change nothing."""
    account = request.app.state.settings.agrobanco_debtor_account
    try:
        lines = await to_thread(camt.statement_lines, body, business_date, account)
    except PartnerUnclear as error:
        raise _refused(error) from error
    return await run.run(
        reconciliation.reconcile,
        render=ReconciliationOut.of,
        channel="agrobanco",
        lines=lines,
    )


@router.post(
    "/v1/notifications",
    response_model=ReconciliationOut,
    **guarded("disbursement.notification.take"),
)
async def take_notification(request: Request, body: NotificationFile, run: Run) -> Response:
    """Match the single entries of a notification file of Agrobanco; the statement of their day
    finds them read already."""
    account = request.app.state.settings.agrobanco_debtor_account
    try:
        days = await to_thread(camt.notified_lines, body, account)
    except PartnerUnclear as error:
        raise _refused(error) from error
    return await run.run(
        reconciliation.take_notified,
        render=ReconciliationOut.of,
        channel="agrobanco",
        days=days,
    )


def _refused(error: PartnerUnclear) -> Invalid:
    return Invalid(
        "disbursement.statement_refused",
        f"El archivo no se aceptó y nada cambió: {error}. Pida al banco uno corregido.",
        errors=[FieldError("", "disbursement.statement_refused", str(error)[:500])],
    )


@router.get("/v1/ledger/trial-balance", **guarded("disbursement.ledger.read"))
async def trial_balance(
    session: Session, call_id: CallFilter = None, at: Instant | None = None
) -> TrialBalanceOut:
    """Every account and its balance, of one call if named, now or at a past moment; the total is
    zero."""
    return TrialBalanceOut.of(await queries.trial_balance(session, call_id, at))


@router.get("/v1/ledger/accounts/{code}/entries", **guarded("disbursement.ledger.read"))
async def list_entries(code: AccountCode, session: Session, page: Paging) -> Page[EntryOut]:
    """An account's statement, oldest first."""
    found, more = await queries.entries(session, code, limit=page.limit, after=page.after)
    last = found[-1].transfer.id if more else None
    return Page(data=[EntryOut.of(entry) for entry in found], next_cursor=cursor_after(last))
