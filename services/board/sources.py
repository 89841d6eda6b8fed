"""What the board asks its neighbours for a dossier: each body read narrowly, all or nothing.

A neighbour that is down, or says what cannot be read, leaves the file uncompiled: the workflow
asks again, and no member decides on half a dossier.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError

from services.kernel.errors import FieldError, Invalid, Missing, Unavailable
from services.kernel.neighbours import Neighbours
from services.kernel.schemas import Money, Sha256, SignedMoney

ASKED_AT_ONCE = 4
FOOTPRINTS_AT_ONCE = 100


class Reader(BaseModel):
    """What we read of a neighbour's body; whatever else it says is not ours."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class LineReader(Reader):
    """A budget line of the plan and who pays which part of it."""

    line_no: int
    item: str
    description: str
    total: Money
    agroideas: Money
    agrobanco: Money
    own: Money


class TrancheReader(Reader):
    """A payment of the plan and its milestone."""

    sequence: int
    channel: str
    amount: Money
    milestone: str


class PlanReader(Reader):
    """The plan that was submitted."""

    title: str
    summary: str
    budget_lines: list[LineReader]
    tranches: list[TrancheReader]


class DocumentReader(Reader):
    """A document of the dossier, with the hash of its file."""

    id: str
    kind: str
    name: str
    sha256: Sha256
    size_bytes: int
    attached_at: AwareDatetime


class EvaluationReader(Reader):
    """The secretariat's evaluation."""

    score: int
    recommendation: str
    reasons: str
    evaluated_by: str
    evaluated_at: AwareDatetime


class ApplicationReader(Reader):
    """The application as its room shows it."""

    id: str
    call_id: str
    consortium_id: str
    round: int
    dossier_sha256: Sha256 | None
    assessment_id: str | None
    evaluation: EvaluationReader | None = None
    documents: list[DocumentReader] = []


class RoundReader(Reader):
    """A plan as it was submitted once."""

    round: int
    plan: PlanReader
    dossier_sha256: Sha256
    submitted_at: AwareDatetime


class RoundsReader(Reader):
    """All submissions, first one first."""

    data: list[RoundReader]


class CallReader(Reader):
    """The call and its money."""

    id: str
    code: str
    title: str
    opens_on: date
    closes_on: date
    envelope: Money
    per_producer_cap: Money


class SubjectReader(Reader):
    """Whom or what a finding is about."""

    type: str
    label: str


class FindingReader(Reader):
    """A finding in words."""

    code: str
    severity: str
    subject: SubjectReader
    norm: str
    message_es: str
    cure_es: str


class AnswerReader(Reader):
    """What the consortium answered to a finding."""

    finding_code: str
    text: str
    answered_at: AwareDatetime


class AssessmentReader(Reader):
    """The assessment of eligibility on which the application went to the board."""

    id: str
    application_id: str
    round: int
    as_of: date
    outcome: str
    findings: list[FindingReader]
    limits: dict[str, JsonValue]
    score: dict[str, JsonValue]
    policy_revision: str
    input_sha256: Sha256
    answers: list[AnswerReader] = []


class ResolutionReader(Reader):
    """What the secretariat wrote of a signal."""

    verdict: str
    reasons: str
    proposed_by: str
    confirmed_by: str | None
    confirmed_at: AwareDatetime | None


class SignalReader(Reader):
    """A signal of a paper organisation, and its resolution."""

    open: bool
    finding: FindingReader
    resolution: ResolutionReader | None


class SignalsReader(Reader):
    """The signals of the assessment as they stand."""

    level: str
    open: int
    signals: list[SignalReader]


class NamedReader(Reader):
    """A firm or person that the consortium names in its profile."""

    ruc: str | None = None
    name: str


class DirectorReader(Reader):
    """A director of the consortium."""

    dni: str
    full_name: str


class ProfileReader(Reader):
    """Who leads, advises and supplies the consortium, as it declares."""

    formed_on: date | None = None
    adviser: NamedReader | None = None
    directors: list[DirectorReader] = []
    suppliers: list[NamedReader] = []


class ConsortiumReader(Reader):
    """The consortium."""

    id: str
    name: str


class AnchorFirmReader(Reader):
    """Its anchor firm (empresa tractora)."""

    id: str
    ruc: str
    legal_name: str
    ruc_state: str
    ruc_condition: str
    exporting: bool


class MemberReader(Reader):
    """A member: who, for the members of the board to know of their own ties, and no more."""

    dni: str
    full_name: str
    sex: str


class FactsReader(Reader):
    """What the registry knows of the consortium."""

    consortium: ConsortiumReader
    anchor_firm: AnchorFirmReader
    members: list[MemberReader]
    profile: ProfileReader | None = None


class LandReader(Reader):
    """Land by region or by crop."""

    name: str
    area_ha: str


class FootprintReader(Reader):
    """Where a consortium's land lies and who buys its harvest."""

    consortium_id: str
    name: str
    anchor_firm_ruc: str
    anchor_firm_name: str
    members: int
    area_ha: str
    regions: list[LandReader]
    crops: list[LandReader]


class FootprintsReader(Reader):
    """The footprints of several consortia."""

    data: list[FootprintReader]


class BudgetReader(Reader):
    """What the call was given."""

    allocated: SignedMoney


