"""Routes of notices."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime

from services.kernel.auth import guarded, reading
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.rows import found
from services.kernel.schemas import Page
from services.notices import domain, queries, replays, service
from services.notices.models import Contact, Delivery
from services.notices.schemas import (
    SUB_PATTERN,
    ContactIn,
    ContactLine,
    ContactOut,
    ContactSetOut,
    DeliveryOut,
    ReplayOut,
)

router = APIRouter()

Run = Annotated[Command, Depends(command_of("notices"))]
Session = Annotated[AsyncSession, Depends(reading("notices"))]
Sub = Annotated[
    str,
    Path(
        pattern=SUB_PATTERN,
        description="A person's sub, role:secretariat, or a consortium's id",
        examples=["mef-1"],
    ),
]
Since = Annotated[
    AwareDatetime,
    Query(ge=datetime(2020, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC)),
]
DeliveryPath = Annotated[str, Path(pattern=id_pattern("dlv"))]


async def sub_scope(_: AsyncSession, request: Request) -> dict[str, Any] | None:
    """The contact named by the path, whether it is there or not: whose it would be."""
    sub = str(request.path_params["sub"])
    return _whose(sub) if re.fullmatch(SUB_PATTERN, sub) else None


async def recipient_scope(_: AsyncSession, request: Request) -> dict[str, Any]:
    """The scope of a list: a partner must name its own contact as the recipient."""
    return _whose(request.query_params.get("recipient", ""))


async def delivery_scope(session: AsyncSession, request: Request) -> dict[str, Any] | None:
    """Whose the delivery in the path is."""
    delivery_id = str(request.path_params["delivery_id"])
    if not re.fullmatch(id_pattern("dlv"), delivery_id):
        return None
    row = await session.get(Delivery, delivery_id)
    return None if row is None else _whose(row.recipient_sub)


def _whose(sub: str) -> dict[str, Any]:
    program = sub.removeprefix(domain.PROGRAM) if sub.startswith(domain.PROGRAM) else None
    return {"sub": sub, "consortium_id": sub, "program": program}


@router.put(
    "/v1/contacts/{sub}",
    response_model=ContactSetOut,
    **guarded("notices.contact.set", scope=sub_scope),
)
async def set_contact(sub: Sub, body: ContactIn, request: Request, run: Run) -> Response:
    """Say where somebody is told; a new webhook's secret is shown in this answer."""
    return await run.run(
        service.set_contact,
        render=ContactSetOut.of,
        sealed=True,
        sub=sub,
        settings=request.app.state.settings,
        **body.model_dump(),
    )


@router.get("/v1/contacts", **guarded("notices.contact.list"))
async def list_contacts(
    session: Session, page: Annotated[PageRequest, Depends(page_request)]
) -> Page[ContactLine]:
    """All contacts, in the order of their subs."""
    return await page_of(session, queries.contacts(), Contact.sub, page, ContactLine.of)


@router.get("/v1/contacts/{sub}", **guarded("notices.contact.read", scope=sub_scope))
async def read_contact(sub: Sub, session: Session) -> ContactOut:
    """One contact."""
    return ContactOut.of(await queries.contact_view(session, sub))


@router.post(
    "/v1/contacts/{sub}/webhook-secret",
    status_code=201,
    response_model=ContactSetOut,
    **guarded("notices.secret.rotate", scope=sub_scope),
)
async def rotate_secret(sub: Sub, request: Request, run: Run) -> Response:
    """A new webhook secret; the one before it signs too until the next change."""
    return await run.run(
        service.rotate_secret,
        render=ContactSetOut.of,
        status=201,
        sealed=True,
        sub=sub,
        settings=request.app.state.settings,
    )


@router.post(
    "/v1/contacts/{sub}/replay",
    status_code=202,
    response_model=ReplayOut,
    **guarded("notices.contact.replay", scope=sub_scope),
)
async def replay(sub: Sub, since: Since, request: Request, run: Run) -> Response:
    """Send again over the webhook what was told since then; `event_id` in it tells a repetition."""
    return await run.run(
        replays.replay,
        render=lambda number: ReplayOut(sub=sub, since=since, deliveries=number),
        status=202,
        sub=sub,
        since=since,
        settings=request.app.state.settings,
    )


@router.get("/v1/deliveries", **guarded("notices.delivery.list", scope=recipient_scope))
async def list_deliveries(
    session: Session,
    page: Annotated[PageRequest, Depends(page_request)],
    state: Annotated[domain.State | None, Query()] = None,
    recipient: Annotated[str | None, Query(pattern=SUB_PATTERN)] = None,
) -> Page[DeliveryOut]:
    """The deliveries, oldest first."""
    query = queries.deliveries(state=state, recipient=recipient)
    return await page_of(session, query, Delivery.id, page, DeliveryOut.of)


@router.get(
    "/v1/deliveries/{delivery_id}", **guarded("notices.delivery.read", scope=delivery_scope)
)
async def read_delivery(delivery_id: DeliveryPath, session: Session) -> DeliveryOut:
    """One delivery."""
    return DeliveryOut.of(await found(session, Delivery, delivery_id))


@router.post(
    "/v1/deliveries/{delivery_id}/redeliver",
    response_model=DeliveryOut,
    **guarded("notices.delivery.redeliver", scope=delivery_scope),
)
async def redeliver(delivery_id: DeliveryPath, request: Request, run: Run) -> Response:
    """Try a delivery again now, at the recipient's present address."""
    return await run.run(
        service.redeliver,
        render=DeliveryOut.of,
        delivery_id=delivery_id,
        settings=request.app.state.settings,
    )
