"""The one question to the policy `fund.eligibility`: its input, its answer, and what does not count
as one.

The JSON Schemas of these models are the contract with the policy. Money is whole céntimos, areas
are whole square metres, the only time is `as_of`.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Sequence
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

from services.eligibility import splitting
from services.eligibility.signals import Likeness, Review
from services.kernel.errors import Unavailable
from services.kernel.opa import Opa

PACKAGE: Final = "fund.eligibility"
BATCH_PACKAGE: Final = "fund.eligibility.batch"
ASKED_TOGETHER: Final = 20
"""Questions in one call: enough to save round trips, few enough to answer within the time limit."""

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
    ubigeo: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


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
    other_loans: Annotated[int, Field(strict=True, ge=0)] | None = None
    annual_income_centimos: Centimos | None = None


class EarlierAgreement(InputPart):
    """An agreement (convenio) that the organisation had before."""

    agreement_id: Text
    channel: Text


class Concentration(InputPart):
    """What other applications of the call hold, of the same anchor firm, region or crop."""

    by_anchor_centimos: Centimos | None = None
    by_region_centimos: Centimos | None = None
    by_crop_centimos: Centimos | None = None


class GatheredFacts(InputPart):
    """What registers hold of the applicant; None where no source was asked."""

    consortium: Consortium
    anchor_firm: AnchorFirm
    members: list[Member]
    history: list[EarlierAgreement] | None = None
    concentration: Concentration | None = None
    parcel_groups: list[splitting.ParcelGroup] = []
    shared_parcels: list[splitting.SharedParcel] = []
    family_units: list[splitting.FamilyUnit] = []
    likeness: Likeness | None = None


class PolicyInput(InputPart):
    """The whole question."""

    as_of: date
    application: Application
    call: Call
    facts: GatheredFacts

    def resembling(self, likeness: Likeness) -> Self:
        """The same question with what is known of likenesses to other consortia."""
        facts = self.facts.model_copy(update={"likeness": likeness})
        return self.model_copy(update={"facts": facts})

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


class TaxMembers(AnswerPart):
    """Members by what the tax law would say of them."""

    n_yes: Points
    n_no: Points
    n_unknown: Points


class TaxEligible(AnswerPart):
    """The tax law's predicate (Ley 32434 art. 3.b)."""

    members: TaxMembers


class Predicates(AnswerPart):
    """The fund's predicate and the tax law's, side by side and never mixed."""

    fund_eligible: bool
    tax_eligible: TaxEligible


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
    predicates: Predicates | None = None
    review: Review = Review()

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
    return _checked(given.result, given.revision)


async def ask_many(opa: Opa, questions: Sequence[dict[str, Any]]) -> list[Answer | Unavailable]:
    """Ask many questions, a few calls side by side; each answer in the place of its question, or
    why that one was not answered. One that is not answered holds back no other."""
    parts = list(batched(questions, ASKED_TOGETHER))
    answers = await asyncio.gather(*(_ask_part(opa, part) for part in parts))
    return [answer for part in answers for answer in part]


async def _ask_part(opa: Opa, questions: Sequence[dict[str, Any]]) -> list[Answer | Unavailable]:
    try:
        given = await opa.ask(BATCH_PACKAGE, {"questions": list(questions)})
    except Unavailable as error:
        return [error for _ in questions]
    by_place = given.result.get("decisions")
    decisions = by_place if isinstance(by_place, dict) else {}
    answers: list[Answer | Unavailable] = []
    for place in range(len(questions)):
        try:
            answers.append(_checked(decisions.get(str(place)), given.revision))
        except Unavailable as error:
            answers.append(error)
    return answers


def _checked(result: Any, revision: str) -> Answer:
    try:
        decision = PolicyDecision.model_validate(result)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"]) or "result"
        raise Unavailable(
            "policy.unavailable",
            f"Las reglas de elegibilidad dieron una respuesta mal formada ({place}:"
            f" {first['type']}); no se evaluó nada. Avise a la secretaría técnica.",
            retry_after_s=30,
        ) from error
    return Answer(decision=decision, document=result, revision=revision)


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


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
