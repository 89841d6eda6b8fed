"""The one question to the policy `fund.eligibility`: its input, its answer, and what does not count
as one.

The JSON Schemas of these models are the contract with the policy. Money is whole céntimos, areas
are whole square metres, the only time is `as_of`.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from services.kernel.errors import Unavailable
from services.kernel.opa import Opa

PACKAGE: Final = "fund.eligibility"

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Centimos = Annotated[int, Field(strict=True, ge=0)]
SquareMetres = Annotated[int, Field(strict=True, ge=0)]
Flag = Annotated[bool, Field(strict=True)]
Points = Annotated[int, Field(strict=True, ge=0)]


class InputPart(BaseModel):
    """A part of the policy's input: exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BudgetLine(InputPart):
    """A line of the plan's budget and who pays which part of it."""

    line_no: Annotated[int, Field(strict=True)]
    item: Text
    description: Text
    total_centimos: Centimos
    agroideas_centimos: Centimos
    agrobanco_centimos: Centimos
    own_centimos: Centimos


class Tranche(InputPart):
    """A planned disbursement (desembolso) and the milestone (hito) that it waits for."""

    sequence: Annotated[int, Field(strict=True)]
    channel: Text
    amount_centimos: Centimos
    milestone: Text


class Plan(InputPart):
    """The parts of the business plan that rules read."""

    budget_lines: list[BudgetLine]
    tranches: list[Tranche]


class Requested(InputPart):
    """What the plan asks for, by programme."""

    agroideas_centimos: Centimos
    agrobanco_centimos: Centimos


class Application(InputPart):
    """The application (solicitud)."""

    id: Text
    submitted_on: date
    plan: Plan
    requested: Requested


class Call(InputPart):
    """The call (convocatoria) that the application answers."""

    id: Text
    opens_on: date
    closes_on: date
    instruments: list[Text]
    envelope_centimos: Centimos
    per_producer_cap_centimos: Centimos


class Consortium(InputPart):
    """The consortium (consorcio)."""

    id: Text
    name: Text
    independent_accounting: Flag


class AnchorFirm(InputPart):
    """The anchor firm (empresa tractora)."""

    id: Text
    ruc: Text
    legal_name: Text
    ruc_state: Text
    ruc_condition: Text
    exporting: Flag


class Ppa(InputPart):
    """The period [valid_from, valid_to) for which the producer stands in the PPA."""

    valid_from: date
    valid_to: date | None


class Parcel(InputPart):
    """A parcel (predio)."""

    code: Text
    area_m2: SquareMetres
    crop: Text
    tenure: Text


class Contract(InputPart):
    """What the anchor firm undertook to buy from the producer."""

    product: Text
    annual_volume_kg: Annotated[int, Field(strict=True, ge=0)]
    price_formula: Text


class OtherConsortium(InputPart):
    """Another consortium of which the producer is a member, and whether it was there first."""

    consortium_id: Text
    name: Text
    joined_first: bool


class Member(InputPart):
    """A producer of the consortium."""

    producer_id: Text
    dni: Text
    full_name: Text
    sex: Literal["F", "M", "X"]
    born_on: date
    alive: Flag
    cci: Text
    ppa: Ppa | None
    parcels: list[Parcel]
    total_area_m2: SquareMetres
    contract: Contract | None
    other_consortia: list[OtherConsortium]


class TaxpayerOnRecord(InputPart):
    """SUNAT's word on a RUC; with `found` false the rest is null."""

    ruc: Text
    found: Flag
    legal_name: Text | None = None
    state: Text | None = None
    condition: Text | None = None
    registered_on: date | None = None
    exporting: Flag | None = None
    coercive_debt_centimos: Centimos | None = None


class PersonOnRecord(InputPart):
    """RENIEC's word on a DNI."""

    dni: Text
    found: Flag
    full_name: Text | None = None
    alive: Flag | None = None


class EnrolmentOnRecord(InputPart):
    """The PPA's word on a DNI: the period [valid_from, valid_to) and the area of the parcels."""

    dni: Text
    found: Flag
    valid_from: date | None = None
    valid_to: date | None = None
    total_area_m2: SquareMetres | None = None


class DirectorOnRecord(InputPart):
    """A director of a legal person and the term [term_from, term_to)."""

    dni: Text
    full_name: Text
    term_from: date
    term_to: date | None


