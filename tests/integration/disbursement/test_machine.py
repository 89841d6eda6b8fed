"""The ledger's moves in any order, against a model in plain Python and the real PostgreSQL.

Money is moved by the room's own use cases; after every step the database holds what the model
says, and a refused step leaves both as they were.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlmodel import col

from services.disbursement import (
    endings,
    instructions,
    ledger,
    outcomes,
    payments,
    queries,
    service,
    tranches,
)
from services.disbursement.accountability import reports
from services.disbursement.channels.protocol import Status
from services.disbursement.models import (
    CONSTRAINT_ERRORS,
    Attempt,
    Decision,
    Instruction,
    Tranche,
)
from services.kernel import clock
from services.kernel.db import Database
from services.kernel.errors import FundError
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from services.kernel.values import to_centimos
from services.kernel.work import Work
from tests.factories import disbursement as make
from tests.integration.disbursement.world import SERVICE

PLAN_LINES = ("total", "agroideas", "agrobanco", "own")


@dataclass
class Paid:
    """A tranche of the model."""

    tranche_id: str
    agreement_id: str
    channel: str
    amount: int
    state: str = "planned"
    used: int = 0


@dataclass
class Model:
    """A call's money as the rules of the ledger say."""

    allocated: int = 0
    available: int = 0
    committed: dict[str, int] = field(default_factory=dict)
    in_transit: int = 0
    paid_out: int = 0
    tranches: dict[str, Paid] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)


def plan_of(application: Any) -> Any:
    """The plan in céntimos, as the route hands it over."""
    plan = application["plan"]
    return {
        "budget_lines": [
            {f"{name}_centimos": to_centimos(line[name]["amount"]) for name in PLAN_LINES}
            for line in plan["budget_lines"]
        ],
        "tranches": [
            {**item, "amount_centimos": to_centimos(item["amount"]["amount"])}
            for item in plan["tranches"]
        ],
    }


