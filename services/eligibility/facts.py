"""Where the facts of an assessment come from: one interface, and the rooms that answer it today.

Each answer is read by a narrow reader of our own and leaves its evidence: who said it, at which
path, when, and the hash of what was said. A source that is down, or says what cannot be read,
makes the assessment wait; it never becomes a yes or a no.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)

from services.eligibility import inputs, land, policy, splitting
from services.eligibility.land import Hectares, square_metres
from services.eligibility.signals import ProfileReader
from services.kernel import clock
from services.kernel.db import instant_text
from services.kernel.errors import Missing, Unavailable
from services.kernel.neighbours import Neighbours
from services.kernel.schemas import Money, Sha256


class Reader(BaseModel):
    """What we read of a neighbour's body; whatever else it says is not ours."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class LineReader(Reader):
    """A budget line of the plan."""

    line_no: int
    item: str
    description: str
    total: Money
    agroideas: Money
    agrobanco: Money
    own: Money


class TrancheReader(Reader):
    """A tranche of the plan."""

    sequence: int
    channel: str
    amount: Money
    milestone: str


class PlanReader(Reader):
    """The plan of an application."""

    title: str
    summary: str
    budget_lines: list[LineReader]
    tranches: list[TrancheReader]


class DocumentReader(Reader):
    """A document of the dossier."""

    id: str


class ApplicationReader(Reader):
    """An application as the room `applications` shows it."""

    id: str
    call_id: str
    consortium_id: str
    state: str
    round: Annotated[int, Field(ge=0)]
    plan: PlanReader
    dossier_sha256: Sha256 | None
    submitted_at: AwareDatetime | None
    first_submitted_at: AwareDatetime | None
    amendment_due_at: AwareDatetime | None = None
    documents: list[DocumentReader] = []


class CallReader(Reader):
    """A call as the room `applications` shows it."""

    id: str
    opens_on: date
    closes_on: date
    instruments: list[str]
    envelope: Money
    per_producer_cap: Money


class ConsortiumReader(Reader):
    """The consortium of the registry's facts."""

    id: str
    name: str
    cci: str
    independent_accounting: bool


class UbigeoReader(Reader):
    """A place with the scheme of its code; INEI's and RENIEC's differ."""

    scheme: str
    code: str


class AnchorFirmReader(Reader):
    """The anchor firm of the registry's facts."""

    id: str
    ruc: str
    legal_name: str
    ruc_state: str
    ruc_condition: str
    exporting: bool
    ubigeo: UbigeoReader | None = None


class PpaReader(Reader):
    """The producer's period in the PPA."""

    valid_from: date
    valid_to: date | None


class ParcelReader(Reader):
    """A parcel of a member."""

    code: str
    area_ha: Hectares
    crop: str
    tenure: str
    title: land.TitleReader | None = None
    boundary: land.BoundaryReader | None = None
    also_claimed_by: list[splitting.Claim] = []


class ContractReader(Reader):
    """The supply contract of a member."""

    product: str
    annual_volume_kg: int
    price_formula: str


class OtherConsortiumReader(Reader):
    """Another consortium of a member."""

    consortium_id: str
    name: str
    joined_first: bool


class MemberReader(Reader):
    """A member of the registry's facts."""

    producer_id: str
    dni: str
    full_name: str
    sex: Literal["F", "M", "X"]
    born_on: date
    alive: bool
    cci: str
    ppa: PpaReader | None
    parcels: list[ParcelReader]
    total_area_ha: Hectares
    contract: ContractReader | None
    other_consortia: list[OtherConsortiumReader]
    household: str | None = None


class RegistryReader(Reader):
    """The registry's facts of a consortium."""

    consortium: ConsortiumReader
    anchor_firm: AnchorFirmReader
    members: list[MemberReader]
    split_siblings: list[land.SiblingReader] = []
    profile: ProfileReader | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who said what, where and when; the hash stands for the body that was read."""

    source: str
    path: str
    sha256: str
    fetched_at: datetime

    def document(self) -> dict[str, Any]:
        """The evidence as the JSON that is stored."""
        return {
            "source": self.source,
            "path": self.path,
            "sha256": self.sha256,
            "fetched_at": instant_text(self.fetched_at),
        }


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """An application as it was read, with its evidence."""

    body: ApplicationReader
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Dossier:
    """The question for the policy, the evidence of each fact in it, and the registry's facts."""

    question: inputs.PolicyInput
    evidence: Sequence[Evidence]
    registry: RegistryReader


class Facts(Protocol):
    """Whoever knows the facts: the rooms today, public registers too one day."""

    async def application(self, application_id: str) -> ApplicationFacts:
        """The application; raises Missing when there is none."""

    async def dossier(self, application: ApplicationFacts, *, as_of: date) -> Dossier:
        """All that the policy must know of it; raises Unavailable when a source cannot say."""


Read = TypeVar("Read", bound=Reader)


