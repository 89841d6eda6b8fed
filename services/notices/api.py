"""Routes of notices."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.kernel.auth import guarded, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.rows import found
from services.kernel.schemas import Page
from services.notices import domain, queries, service
from services.notices.models import Contact, Delivery
from services.notices.schemas import (
    SUB_PATTERN,
    ContactIn,
    ContactLine,
    ContactOut,
    ContactSetOut,
    DeliveryOut,
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
DeliveryPath = Annotated[str, Path(pattern=id_pattern("dlv"))]

delivery_scope = scope_of(Delivery, "delivery_id", "dlv", sub="recipient_sub")


async def sub_scope(_: AsyncSession, request: Request) -> dict[str, Any] | None:
    """The contact named by the path, whether it is there or not: whose it would be."""
    sub = str(request.path_params["sub"])
    return {"sub": sub, "consortium_id": sub} if re.fullmatch(SUB_PATTERN, sub) else None


@router.put(
    "/v1/contacts/{sub}",
    response_model=ContactSetOut,
    **guarded("notices.contact.set", scope=sub_scope),
)
async def set_contact(sub: Sub, body: ContactIn, request: Request, run: Run) -> Response:
    """Say where somebody is told; a new webhook's secret is shown in this answer."""
    local = request.app.state.settings.environment == "local"
    return await run.run(
        service.set_contact, render=ContactSetOut.of, sub=sub, local=local, **body.model_dump()
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
async def rotate_secret(sub: Sub, run: Run) -> Response:
    """A new webhook secret; the one before it signs too until the next change."""
    return await run.run(service.rotate_secret, render=ContactSetOut.of, status=201, sub=sub)


@router.get("/v1/deliveries", **guarded("notices.delivery.list"))
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