class AgreementReader(Reader):
    """An agreement and its money by source."""

    id: str
    application_id: str
    ballot_id: str
    call_id: str
    consortium_id: str
    state: str
    agroideas: Money
    agrobanco: Money
    own: Money
    drafted_at: AwareDatetime


class KinReader(Reader):
    """Another consortium of the same anchor firm."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that was asked for one dossier."""

    application: ApplicationReader
    rounds: Sequence[RoundReader]
    call: CallReader
    assessment: AssessmentReader | None
    signals: SignalsReader | None
    facts: FactsReader
    budget: BudgetReader
    call_agreements: Sequence[AgreementReader]
    footprints: dict[str, FootprintReader]
    kin: Sequence[KinReader]
    kin_agreements: Sequence[AgreementReader]


Read = TypeVar("Read", bound=Reader)


class Asking:
    """GETs on the neighbours, a few at a time, each answer read by its reader."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._places = asyncio.Semaphore(ASKED_AT_ONCE)

    async def one(self, reader: type[Read], room: str, path: str) -> Read:
        """One body. Raises Unavailable when it is not there or cannot be read."""
        async with self._places:
            try:
                return reader.model_validate(await self._neighbours.read(room, path))
            except (Missing, ValidationError) as error:
                raise _incomplete(room) from error

    async def all(self, reader: type[Read], room: str, path: str) -> list[Read]:
        """Every item of a list, page after page."""
        items: list[Read] = []
        cursor: str | None = None
        while True:
            at = f"{path}&limit=200" + (f"&cursor={quote(cursor)}" if cursor else "")
            page = await self.one(_Page, room, at)
            try:
                items += [reader.model_validate(item) for item in page.data]
            except ValidationError as error:
                raise _incomplete(room) from error
            cursor = page.next_cursor
            if cursor is None:
                return items


def _incomplete(room: str) -> Unavailable:
    return Unavailable(
        "board.dossier_incomplete",
        f"El servicio {room} no dio completa una parte del expediente; no se abrió ni cambió"
        " ninguna votación. Vuelva a intentarlo.",
        retry_after_s=5,
    )


class _Page(Reader):
    data: list[dict[str, Any]]
    next_cursor: str | None = None


async def gather(neighbours: Neighbours, application_id: str) -> Sources:
    """Everything a file says that is not the board's own. Raises Unavailable, and
    board.application_unknown when there is no such application."""
    ask = Asking(neighbours)
    application = await _application(neighbours, application_id)
    at = f"/v1/applications/{application_id}"
    rounds, call, facts, budget, of_call = await asyncio.gather(
        ask.one(RoundsReader, "applications", f"{at}/rounds"),
        ask.one(CallReader, "applications", f"/v1/calls/{application.call_id}"),
        ask.one(FactsReader, "registry", f"/v1/consortia/{application.consortium_id}/facts"),
        ask.one(BudgetReader, "disbursement", f"/v1/budgets?call_id={application.call_id}"),
        ask.all(AgreementReader, "disbursement", f"/v1/agreements?call_id={application.call_id}"),
    )
    assessment, signals = await asyncio.gather(
        _assessed(ask, AssessmentReader, application.assessment_id, ""),
        _assessed(ask, SignalsReader, application.assessment_id, "/signals"),
    )
    kin = await ask.all(
        KinReader, "registry", f"/v1/consortia?anchor_firm_id={facts.anchor_firm.id}"
    )
    kin_agreements = await asyncio.gather(
        *(
            ask.all(AgreementReader, "disbursement", f"/v1/agreements?consortium_id={other.id}")
            for other in kin
        )
    )
    owners = {application.consortium_id, *(agreement.consortium_id for agreement in of_call)}
    return Sources(
        application=application,
        rounds=rounds.data,
        call=call,
        assessment=assessment,
        signals=signals,
        facts=facts,
        budget=budget,
        call_agreements=of_call,
        footprints=await _footprints(ask, sorted(owners)),
        kin=kin,
        kin_agreements=[agreement for found in kin_agreements for agreement in found],
    )


async def _application(neighbours: Neighbours, application_id: str) -> ApplicationReader:
    try:
        body = await neighbours.read("applications", f"/v1/applications/{application_id}")
    except Missing as error:
        detail = "No existe una solicitud con ese id; abra la votación de una que exista."
        raise Invalid(
            "board.application_unknown",
            detail,
            errors=[FieldError("/application_id", "board.application_unknown", detail)],
        ) from error
    try:
        return ApplicationReader.model_validate(body)
    except ValidationError as error:
        raise _incomplete("applications") from error


async def _assessed(
    ask: Asking, reader: type[Read], assessment_id: str | None, part: str
) -> Read | None:
    if assessment_id is None:
        return None
    return await ask.one(reader, "eligibility", f"/v1/assessments/{assessment_id}{part}")


async def _footprints(ask: Asking, owners: Sequence[str]) -> dict[str, FootprintReader]:
    asked = [
        "&".join(f"consortium_id={owner}" for owner in owners[start : start + FOOTPRINTS_AT_ONCE])
        for start in range(0, len(owners), FOOTPRINTS_AT_ONCE)
    ]
    answers = await asyncio.gather(
        *(ask.one(FootprintsReader, "registry", f"/v1/footprints?{query}") for query in asked)
    )
    return {found.consortium_id: found for answer in answers for found in answer.data}
