"""Bodies of loans."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from services.disbursement import interest
from services.disbursement.lending.queries import LoanView, PartView
from services.kernel.schemas import Body, Day, Dni, Line, Money, example, identifier
from services.kernel.values import to_amount

LoanState = Literal["drawn_up", "open", "repaid"]
PayerKind = Literal["producer", "anchor_firm", "other", "untold"]
Bucket = Annotated[str, Field(examples=["31-60"])]


class LoanOut(Body):
    """One producer's loan on a day: what was lent, what is owed, and since when it is past due."""

    id: Annotated[str, identifier("loa")]
    agreement_id: Annotated[str, identifier("agr")]
    call_id: Annotated[str, identifier("cal")]
    consortium_id: Annotated[str, identifier("con")]
    reference: Annotated[str, Field(examples=["01k9x0000000000000000000aa"])]
    document: Annotated[Dni, Field(examples=["45678912"])]
    name: Line
    state: LoanState
    on: date
    lent: Money
    principal: Money
    interest: Money
    owed: Money
    due_on: date | None
    days_past_due: int
    bucket: Bucket

    @classmethod
    def of(cls, view: LoanView) -> Self:
        """From céntimos."""
        principal, grown = view.owed
        row = view.loan
        return cls(
            **row.model_dump(exclude={"opened_at", "ended_at"}),
            state=view.state,
            on=view.on,
            lent=Money.of(view.lent),
            principal=Money.of(principal),
            interest=Money.of(grown),
            owed=Money.of(principal + grown),
            due_on=view.due_on,
            days_past_due=view.days_past_due,
            bucket=view.bucket,
        )


class LoanTermsOut(Body):
    """The terms that the agreement fixed: effective annual rate in percent, year in days."""

    tea_percent: Annotated[str, Field(examples=["3.50"])]
    day_base: int
    term_months: int
    parts_max: int
    level: Money
    producer_cap: Money
    collection: Literal["at_harvest"]
    harvest_on: date | None
    payer_at_source_ruc: str | None


class LoanWhole(LoanOut):
    """A loan with its terms."""

    terms: LoanTermsOut

    @classmethod
    def of(cls, view: LoanView) -> Self:
        """From céntimos."""
        terms = view.terms
        return cls(
            **LoanOut.of(view).model_dump(),
            terms=LoanTermsOut(
                tea_percent=to_amount(terms.tea_basis_points),
                day_base=terms.day_base,
                term_months=terms.term_months,
                parts_max=terms.parts_max,
                level=Money.of(view.level),
                producer_cap=Money.of(terms.producer_cap_centimos),
                collection=terms.collection,
                harvest_on=terms.harvest_on,
                payer_at_source_ruc=terms.payer_ruc,
            ),
        )


class InstalmentOut(Body):
    """What falls due of one disbursed part: as agreed, and as it will be if nothing more is paid
    before its day (or before the day asked about, once that has passed)."""

    number: int
    tranche_id: Annotated[str, identifier("tra")]
    lent_on: date
    due_on: date
    principal: Money
    interest: Money
    left_principal: Money
    left_interest: Money

    @classmethod
    def of(cls, number: int, one: PartView, view: LoanView, due_on: date) -> Self:
        """From céntimos."""
        until = max(due_on, view.on)
        left = one.part.interest_centimos + interest.accrued(one.part, until, view.rate)
        agreed = interest.interest(one.lent_centimos, (due_on - one.lent_on).days, view.rate)
        return cls(
            number=number,
            tranche_id=one.part.tranche_id,
            lent_on=one.lent_on,
            due_on=due_on,
            principal=Money.of(one.lent_centimos),
            interest=Money.of(agreed),
            left_principal=Money.of(one.part.principal_centimos),
            left_interest=Money.of(left),
        )


class ScheduleOut(Body):
    """A loan's instalments, one for each disbursed part, and what is to be paid in all."""

    loan_id: Annotated[str, identifier("loa")]
    on: date
    instalments: list[InstalmentOut]
    total: Money
    left: Money

    @classmethod
    def of(cls, view: LoanView) -> Self:
        """From céntimos."""
        due_on = view.due_on
        rows = [
            InstalmentOut.of(number, one, view, due_on)
            for number, one in enumerate(view.parts, start=1)
            if due_on is not None
        ]
        total = sum(row.principal.centimos + row.interest.centimos for row in rows)
        left = sum(row.left_principal.centimos + row.left_interest.centimos for row in rows)
        return cls(
            loan_id=view.loan.id,
            on=view.on,
            instalments=rows,
            total=Money.of(total),
            left=Money.of(left),
        )


class MovementOut(Body):
    """What moved a loan: a disbursement, its return, or a repayment with what it paid. `day` is
    when it counts, `told_on` the day of the statement or of the record."""

    id: Annotated[str, Field(examples=["rpy_01k9x0000000000000000000aa"])]
    kind: Literal["disbursement", "return", "repayment"]
    day: date
    told_on: date
    amount: Money
    interest: Money
    principal: Money
    overpaid: Money
    payer_kind: PayerKind | None
    line_id: str | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """From the query's row."""
        return cls(
            id=row.id,
            kind=row.kind,
            day=row.day,
            told_on=row.told_on,
            amount=Money.of(row.amount),
            interest=Money.of(int(row.interest)),
            principal=Money.of(int(row.principal)),
            overpaid=Money.of(row.overpaid),
            payer_kind=row.payer_kind,
            line_id=row.line_id,
        )


class HarvestIn(Body):
    """The day of the harvest, from which on the agreement's loans are due."""

    model_config = example({"harvest_on": "2027-04-15"})

    harvest_on: Day


class HarvestOut(Body):
    """What was told of the harvest."""

    agreement_id: Annotated[str, identifier("agr")]
    harvest_on: date
    told_by: Annotated[str, Field(examples=["operador-1"])]
