"""One release of a tranche (desembolso): instructed once, followed until the money is somewhere.

The channel's silence is never taken for a refusal: from `unknown` only an answer leads out, a
callback or an inquiry, however long it takes. Nothing here sends a payment a second time.
"""

from datetime import date, timedelta
from typing import Final

from temporalio import workflow

from workflows.definitions.common import is_new, until

with workflow.unsafe.imports_passed_through():
    from services.kernel.clock import lima_date
    from workflows import steps
    from workflows.messages import (
        InquireInput,
        InstructInput,
        ReconcileInput,
        Status,
        TrancheInput,
        TrancheReport,
        TrancheResult,
        TrancheSettled,
        TrancheState,
    )

SETTLED: Final = frozenset({"confirmed", "rejected", "returned", "reconciled", "accounted"})
PAID: Final = frozenset({"confirmed", "reconciled", "accounted"})
MATCHED: Final = frozenset({"reconciled", "accounted"})

INQUIRY_PAUSES_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0)
"""Between inquiries; the last one for ever."""
FIRST_PAUSE_S: Final = {"agrobanco": 0.5}
"""Agrobanco calls nobody back, so it is asked soon."""
INQUIRIES_A_RUN: Final = 200

STATEMENT_PAUSES_S: Final = (2.0, 10.0, 60.0, 600.0, 3_600.0, 21_600.0)
STATEMENT_TURNS_MAX: Final = 60
"""About two weeks; after that an operator reconciles the day by hand."""
STATEMENT_DAYS_MAX: Final = 10
"""How many days' statements a turn reads: those between instruction, confirmation and today."""


@workflow.defn(name="TrancheDisbursement")
class TrancheDisbursement:
    """Workflow id `tranche/{tranche_id}`; a child that outlives the application's workflow."""

    @workflow.init
    def __init__(self, message: TrancheInput) -> None:
        today = lima_date(workflow.now()).isoformat()
        carried = message.state or TrancheState("released", channel="", instructed_on=today)
        self._message = message
        self._state = carried.state
        self._channel = carried.channel
        self._inquiries = carried.inquiries
        self._instructed_on = carried.instructed_on
        self._business_date = carried.business_date
        self._seen = list(carried.seen)
        self._waiting_for = "instruction"
        self._since = workflow.now()
        self._inquiries_before = carried.inquiries
        self._parent_told = False

    @workflow.run
    async def run(self, message: TrancheInput) -> TrancheResult:
        """Instruct, follow to the end, and match a confirmed payment with the statement."""
        if message.state is None:
            self._take(
                await steps.INSTRUCT.run(
                    InstructInput(tranche_id=message.tranche_id, release_id=message.release_id)
                )
            )
        await self._follow()
        reconciled = self._state in PAID and await self._reconcile()
        self._enter("nothing")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return TrancheResult(
            tranche_id=message.tranche_id,
            state="confirmed" if self._state in PAID else self._state,
            reconciled=reconciled,
            inquiries=self._inquiries,
        )

    async def _follow(self) -> None:
        self._enter("settlement")
        while not await until(self._is_settled, workflow.now() + self._pause()):
            if self._inquiries - self._inquiries_before >= INQUIRIES_A_RUN:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._carried())
            self._inquiries += 1
            self._take(
                await steps.INQUIRE.run(
                    InquireInput(
                        tranche_id=self._message.tranche_id,
                        release_id=self._message.release_id,
                        number=self._inquiries,
                    )
                )
            )

    def _pause(self) -> timedelta:
        if self._inquiries == 0 and self._channel in FIRST_PAUSE_S:
            return timedelta(seconds=FIRST_PAUSE_S[self._channel])
        last = len(INQUIRY_PAUSES_S) - 1
        return timedelta(seconds=INQUIRY_PAUSES_S[min(self._inquiries, last)])

    async def _reconcile(self) -> bool:
        """Whether a statement holds the payment, within the turns there are."""
        self._enter("statement")
        number = 0
        for turn in range(STATEMENT_TURNS_MAX):
            if turn:
                await self._tell_parent()
                last = len(STATEMENT_PAUSES_S) - 1
                await workflow.sleep(STATEMENT_PAUSES_S[min(turn - 1, last)])
            for day in self._statement_days():
                if self._state not in PAID or self._state in MATCHED:
                    break
                number += 1
                await self._read_statement(day, number)
            if self._state not in PAID or self._state in MATCHED:
                break
        return self._state in MATCHED

    def _statement_days(self) -> list[str]:
        """Days in whose statement the payment may stand, the likeliest first."""
        confirmed_on = date.fromisoformat(self._business_date or self._instructed_on)
        first = min(date.fromisoformat(self._instructed_on), confirmed_on)
        last = max(lima_date(workflow.now()), confirmed_on)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        days.sort(key=lambda day: (abs((day - confirmed_on).days), day))
        return [day.isoformat() for day in days[:STATEMENT_DAYS_MAX]]

    async def _read_statement(self, day: str, number: int) -> None:
        report = await steps.RECONCILE.run(
            ReconcileInput(
                tranche_id=self._message.tranche_id,
                release_id=self._message.release_id,
                channel=self._channel,
                business_date=day,
                number=number,
            )
        )
        # A signal that came meanwhile may say that the money went back: it is the later word.
        if self._state in PAID:
            self._state = report.state

    async def _tell_parent(self) -> None:
        """The money is out; the next tranche need not wait for a late statement."""
        parent = workflow.info().parent
        if parent is None or self._parent_told:
            return
        self._parent_told = True
        await workflow.get_external_workflow_handle(parent.workflow_id).signal(
            "tranche_settled",
            TrancheSettled(
                event_id=f"{self._message.release_id}:settled",
                outcome=self._state,
                tranche_id=self._message.tranche_id,
            ),
        )

    def _take(self, report: TrancheReport) -> None:
        """Believe a report, unless a fact that came meanwhile says more."""
        self._channel = report.channel or self._channel
        self._business_date = report.business_date or self._business_date
        if not self._is_settled():
            self._state = report.state

    def _is_settled(self) -> bool:
        return self._state in SETTLED

    def _carried(self) -> TrancheInput:
        return TrancheInput(
            tranche_id=self._message.tranche_id,
            application_id=self._message.application_id,
            release_id=self._message.release_id,
            state=TrancheState(
                state=self._state,
                channel=self._channel,
                instructed_on=self._instructed_on,
                inquiries=self._inquiries,
                business_date=self._business_date,
                seen=list(self._seen),
            ),
        )

    def _enter(self, waiting_for: str) -> None:
        self._waiting_for, self._since = waiting_for, workflow.now()

    @workflow.signal
    def tranche_settled(self, fact: TrancheSettled) -> None:
        """The room booked the end of the payment: confirmed, rejected or returned."""
        if is_new(self._seen, fact.event_id):
            self._state = fact.outcome
            self._business_date = fact.business_date or self._business_date

    @workflow.query
    def status(self) -> Status:
        """Where the money is."""
        return Status(
            state=self._state,
            waiting_for=self._waiting_for,
            since=self._since,
            round=self._inquiries,
            ids={
                "tranche_id": self._message.tranche_id,
                "application_id": self._message.application_id,
                "release_id": self._message.release_id,
            },
        )
