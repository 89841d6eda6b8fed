"""The registry's HTTP interface."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from sqlmodel import col, select

from services.kernel import clock
from services.kernel.auth import guarded, not_found, reading, scope_of
from services.kernel.commands import Command, command_of
from services.kernel.db import AsyncSession
from services.kernel.errors import Malformed
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, page_of, page_request
from services.kernel.rows import found
from services.kernel.schemas import LINE_PATTERN, Page
from services.kernel.values import DNI_PATTERN, RUC_PATTERN
from services.kernel.versions import etag, version_of
from services.kernel.watching import router as watching
from services.registry import footprints, profiles, queries, service
from services.registry.facts_schemas import FactsOut
from services.registry.models import AnchorFirm, Consortium, Producer
from services.registry.schemas import (
    AnchorFirmIn,
    AnchorFirmOut,
    ConsortiumIn,
    ConsortiumOut,
    ConsortiumSummary,
    MemberIn,
    MembershipOut,
    ProducerIn,
    ProducerOut,
)

router = APIRouter()
router.include_router(profiles.router)
router.include_router(footprints.router)
router.include_router(watching)

consortium_scope = scope_of(Consortium, "consortium_id", "con", consortium_id="id")


async def expected_version(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=40,
            json_schema_extra={"pattern": r'^(\*|"[1-9][0-9]{0,17}")$', "examples": ['"3"']},
        ),
    ] = None,
) -> int | None:
    """The version of If-Match, which is optional; `*` asks for none."""
    if if_match is None or if_match == "*":
        return None
    version = version_of(if_match)
    if version is None:
        raise Malformed("http.bad_if_match", 'If-Match lleva el ETag recibido, como "3".')
    return version


Run = Annotated[Command, Depends(command_of("registry"))]
Session = Annotated[AsyncSession, Depends(reading("registry"), scope="function")]
Paging = Annotated[PageRequest, Depends(page_request)]
Expected = Annotated[int | None, Depends(expected_version)]
AnchorFirmId = Annotated[str, Path(pattern=id_pattern("anc"))]
ProducerId = Annotated[str, Path(pattern=id_pattern("pro"))]
ConsortiumId = Annotated[str, Path(pattern=id_pattern("con"))]
RucQuery = Annotated[str | None, Query(pattern=RUC_PATTERN)]
DniQuery = Annotated[str | None, Query(pattern=DNI_PATTERN)]
AnchorFirmQuery = Annotated[str | None, Query(pattern=id_pattern("anc"))]
NameQuery = Annotated[str | None, Query(min_length=1, max_length=200, pattern=LINE_PATTERN)]


@router.post(
    "/v1/anchor-firms",
    status_code=201,
    response_model=AnchorFirmOut,
    **guarded("registry.anchor_firm.register"),
)
async def register_anchor_firm(body: AnchorFirmIn, run: Run) -> Response:
    """Register an anchor firm (empresa tractora); its RUC is unique."""
    return await run.run(
        service.register_anchor_firm, render=AnchorFirmOut.of, status=201, draft=body.draft()
    )


@router.get("/v1/anchor-firms", **guarded("registry.anchor_firm.list"))
async def list_anchor_firms(
    session: Session, page: Paging, ruc: RucQuery = None
) -> Page[AnchorFirmOut]:
    """Anchor firms, or the one with this RUC."""
    query = select(AnchorFirm)
    if ruc is not None:
        query = query.where(col(AnchorFirm.ruc) == ruc)
    return await page_of(session, query, col(AnchorFirm.id), page, AnchorFirmOut.of)


@router.get("/v1/anchor-firms/{anchor_firm_id}", **guarded("registry.anchor_firm.read"))
async def read_anchor_firm(anchor_firm_id: AnchorFirmId, session: Session) -> AnchorFirmOut:
    """One anchor firm."""
    return AnchorFirmOut.of(await found(session, AnchorFirm, anchor_firm_id))


@router.post(
    "/v1/producers",
    status_code=201,
    response_model=ProducerOut,
    **guarded("registry.producer.register"),
)
async def register_producer(body: ProducerIn, run: Run) -> Response:
    """Register a producer with parcels and PPA enrolment; the DNI is unique."""
    return await run.run(
        service.register_producer, render=ProducerOut.of_view, status=201, draft=body.draft()
    )


@router.get("/v1/producers", **guarded("registry.producer.list"))
async def list_producers(session: Session, page: Paging, dni: DniQuery = None) -> Page[ProducerOut]:
    """Producers, or the one with this DNI."""
    query = select(Producer)
    if dni is not None:
        query = query.where(col(Producer.dni) == dni)
    rows: Page[Producer] = await page_of(session, query, col(Producer.id), page, lambda row: row)
    data = await _with_land(session, rows.data)
    return Page(data=data, next_cursor=rows.next_cursor)


@router.get("/v1/producers/{producer_id}", **guarded("registry.producer.read"))
async def read_producer(producer_id: ProducerId, session: Session) -> ProducerOut:
    """One producer with parcels and the PPA enrolment of today."""
    producer = await found(session, Producer, producer_id)
    return (await _with_land(session, [producer]))[0]


async def _with_land(session: AsyncSession, producers: list[Producer]) -> list[ProducerOut]:
    today = clock.lima_date(clock.now())
    views = await queries.producers_with_land(session, producers, day=today)
    return [ProducerOut.of_view(view) for view in views]


@router.post(
    "/v1/consortia",
    status_code=201,
    response_model=ConsortiumOut,
    **guarded("registry.consortium.form"),
)
async def form_consortium(body: ConsortiumIn, run: Run) -> Response:
    """Form a consortium of registered members, each with its contract."""
    return await run.run(
        service.form_consortium,
        render=ConsortiumOut.of_view,
        status=201,
        headers=lambda view: etag(view.consortium.version),
        draft=body.draft(),
    )


@router.get("/v1/consortia", **guarded("registry.consortium.list"))
async def list_consortia(
    session: Session,
    page: Paging,
    name: NameQuery = None,
    anchor_firm_id: AnchorFirmQuery = None,
) -> Page[ConsortiumSummary]:
    """Consortia without their members; those with exactly this name, or of this anchor firm."""
    query = select(Consortium)
    if anchor_firm_id is not None:
        query = query.where(col(Consortium.anchor_firm_id) == anchor_firm_id)
    if name is not None:
        query = query.where(col(Consortium.name) == name)
    return await page_of(session, query, col(Consortium.id), page, ConsortiumSummary.of_row)


@router.get(
    "/v1/consortia/{consortium_id}",
    **guarded("registry.consortium.read", scope=consortium_scope),
)
async def read_consortium(
    consortium_id: ConsortiumId, session: Session, response: Response
) -> ConsortiumOut:
    """One consortium with its current members; its ETag is its version."""
    view = await queries.consortium_view(session, consortium_id)
    if view is None:
        raise not_found()
    response.headers.update(etag(view.consortium.version))
    return ConsortiumOut.of_view(view)


@router.get(
    "/v1/consortia/{consortium_id}/facts",
    **guarded("registry.consortium.facts", scope=consortium_scope),
)
async def read_facts(consortium_id: ConsortiumId, session: Session) -> FactsOut:
    """What the registry knows of a consortium today: the facts that the policy judges."""
    today = clock.lima_date(clock.now())
    facts = await queries.consortium_facts(session, consortium_id, day=today)
    if facts is None:
        raise not_found()
    return FactsOut.of_facts(facts)


@router.post(
    "/v1/consortia/{consortium_id}/members",
    status_code=201,
    response_model=MembershipOut,
    **guarded("registry.member.add", scope=consortium_scope),
)
async def add_member(
    consortium_id: ConsortiumId, body: MemberIn, run: Run, expected: Expected
) -> Response:
    """Let a producer join with its contract; If-Match is optional."""
    return await run.run(
        service.add_member,
        render=MembershipOut.of_result,
        status=201,
        headers=lambda result: etag(result[1]),
        consortium_id=consortium_id,
        member=body.draft(),
        expected_version=expected,
    )


@router.post(
    "/v1/consortia/{consortium_id}/members/{producer_id}/withdraw",
    response_model=MembershipOut,
    **guarded("registry.member.withdraw", scope=consortium_scope),
)
async def withdraw_member(
    consortium_id: ConsortiumId, producer_id: ProducerId, run: Run, expected: Expected
) -> Response:
    """Let a producer leave: the membership stays on record with its end; If-Match is optional."""
    return await run.run(
        service.withdraw_member,
        render=MembershipOut.of_result,
        headers=lambda result: etag(result[1]),
        consortium_id=consortium_id,
        producer_id=producer_id,
        expected_version=expected,
    )
