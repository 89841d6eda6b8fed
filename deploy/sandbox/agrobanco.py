"""Agrobanco: credit by ISO 20022 files, a loan per producer, status and statements in XML."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from deploy.sandbox import camt053, camt054, collections, files, pain001, pain002, payments
from deploy.sandbox.agroideas import not_found
from deploy.sandbox.desk import (
    TOKEN_FORM,
    Sandbox,
    TheSandbox,
    TokenAnswer,
    answer_late,
    counter_of,
    issue_token,
    scheme_of,
)
from deploy.sandbox.problems import Problem, documented

PARTNER = files.PARTNER
SCHEME = scheme_of(PARTNER, "oauth/token")
XML = "application/xml"

router = APIRouter(tags=[PARTNER])
counter = APIRouter(
    prefix="/v1",
    dependencies=[Depends(counter_of(PARTNER, SCHEME))],
    responses=documented(401, 422, 503),
)


class Received(BaseModel):
    file_id: str
    message_id: str
    status: Literal["received"] = "received"


def _xml_answer(description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {XML: {"schema": {"type": "string"}}}}}


@router.post("/oauth/token", response_model=TokenAnswer, openapi_extra=TOKEN_FORM)
async def token(request: Request, sandbox: TheSandbox) -> Response:
    """OAuth2 client credentials: form `grant_type=client_credentials`, HTTP Basic or form."""
    return await issue_token(request, sandbox, PARTNER)


@counter.post(
    "/files",
    status_code=202,
    responses=documented(400, 409, 413, 415),
    openapi_extra={
        "requestBody": {"required": True, "content": {XML: {"schema": {"type": "string"}}}}
    },
)
async def upload(
    request: Request,
    sandbox: TheSandbox,
    x_file_reference: Annotated[str | None, Header(max_length=35)] = None,
) -> Received:
    """Take a pain.001.001.09 in; the same MsgId and bytes give the first answer again."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != XML:
        raise Problem(415, "unsupported_media_type", "Se espera application/xml.")
    if x_file_reference is None:
        raise Problem(400, "file_reference_required", "Falta la cabecera X-File-Reference.")
    body = await request.body()
    receipt = await asyncio.to_thread(_receive, sandbox, body, x_file_reference)
    sandbox.clerk.count(receipt.changes)
    sandbox.clerk.wake()
    await answer_late(request, sandbox, receipt.behaviour)
    return Received(file_id=receipt.file_id, message_id=x_file_reference)


def _receive(sandbox: Sandbox, body: bytes, reference: str) -> files.Receipt:
    file = pain001.read(body, debtor_account=sandbox.settings.agrobanco_debtor_account)
    if file.message_id != reference:
        raise Problem(
            422, "file_reference_mismatch", "X-File-Reference no es el MsgId del archivo."
        )
    with sandbox.books.write() as db:
        return files.receive(db, file, body, settings=sandbox.settings, now=sandbox.now())


@counter.get(
    "/files/{message_id:path}/status",
    response_class=Response,
    responses=_xml_answer("pain.002.001.10") | documented(404),
)
def status(message_id: str, sandbox: TheSandbox) -> Response:
    """The file's pain.002.001.10; a 404 is final after `final_after_s`, as with Agroideas."""
    with sandbox.books.read() as db:
        found = files.status_of(db, message_id, sandbox.now())
    if found is None:
        raise not_found(sandbox)
    return Response(pain002.write(found, now=sandbox.now()), media_type=XML)


@counter.get(
    "/statements",
    response_class=Response,
    responses=_xml_answer("camt.053.001.08"),
)
def statement(day: Annotated[date, Query(alias="date")], sandbox: TheSandbox) -> Response:
    """The camt.053.001.08 of one day in Lima; a return is a reversed credit entry, a repayment a
    received one."""
    account = sandbox.settings.agrobanco_debtor_account
    found = _found(sandbox, day)
    return Response(camt053.write(found, account=account, now=sandbox.now()), media_type=XML)


@counter.get(
    "/notifications",
    response_class=Response,
    responses=_xml_answer("camt.054.001.08"),
)
def notification(day: Annotated[date, Query(alias="date")], sandbox: TheSandbox) -> Response:
    """The camt.054.001.08 of what was booked on a day so far; the statement has the same entries
    under the same numbers."""
    account = sandbox.settings.agrobanco_debtor_account
    found = _found(sandbox, day)
    return Response(camt054.write(found, account=account, now=sandbox.now()), media_type=XML)


def _found(sandbox: Sandbox, day: date) -> payments.Statement:
    """The day with what was collected: credits, which the balances have too."""
    now = sandbox.now()
    with sandbox.books.read() as db:
        found = payments.statement(db, PARTNER, day)
        came = collections.of_day(db, day, now)
        earlier = collections.before(db, day, now)
    today = sum(row["amount_cents"] for row in came)
    return replace(
        found,
        opening_cents=found.opening_cents + earlier,
        closing_cents=found.closing_cents + earlier + today,
        collections=came,
    )


router.include_router(counter)