class RoomFacts:
    """Facts from the rooms `applications` and `registry`, over their public HTTP interface."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours

    async def application(self, application_id: str) -> ApplicationFacts:
        """The application; raises Missing when there is none."""
        path = f"/v1/applications/{application_id}"
        body, evidence = await self._read("applications", path, ApplicationReader)
        return ApplicationFacts(body, evidence)

    async def dossier(self, application: ApplicationFacts, *, as_of: date) -> Dossier:
        """The application's call and its consortium's facts, put together for the policy."""
        body = application.body
        call, of_call = await self._referred(
            "applications", f"/v1/calls/{body.call_id}", CallReader
        )
        facts, of_facts = await self._referred(
            "registry", f"/v1/consortia/{body.consortium_id}/facts", RegistryReader
        )
        try:
            question = question_of(body, call, facts, as_of=as_of)
        except ValidationError as error:
            raise _unreadable("applications/registry", error) from error
        return Dossier(question, (application.evidence, of_call, of_facts), facts)

    async def _read(self, room: str, path: str, reader: type[Read]) -> tuple[Read, Evidence]:
        body = await self._neighbours.read(room, path)
        evidence = Evidence(room, path, policy.sha256_of(body), clock.now())
        try:
            return reader.model_validate(body), evidence
        except ValidationError as error:
            raise _unreadable(room, error) from error

    async def _referred(self, room: str, path: str, reader: type[Read]) -> tuple[Read, Evidence]:
        """Like `_read` for what the application refers to: that it is not there is no answer."""
        try:
            return await self._read(room, path, reader)
        except Missing as error:
            raise Unavailable(
                "eligibility.facts_missing",
                f"El servicio {room} no encuentra {path}; la evaluación queda pendiente.",
                retry_after_s=30,
            ) from error


def question_of(
    application: ApplicationReader, call: CallReader, facts: RegistryReader, *, as_of: date
) -> inputs.PolicyInput:
    """The policy's input from what the rooms said; amounts in céntimos, areas in square metres."""
    lines = [_line(line) for line in application.plan.budget_lines]
    first = application.first_submitted_at
    return inputs.PolicyInput(
        as_of=as_of,
        application=inputs.Application(
            id=application.id,
            submitted_on=as_of if first is None else clock.lima_date(first),
            plan=inputs.Plan(
                budget_lines=lines,
                tranches=[_tranche(tranche) for tranche in application.plan.tranches],
            ),
            requested=inputs.Requested(
                agroideas_centimos=sum(line.agroideas_centimos for line in lines),
                agrobanco_centimos=sum(line.agrobanco_centimos for line in lines),
            ),
        ),
        call=inputs.Call(
            id=call.id,
            opens_on=call.opens_on,
            closes_on=call.closes_on,
            instruments=call.instruments,
            envelope_centimos=call.envelope.centimos,
            per_producer_cap_centimos=call.per_producer_cap.centimos,
        ),
        facts=inputs.GatheredFacts(
            consortium=inputs.Consortium(**facts.consortium.model_dump(exclude={"cci"})),
            anchor_firm=_anchor_firm(facts.anchor_firm),
            members=[_member(member) for member in facts.members],
            **land.parts_of(facts.members, facts.split_siblings),
        ),
    )


def _anchor_firm(firm: AnchorFirmReader) -> inputs.AnchorFirm:
    """The firm with the INEI code of its address; a code of another scheme would mislead."""
    place = firm.ubigeo
    ubigeo = place.code if place is not None and place.scheme == "INEI" else None
    return inputs.AnchorFirm(**firm.model_dump(exclude={"ubigeo"}), ubigeo=ubigeo)


def _line(line: LineReader) -> inputs.BudgetLine:
    return inputs.BudgetLine(
        line_no=line.line_no,
        item=line.item,
        description=line.description,
        total_centimos=line.total.centimos,
        agroideas_centimos=line.agroideas.centimos,
        agrobanco_centimos=line.agrobanco.centimos,
        own_centimos=line.own.centimos,
    )


def _tranche(tranche: TrancheReader) -> inputs.Tranche:
    return inputs.Tranche(
        sequence=tranche.sequence,
        channel=tranche.channel,
        amount_centimos=tranche.amount.centimos,
        milestone=tranche.milestone,
    )


def _member(member: MemberReader) -> inputs.Member:
    plain = member.model_dump(exclude={"parcels", "total_area_ha", "household"})
    parcels = [
        inputs.Parcel(
            code=parcel.code,
            area_m2=square_metres(parcel.area_ha),
            crop=parcel.crop,
            tenure=parcel.tenure,
        )
        for parcel in member.parcels
    ]
    return inputs.Member(
        **plain, parcels=parcels, total_area_m2=square_metres(member.total_area_ha)
    )


def _unreadable(source: str, error: ValidationError) -> Unavailable:
    first = error.errors(include_input=False, include_url=False)[0]
    place = "/".join(str(part) for part in first["loc"])
    return Unavailable(
        "eligibility.facts_unreadable",
        f"El servicio {source} respondió algo que no se puede leer ({place}: {first['type']});"
        " la evaluación queda pendiente.",
        retry_after_s=30,
    )