class Ledger(RuleBasedStateMachine):
    """Budget, agreement, instruct, settle, return, account, repay and close, in any order."""

    database: ClassVar[Database]
    runner: ClassVar[asyncio.Runner]
    opa: ClassVar[Opa]
    signed = Bundle("signed")
    amounts = st.integers(min_value=1, max_value=1_000)

    @initialize(target=signed)
    def begin(self) -> Any:
        self.call_id = new_id("cal")
        self.model = Model()
        self.allocate(3_000)
        return multiple(*self.draft_and_sign(300, 200), *self.draft_and_sign(1, 1_000))

    def use(self, case: Callable[..., Awaitable[Any]], /, **arguments: Any) -> Any:
        async def attempt(session: Any) -> Any:
            return await case(Work(session, SERVICE, clock.now(), "test"), **arguments)

        return self.runner.run(self.database.run(attempt))

    def refused(self, case: Callable[..., Awaitable[Any]], /, **arguments: Any) -> str:
        with pytest.raises(FundError) as refusal:
            self.use(case, **arguments)
        return refusal.value.code

    @rule(amount=amounts)
    def allocate(self, amount: int) -> None:
        self.use(service.allocate, call_id=self.call_id, amount_centimos=amount)
        self.model.allocated += amount
        self.model.available += amount

    @rule(target=signed, grant=amounts, loan=amounts)
    def draft(self, grant: int, loan: int) -> Any:
        return multiple(*self.draft_and_sign(grant, loan))

    def draft_and_sign(self, grant: int, loan: int) -> list[str]:
        application = make.application(grant=(grant,), loan=(loan,), call_id=self.call_id)
        package = make.resolution(application)
        self.use(service.keep_resolution, package=package)
        asked = {
            "application": {**application, "plan": plan_of(application)},
            "ballot_id": package["ballot_id"],
            "opa": self.opa,
        }
        if grant + loan > self.model.available:
            refusal = self.refused(service.draft_agreement, **asked)
            assert refusal == "disbursement.budget_exceeded"
            return []
        agreement = self.use(service.draft_agreement, **asked)
        self.model.available -= grant + loan
        self.model.committed[agreement.id] = grant + loan
        return self.sign(agreement.id)

    def sign(self, agreement_id: str) -> list[str]:
        async def both(work: Work) -> list[tuple[str, str, int]]:
            agreement = await service.locked_agreement(work, agreement_id)
            agreement.fund_signed_by, agreement.consortium_signed_by = "ana", "rosa"
            agreement.state = "active"
            view = await queries.agreement(work.session, agreement_id)
            return [(row.id, row.channel, row.amount_centimos) for row in view.tranches]

        for tranche_id, channel, amount in self.use(both):
            self.model.tranches[tranche_id] = Paid(tranche_id, agreement_id, channel, amount)
        mine = [one for one in self.model.tranches.values() if one.agreement_id == agreement_id]
        return [one.tranche_id for one in mine]

    @rule(tranche_id=signed)
    def instruct(self, tranche_id: str) -> None:
        one = self.model.tranches[tranche_id]
        if one.state not in {"planned", "rejected", "returned"}:
            if one.state == "confirmed":
                assert self.use(payments.begin_sending, tranche_id=tranche_id) is None
            return
        if one.agreement_id in self.model.closed:
            refusal = self.refused(tranches.request_tranche, tranche_id=tranche_id)
            assert refusal == "disbursement.agreement_not_active"
            return
        self.use(tranches.request_tranche, tranche_id=tranche_id)
        self.use(released, tranche_id=tranche_id)
        sending = self.use(payments.begin_sending, tranche_id=tranche_id)
        assert sum(item.amount_centimos for item in sending.batch.payments) == one.amount
        one.state = "instructed"
        self.model.committed[one.agreement_id] -= one.amount
        self.model.in_transit += one.amount

    @rule(tranche_id=signed, outcome=st.sampled_from(["executed", "rejected", "returned"]))
    def word(self, tranche_id: str, outcome: str) -> None:
        """The partner's word, also the second time and against a final state."""
        one = self.model.tranches[tranche_id]
        if outcome == "returned" and one.used:
            return  # the room opens a case before it comes to the ledger
        self.use(told, tranche_id=tranche_id, outcome=outcome)
        if one.state == "instructed":
            self.model.in_transit -= one.amount
            if outcome == "executed":
                one.state, self.model.paid_out = "confirmed", self.model.paid_out + one.amount
            else:
                one.state = outcome
                self._give_back(one)
        elif one.state == "confirmed" and outcome == "returned":
            one.state, self.model.paid_out = "returned", self.model.paid_out - one.amount
            self._give_back(one)

    @rule(tranche_id=signed, outcome=st.sampled_from(["executed", "rejected", "returned"]))
    def pay(self, tranche_id: str, outcome: str) -> None:
        self.instruct(tranche_id)
        self.word(tranche_id, outcome)

    def _give_back(self, one: Paid) -> None:
        if one.agreement_id in self.model.closed:
            self.model.available += one.amount
        else:
            self.model.committed[one.agreement_id] += one.amount

    @rule(tranche_id=signed, amount=amounts)
    def use_up(self, tranche_id: str, amount: int) -> None:
        """Account for a grant or repay a loan."""
        one = self.model.tranches[tranche_id]
        case = accounted if one.channel == "agroideas" else tranches.repay
        asked = {"tranche_id": tranche_id, "amount_centimos": amount}
        if one.state != "confirmed":
            assert self.refused(case, **asked) == "disbursement.not_paid"
        elif one.used + amount > one.amount:
            assert self.refused(case, **asked).endswith("too_much")
        else:
            self.use(case, **asked)
            one.used += amount

    @rule(tranche_id=signed)
    def close(self, tranche_id: str) -> None:
        agreement_id = self.model.tranches[tranche_id].agreement_id
        states = {
            one.state for one in self.model.tranches.values() if one.agreement_id == agreement_id
        }
        if agreement_id in self.model.closed or "instructed" in states:
            self.refused(endings.terminate, agreement_id=agreement_id, reason="No siembra.")
            return
        self.use(endings.terminate, agreement_id=agreement_id, reason="No siembra.")
        self.model.closed.add(agreement_id)
        self.model.available += self.model.committed[agreement_id]
        self.model.committed[agreement_id] = 0

    @invariant()
    def the_database_says_the_same(self) -> None:
        if not hasattr(self, "model"):
            return

        async def look(work: Work) -> tuple[queries.BudgetView, int, dict[str, str]]:
            view = await queries.budget(work.session, self.call_id)
            lines = await queries.trial_balance(work.session, None)
            held = [line.balance for line in lines if line.kind not in ledger.SOURCES]
            assert min([0, *held]) == 0
            found = {
                one: (await work.session.get_one(Tranche, one)).state for one in self.model.tranches
            }
            return view, sum(line.balance for line in lines), found

        view, total, states = self.use(look)
        assert total == 0
        assert (view.allocated, view.available, view.in_transit, view.paid_out) == (
            self.model.allocated,
            self.model.available,
            self.model.in_transit,
            self.model.paid_out,
        )
        assert view.committed == sum(self.model.committed.values())
        assert view.allocated == (view.available + view.committed + view.in_transit + view.paid_out)
        assert states == {one.tranche_id: one.state for one in self.model.tranches.values()}