class LegalPersonOnRecord(InputPart):
    """SUNARP's word on a RUC."""

    ruc: Text
    found: Flag
    registered_on: date | None = None
    directors: list[DirectorOnRecord] = []


class CreditOnRecord(InputPart):
    """The credit bureau's word on a DNI; nobody's record means no credit history."""

    dni: Text
    found: Flag
    classification: Text | None = None
    overdue_centimos: Centimos | None = None


class Registers(InputPart):
    """What public registers said; each was asked about everybody whom its rules judge."""

    sunat: TaxpayerOnRecord
    sunarp: LegalPersonOnRecord
    reniec: list[PersonOnRecord]
    ppa: list[EnrolmentOnRecord]
    credit: list[CreditOnRecord]


class GatheredFacts(InputPart):
    """What registers hold of the applicant; `registers` is null only where none is asked, and
    the decision then says so (REG-000)."""

    consortium: Consortium
    anchor_firm: AnchorFirm
    members: list[Member]
    registers: Registers | None = None


class PolicyInput(InputPart):
    """The whole question."""

    as_of: date
    application: Application
    call: Call
    facts: GatheredFacts

    def document(self) -> dict[str, Any]:
        """The question as the JSON that is sent and stored."""
        return self.model_dump(mode="json")


class AnswerPart(BaseModel):
    """A part of the policy's answer: these fields at least, in these types."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class Subject(AnswerPart):
    """What a finding is about."""

    type: str
    id: str | int | None
    label: str


class Parameter(AnswerPart):
    """A parameter in force on the day of the assessment."""

    key: str
    value: JsonValue
    unit: str


class Fact(AnswerPart):
    """The fact that broke the rule; its fields are the rule's own."""


class Finding(AnswerPart):
    """What a rule found: which fact broke it, under which norm, and what would cure it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}-[0-9]{3}$")]
    severity: Literal["blocking", "signal", "info"]
    rule: str
    subject: Subject
    norm: str
    source: str
    message_es: str
    message_en: str
    cure_es: str
    cure_en: str
    fact: Fact
    parameter: Parameter | None


class Criterion(AnswerPart):
    """The points of one criterion."""

    points: Points


class Score(AnswerPart):
    """Points that order applications for people; they refuse nobody."""

    total: Points
    by_criterion: dict[str, Criterion]


class PolicyDecision(BaseModel):
    """The whole answer. It must agree with itself: eligible means no blocking finding, and a
    refusal has at least one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    eligible: bool
    outcome: Literal["eligible", "ineligible"]
    findings: list[Finding]
    limits: dict[str, JsonValue]
    score: Score
    parameters_used: list[Parameter]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        blocked = any(finding.severity == "blocking" for finding in self.findings)
        if self.eligible is blocked:
            raise ValueError("eligible and the blocking findings contradict each other")
        if self.eligible is not (self.outcome == "eligible"):
            raise ValueError("eligible and the outcome contradict each other")
        return self


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer, the document as OPA gave it, and the bundle revision that gave it."""

    decision: PolicyDecision
    document: dict[str, Any]
    revision: str


async def ask(opa: Opa, question: dict[str, Any]) -> Answer:
    """Ask the policy. Raises policy.unavailable when the answer is not whole or contradicts
    itself: that is neither yes nor no, and the application waits."""
    given = await opa.ask(PACKAGE, question)
    try:
        decision = PolicyDecision.model_validate(given.result)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"]) or "result"
        raise Unavailable(
            "policy.unavailable",
            f"Las reglas de elegibilidad dieron una respuesta mal formada ({place}:"
            f" {first['type']}); no se evaluó nada. Avise a la secretaría técnica.",
            retry_after_s=30,
        ) from error
    return Answer(decision=decision, document=given.result, revision=given.revision)


def canonical(document: Any) -> bytes:
    """The one text of a JSON document, over which its hash is taken (RFC 8785 for integers that
    fit a double; larger ones are written in full)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha256_of(document: Any) -> str:
    """The hash of a document's canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()


def policy_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of question and answer, by the name of their contract file."""
    return {
        "fund.eligibility.input": PolicyInput.model_json_schema(mode="serialization"),
        "fund.eligibility.decision": PolicyDecision.model_json_schema(mode="validation"),
    }
