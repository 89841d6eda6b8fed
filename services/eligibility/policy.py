"""Asking the policy `fund.eligibility` (its input: `inputs`): its answer, and what does not count
as one.

The JSON Schemas of input and answer are the contract with the policy.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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

from services.eligibility import inputs
from services.eligibility.signals import Review
from services.kernel.errors import Unavailable
from services.kernel.opa import Opa

PACKAGE: Final = "fund.eligibility"
BATCH_PACKAGE: Final = "fund.eligibility.batch"
ASKED_TOGETHER: Final = 20
"""Questions in one call: enough to share what they have in common, few enough to go on with the
facts of the next ones meanwhile."""
TOGETHER_LIMIT_S: Final = 5.0
"""For one call of many; a question takes a hundredth of that on a machine with other work."""

Points = Annotated[int, Field(strict=True, ge=0)]


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


async def ask_together(opa: Opa, questions: Sequence[dict[str, Any]]) -> list[Answer | Unavailable]:
    """Ask up to ASKED_TOGETHER questions in one call; each answer in the place of its question, or
    why that one was not answered. One that is not answered holds back no other."""
    try:
        given = await opa.ask(
            BATCH_PACKAGE, {"questions": list(questions)}, limit_s=TOGETHER_LIMIT_S
        )
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
    return sha256_of_text(canonical(document))


def sha256_of_text(text: bytes) -> str:
    """The hash of a canonical text, in hexadecimal."""
    return hashlib.sha256(text).hexdigest()


def policy_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of question and answer, by the name of their contract file."""
    return {
        "fund.eligibility.input": inputs.PolicyInput.model_json_schema(mode="serialization"),
        "fund.eligibility.decision": PolicyDecision.model_json_schema(mode="validation"),
    }