async def accounted(work: Work, *, tranche_id: str, amount_centimos: int) -> None:
    """So much accounted for, without its report: this is about the ledger."""
    tranche = await tranches.locked_tranche(work, tranche_id)
    reports._demand_paid_grant(tranche)
    await reports._demand_within(work, tranche, amount_centimos)
    await reports.account(work, tranche, amount_centimos, new_id("rep"))


async def released(work: Work, *, tranche_id: str) -> None:
    """Prepared and released, without asking the policy: this is about the ledger."""
    tranche = await tranches.locked_tranche(work, tranche_id)
    instruction_id = new_id("ins")
    decision_id = new_id("dec")
    work.session.add_all(
        [
            Instruction(
                id=instruction_id,
                tranche_id=tranche.id,
                lineage=tranche.lineage,
                item=1,
                reference=f"{instruction_id.removeprefix('ins_')}-{tranche.lineage:02d}",
                channel=tranche.channel,
                beneficiary_name="Rosa",
                beneficiary_document="40000001",
                beneficiary_cci=make.DEBTOR_ACCOUNT,
                amount_centimos=tranche.amount_centimos,
                state="created",
            ),
            Decision(
                id=decision_id,
                package="fund.disbursement",
                subject=tranche.id,
                input={},
                answer={},
                policy_revision="test",
                decided_at=work.now,
            ),
        ]
    )
    await work.session.flush()
    tranche.prepared_by, tranche.released_by = "ana", "beto"
    tranche.release_decision_id, tranche.released_at = decision_id, work.now
    tranche.state = "released"


async def told(work: Work, *, tranche_id: str, outcome: Any) -> None:
    """The partner's word on every instruction of the tranche's lineage; attempts are closed."""
    tranche = await tranches.locked_tranche(work, tranche_id)
    live = await instructions.of_lineage(work, tranche)
    statuses = {item.reference: Status(outcome, "AC04") for item in live}
    await outcomes.apply_statuses(work, tranche, live, statuses)
    attempts = await work.session.scalars(
        select(Attempt).where(col(Attempt.tranche_id) == tranche_id)
    )
    for attempt in attempts:
        if attempt.outcome == "sending":
            attempt.outcome, attempt.ended_at = "accepted", work.now


@pytest.fixture
def machine(room_settings: Settings) -> Iterator[type[Ledger]]:
    """The machine with a database of its own event loop."""
    with asyncio.Runner() as runner:
        Ledger.runner = runner
        Ledger.database = Database("disbursement", room_settings, CONSTRAINT_ERRORS)
        Ledger.opa = runner.run(Opa(room_settings).__aenter__())
        yield Ledger
        runner.run(Ledger.opa.__aexit__(None, None, None))
        runner.run(Ledger.database.dispose())


def test_any_order_of_moves_keeps_the_books(machine: type[Ledger]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
