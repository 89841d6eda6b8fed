"""What we read of the neighbours' bodies for a dossier; whatever else they say is not ours."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from services.kernel.schemas import Money, Sha256, SignedMoney

LARGEST: Final = 2**53 - 1
"""The largest whole number that RFC 8785 writes."""


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


class OtherConsortiumReader(Reader):
    """Another consortium in which a member sits too."""

    consortium_id: str
    name: str


class MemberReader(Reader):
    """A member: who, for the members of the board to know of their own ties, and no more."""

    dni: str
    full_name: str
    sex: str
    other_consortia: list[OtherConsortiumReader] = []


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


class AddendumReader(Reader):
    """An amendment of an agreement: what it proposes, and the hash of that."""

    id: str
    agreement_id: str
    application_id: str
    number: int
    reason: str
    drafted_by: str
    approver: str | None
    due_on: date
    changes: dict[str, JsonValue]
    proposal: dict[str, JsonValue]
    proposal_sha256: Sha256


class KinReader(Reader):
    """Another consortium of the same anchor firm."""

    id: str
    name: str


def plain(value: Any) -> Any:
    """A neighbour's value with every number that RFC 8785 does not write exactly as text."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > LARGEST):
        return str(value)
    return value
