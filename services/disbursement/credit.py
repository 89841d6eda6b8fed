"""The terms of an agreement's credit: asked of the policy of the day, and fixed with it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError

from services.disbursement import decisions
from services.disbursement.interest import Rate
from services.disbursement.models import Agreement, LoanTerms
from services.kernel.clock import lima_date
from services.kernel.errors import Invalid, Unavailable
from services.kernel.opa import Opa
from services.kernel.values import to_amount
from services.kernel.work import Work

PACKAGE = "fund.disbursement.agrobanco"


class _Terms(BaseModel):
    """What the policy says; an order of allocation that the code does not follow is refused."""

    model_config = ConfigDict(frozen=True)

    tea_basis_points: NonNegativeInt
    day_base: Literal[360, 365]
    term_months: PositiveInt
    parts_max: PositiveInt
    levels_centimos: Annotated[list[PositiveInt], Field(min_length=1)]
    producer_cap_centimos: PositiveInt
    collection: Literal["at_harvest"]
    allocation: tuple[Literal["interest"], Literal["principal"]]
    at_source: bool
    arrears_buckets: list[PositiveInt]


async def fix_terms(
    work: Work, agreement: Agreement, *, opa: Opa, parts: int, payer_ruc: str | None
) -> LoanTerms:
    """Ask which terms hold today for a credit in so many parts, one loan a producer, and write
    them down with the decision; the anchor firm that pays at source is named where they say so.

    Raises disbursement.credit_refused with the findings, and policy.unavailable when a term has no
    value.
    """
    question = {"as_of": lima_date(work.now).isoformat(), "borrower": "producer", "parts": parts}
    answer = await opa.ask(PACKAGE, question)
    if answer.result.get("allow") is not True and answer.result.get("findings"):
        raise Invalid(
            "disbursement.credit_refused",
            "Las reglas del crédito no lo permiten; vea errors.",
            errors=decisions.errors_of(answer.result["findings"]),
        )
    terms = _read(answer.result)
    decision = await decisions.keep(
        work, package=PACKAGE, subject=agreement.id, question=question, answer=answer
    )
    row = LoanTerms(
        agreement_id=agreement.id,
        payer_ruc=payer_ruc if terms.at_source else None,
        decision_id=decision.id,
        **terms.model_dump(exclude={"allocation"}),
    )
    work.session.add(row)
    await work.session.flush()
    work.record("loan_terms.fix", agreement.id, {"tea": terms.tea_basis_points})
    return row


def _read(result: Mapping[str, Any]) -> _Terms:
    try:
        if result.get("allow") is not True:
            raise ValueError("not allowed")
        return _Terms.model_validate(result.get("terms"))
    except (ValidationError, ValueError) as error:
        raise Unavailable(
            "policy.unavailable",
            "El motor de reglas no dio las condiciones del crédito; no se hizo ningún cambio.",
            retry_after_s=2,
        ) from error


def rate_of(terms: LoanTerms) -> Rate:
    """The rate that the loans of these terms bear."""
    return Rate(terms.tea_basis_points, terms.day_base)


def told(terms: LoanTerms) -> dict[str, Any]:
    """The terms as the agreement's document states them."""
    return {
        "lender": "Agrobanco",
        "mandate": "Ley 29064 art. 11.d",
        "borrower": "producer",
        "tea_percent": to_amount(terms.tea_basis_points),
        "day_base": terms.day_base,
        "term_months": terms.term_months,
        "parts_max": terms.parts_max,
        "levels": [to_amount(level) for level in terms.levels_centimos],
        "producer_cap": to_amount(terms.producer_cap_centimos),
        "collection": terms.collection,
        "allocation": ["interest", "principal"],
        "payer_at_source_ruc": terms.payer_ruc,
    }
