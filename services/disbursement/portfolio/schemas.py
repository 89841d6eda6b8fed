"""Bodies of the portfolio."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from services.disbursement import ledger
from services.disbursement.portfolio.credit import Standing
from services.disbursement.portfolio.queries import Group, Stay
from services.kernel.schemas import Body, Money, SignedMoney

GroupBy = Literal["agreement", "call", "region", "crop", "channel"]
Days = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["3.50"])]


class PortfolioMoney(Body):
    """Where the money is. `paid` is all that was paid, of which `accounted` and `recovered`."""

    committed: SignedMoney
    in_transit: SignedMoney
    paid: SignedMoney
    accounted: SignedMoney
    recovered: SignedMoney

    @classmethod
    def of(cls, centimos: Mapping[str, int]) -> Self:
        """From céntimos by kind of account."""

        def sum_of(*kinds: str) -> SignedMoney:
            return SignedMoney.of(sum(centimos.get(kind, 0) for kind in kinds))

        return cls(
            committed=sum_of("committed"),
            in_transit=sum_of("in_transit"),
            paid=sum_of(*ledger.PAID_OUT),
            accounted=sum_of("accounted"),
            recovered=sum_of("recoveries"),
        )


class StayOut(Body):
    """How long tranches are in a state, in days: the stays so far, the present ones until now."""

    state: Annotated[str, Field(examples=["requested"])]
    stays: int
    median_days: Days
    longest_days: Days

    @classmethod
    def of(cls, stay: Stay) -> Self:
        """From the query's row."""
        return cls(
            state=stay.state,
            stays=stay.stays,
            median_days=stay.median_days,
            longest_days=stay.longest_days,
        )


class PortfolioGroup(Body):
    """One group; `name` is null for what has none."""

    name: Annotated[str, Field(examples=["INEI-12"])] | None
    money: PortfolioMoney
    days: list[StayOut]

    @classmethod
    def of(cls, group: Group) -> Self:
        """From the query's group."""
        return cls(
            name=group.name,
            money=PortfolioMoney.of(group.centimos),
            days=[StayOut.of(stay) for stay in group.stays],
        )


class PortfolioOut(Body):
    """The groups and their sum, which is the trial balance's."""

    group_by: GroupBy
    groups: list[PortfolioGroup]
    total: PortfolioMoney

    @classmethod
    def of(cls, group_by: GroupBy, groups: Iterable[Group]) -> Self:
        """From the query's groups."""
        listed, total = list(groups), dict[str, int]()
        for group in listed:
            for kind, centimos in group.centimos.items():
                total[kind] = total.get(kind, 0) + centimos
        return cls(
            group_by=group_by,
            groups=[PortfolioGroup.of(group) for group in listed],
            total=PortfolioMoney.of(total),
        )


class ArrearsOut(Body):
    """The outstanding principal of loans that are past due for so many days."""

    bucket: Annotated[str, Field(examples=["1-30"])]
    loans: int
    outstanding: Money


class LoanGroup(Body):
    """A group's loans on the day: principal lent, repaid and outstanding, and what is past due."""

    name: Annotated[str, Field(examples=["INEI-12"])] | None
    loans: int
    paid_off: int
    lent: Money
    repaid: Money
    interest_paid: Money
    outstanding: Money
    overdue: Money
    arrears: list[ArrearsOut]

    @classmethod
    def of(cls, one: Standing) -> Self:
        """From céntimos."""
        return cls(
            name=one.name,
            loans=one.loans,
            paid_off=one.paid_off,
            lent=Money.of(one.lent),
            repaid=Money.of(one.repaid),
            interest_paid=Money.of(one.interest_paid),
            outstanding=Money.of(one.outstanding),
            overdue=Money.of(sum(centimos for _, centimos in one.spans.values())),
            arrears=[
                ArrearsOut(bucket=name, loans=loans, outstanding=Money.of(centimos))
                for name, (loans, centimos) in one.spans.items()
            ],
        )


class LoanPortfolioOut(Body):
    """The loans of every group as they stood on a day."""

    group_by: GroupBy
    on: date
    groups: list[LoanGroup]
