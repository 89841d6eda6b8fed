"""The way of an application (solicitud) from its submission to the last reconciled tranche.

It decides when, never whether: eligibility, quorum, budget and releases are facts that the rooms
hold, and every signal is such a fact, kept until the way reaches the place where it counts.
"""

import asyncio
from dataclasses import replace

from temporalio import workflow
from temporalio.exceptions import ActivityError, ChildWorkflowError, WorkflowAlreadyStartedError

from workflows.definitions.common import is_new, refusal_of, start_ballot, start_of, until
from workflows.definitions.endings import AFTER_BALLOT, BUDGET_PAUSE, EVENT_DELAY, ILLEGAL, REASONS

with workflow.unsafe.imports_passed_through():
    from workflows import addendum_messages as am
    from workflows import messages as m
    from workflows import steps


@workflow.defn(name="FundingApplication")
class FundingApplication:
    """Workflow id `application/{application_id}`."""

    @workflow.init
    def __init__(self, message: m.FundingInput) -> None:
        carried = message.state or m.FundingState(message.round, "submitted", [])
        self._message = message
        self._stage = carried.stage
        self._waiting_for = "assessment"
        self._since = workflow.now()
        self._reminders = 0
        self._round = carried.round
        self._submitted_round = carried.round
        self._waived = False
        self._withdrawn = False
        self._evaluated = False
        self._signed = False
        self._agreement_closed = carried.agreement_closed
        self._end = carried.end
        self._ballot_id = carried.ballot_id
        self._is_reopened = False
        self._agreement_id = carried.agreement_id
        self._planned = list(carried.planned)
        self._released = list(carried.released)
        self._reconciled = list(carried.reconciled)
        self._settled: set[str] = set()
        self._following: list[asyncio.Task[None]] = []
        self._paying = ""
        self._seen = list(carried.seen)

    @workflow.run
    async def run(self, message: m.FundingInput) -> m.FundingResult:
        """Lead the application to its end."""
        end = None
        if message.state is None:
            try:
                end = await self._until_executing()
            except ActivityError as error:
                if not await self._is_withdrawal(error):
                    raise
                end = "withdrawn"
        if end is None:
            await self._pay_out()
            end = self._end
        self._enter(end, "nothing")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return m.FundingResult(
            application_id=message.application_id,
            state=end,
            ballot_id=self._ballot_id,
            agreement_id=self._agreement_id,
            tranches_reconciled=len(self._reconciled),
        )

    async def _until_executing(self) -> str | None:
        """The state in which the way ended early, or None when the money may flow."""
        assessment = await self._become_eligible()
        if isinstance(assessment, str):
            return assessment
        return (
            await self._evaluation(assessment)
            or await self._ballot(assessment)
            or await self._budget()
            or await self._signature()
        )

    async def _is_withdrawal(self, error: ActivityError) -> bool:
        """Whether a move was refused because the consortium gave up a moment before."""
        if refusal_of(error) != ILLEGAL:
            return False
        return await until(lambda: self._withdrawn, workflow.now() + EVENT_DELAY)

    async def _become_eligible(self) -> m.Assessment | str:
        while True:
            self._enter("under_assessment", "assessment")
            self._waived = False
            assessment = await steps.ASSESS.run(
                m.AssessInput(
                    application_id=self._message.application_id,
                    round=self._round,
                    asked_at=workflow.now(),
                )
            )
            if assessment.outcome == "eligible":
                return assessment
            if assessment.amendment_due_at is None:
                return "ineligible"
            self._enter("observed", "amendment")
            await until(self._is_answered, assessment.amendment_due_at)
            end = await self._end_of_amendment()
            if end is not None:
                return end
            self._round = self._submitted_round

    def _is_answered(self) -> bool:
        return self._submitted_round > self._round or self._waived or self._withdrawn

    async def _end_of_amendment(self) -> str | None:
        if self._withdrawn:
            return "withdrawn"
        if self._submitted_round > self._round:
            return None
        reason = REASONS["waived" if self._waived else "term"]
        try:
            await self._progress("ineligible", self._message.application_id, reason)
        except ActivityError as error:
            # Handed in just before the term ended: the room has it, its event is on the way.
            limit = workflow.now() + EVENT_DELAY
            if refusal_of(error) != ILLEGAL or not await until(self._is_answered, limit):
                raise
            return "withdrawn" if self._withdrawn else None
        return "ineligible"

    async def _evaluation(self, assessment: m.Assessment) -> str | None:
        """Wait for the secretariat; its delay is shown and reminded of, never the applicant's."""
        self._enter("eligible", "evaluation")
        due_at = assessment.evaluation_due_at or workflow.now()
        if not await until(self._may_go_to_board, due_at):
            self._reminders += 1
            await workflow.wait_condition(self._may_go_to_board)
        return "withdrawn" if self._withdrawn else None

    def _may_go_to_board(self) -> bool:
        return self._evaluated or self._withdrawn

    async def _ballot(self, assessment: m.Assessment) -> str | None:
        """The board's decision; a dossier put off comes again by a ballot that cites the last."""
        ballot = await self._vote_on(assessment, cites="")
        while ballot is not None and ballot.result == "deferred" and ballot.until:
            await self._progress("deferred", self._ballot_id, REASONS["deferred"])
            self._enter("deferred", "reopening")
            if await until(lambda: self._withdrawn, start_of(ballot.until)):
                return "withdrawn"
            ballot = await self._vote_on(assessment, cites=self._ballot_id)
        if ballot is None or ballot.result == "withdrawn":
            return "withdrawn"
        if ballot.result == "approved":
            return None
        end = AFTER_BALLOT[ballot.result]
        await self._progress(end, self._ballot_id, REASONS[end])
        return end

    async def _vote_on(self, assessment: m.Assessment, *, cites: str) -> m.BallotResult | None:
        """A ballot from its opening to its end, or None when the application is given up."""
        self._enter("deferred" if cites else "evaluated", "opening_of_ballot")
        opened = await steps.OPEN_BALLOT.run(
            m.OpenBallotInput(
                application_id=self._message.application_id,
                consortium_id=assessment.consortium_id,
                call_id=assessment.call_id,
                dossier_sha256=assessment.dossier_sha256,
                asked_at=workflow.now(),
                term_working_days=assessment.ballot_term_working_days
                or self._message.ballot_term_working_days,
                round=self._round,
                cites_ballot_id=cites,
            )
        )
        self._ballot_id = opened.ballot_id
        self._is_reopened = bool(cites)
        self._enter("in_board", "ballot")
        child = await start_ballot(opened, self._message.application_id)
        await workflow.wait_condition(lambda: child.done() or self._withdrawn)
        if not self._withdrawn:
            ballot: m.BallotResult = await child
            return ballot
        if workflow.patched("ballot-withdrawal"):
            await steps.WITHDRAW_BALLOT.run(
                m.WithdrawBallotInput(
                    ballot_id=opened.ballot_id, application_id=self._message.application_id
                )
            )
            await until(child.done, workflow.now() + EVENT_DELAY)
        child.cancel()
        return None

    async def _budget(self) -> str | None:
        """Draft the agreement; a call without enough budget is asked again every day."""
        self._enter("approved", "budget")
        asked_at = workflow.now()
        while not self._withdrawn:
            drafted = await steps.DRAFT_AGREEMENT.run(
                m.DraftAgreementInput(
                    application_id=self._message.application_id,
                    ballot_id=self._ballot_id,
                    asked_at=asked_at,
                    budget_term_working_days=self._message.budget_term_working_days,
                    round=self._round,
                )
            )
            if drafted.agreement_id:
                self._agreement_id = drafted.agreement_id
                self._planned = list(drafted.tranche_ids)
                return None
            if workflow.now() >= drafted.give_up_at:
                await self._progress("expired", self._ballot_id, REASONS["expired"])
                return "expired"
            again_at = min(workflow.now() + BUDGET_PAUSE, drafted.give_up_at)
            await until(lambda: self._withdrawn, again_at)
        return "withdrawn"

    async def _signature(self) -> str | None:
        self._enter("approved", "signature")
        await workflow.wait_condition(lambda: self._signed or self._withdrawn)
        if self._withdrawn:
            return "withdrawn"
        await steps.PROGRESS.run(
            m.ProgressInput(
                application_id=self._message.application_id,
                moves=[
                    m.Move(to="agreed", reference=self._agreement_id),
                    m.Move(to="executing", reference=self._agreement_id),
                ],
                round=self._round,
            )
        )
        return None

    async def _pay_out(self) -> None:
        """Pay what is released, one after another, until all is paid or the agreement ends."""
        while not self._is_paid_out() or (
            self._released and not self._agreement_closed and workflow.patched("last-release")
        ):
            self._enter("executing", "tranche_release")
            await workflow.wait_condition(lambda: bool(self._released) or self._is_paid_out())
            if self._released and not self._agreement_closed:
                await self._pay(self._released.pop(0))
            self._border()
        await self._progress(self._end, self._agreement_id, REASONS.get(self._end))

    def _is_paid_out(self) -> bool:
        paid = bool(self._planned) and set(self._planned) <= set(self._reconciled)
        return self._agreement_closed or paid

    async def _pay(self, released: m.TrancheReleased) -> None:
        self._enter("executing", "tranche")
        self._paying = released.tranche_id
        self._settled.discard(released.tranche_id)
        try:
            child = await workflow.start_child_workflow(
                "TrancheDisbursement",
                m.TrancheInput(
                    tranche_id=released.tranche_id,
                    application_id=self._message.application_id,
                    release_id=released.event_id,
                ),
                id=f"tranche/{released.tranche_id}",
                result_type=m.TrancheResult,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            )
        except WorkflowAlreadyStartedError:
            # Only after a reset of this workflow: the tranche is on its way without us.
            self._reminders += 1
            return
        follow = asyncio.create_task(self._follow(released, child))
        self._following = [task for task in (*self._following, follow) if not task.done()]
        await workflow.wait_condition(
            lambda: follow.done() or released.tranche_id in self._settled or self._agreement_closed
        )
        self._paying = ""

    async def _follow(
        self,
        released: m.TrancheReleased,
        child: "workflow.ChildWorkflowHandle[object, m.TrancheResult]",
    ) -> None:
        """Note how a tranche ended; one that failed leaves the others and its own money alone."""
        try:
            result = await child
            if result.reconciled and released.tranche_id not in self._reconciled:
                self._reconciled.append(released.tranche_id)
        except ChildWorkflowError as error:
            self._reminders += 1
            workflow.logger.warning("tranche %s failed: %s", released.tranche_id, error.cause)

    def _border(self) -> None:
        """Between two tranches the history may start anew: no handler and no child is open."""
        if (
            workflow.info().is_continue_as_new_suggested()
            and all(task.done() for task in self._following)
            and workflow.all_handlers_finished()
        ):
            workflow.continue_as_new(replace(self._message, state=self._carried()))

    def _carried(self) -> m.FundingState:
        return m.FundingState(
            round=self._round,
            stage=self._stage,
            seen=list(self._seen),
            ballot_id=self._ballot_id,
            agreement_id=self._agreement_id,
            planned=list(self._planned),
            released=list(self._released),
            reconciled=list(self._reconciled),
            agreement_closed=self._agreement_closed,
            end=self._end,
        )

    async def _progress(self, to: str, reference: str, reason: str | None) -> None:
        await steps.PROGRESS.run(
            m.ProgressInput(
                application_id=self._message.application_id,
                moves=[m.Move(to=to, reference=reference, reason=reason)],
                round=self._round,
                occasion=self._ballot_id if self._is_reopened else "",
            )
        )

    def _enter(self, stage: str, waiting_for: str) -> None:
        self._stage, self._waiting_for, self._since = stage, waiting_for, workflow.now()

    @workflow.signal
    def application_submitted(self, fact: m.ApplicationSubmitted) -> None:
        """The amended dossier was handed in."""
        if is_new(self._seen, fact.event_id):
            self._submitted_round = max(self._submitted_round, fact.round)

    @workflow.signal
    def amendment_waived(self, fact: m.AmendmentWaived) -> None:
        """The consortium will not amend."""
        self._waived = is_new(self._seen, fact.event_id) or self._waived

    @workflow.signal
    def withdrawn(self, fact: m.ApplicationWithdrawn) -> None:
        """The consortium gave the application up."""
        self._withdrawn = is_new(self._seen, fact.event_id) or self._withdrawn

    @workflow.signal
    def evaluated(self, fact: m.ApplicationEvaluated) -> None:
        """The secretariat evaluated the dossier."""
        self._evaluated = is_new(self._seen, fact.event_id) or self._evaluated

    @workflow.signal
    def agreement_signed(self, fact: m.AgreementSigned) -> None:
        """Both parties signed."""
        self._signed = is_new(self._seen, fact.event_id) or self._signed

    @workflow.signal
    def agreement_closed(self, fact: m.AgreementClosed) -> None:
        """Nothing more will be paid."""
        if is_new(self._seen, fact.event_id):
            self._agreement_closed, self._end = True, fact.state

    @workflow.signal
    def tranches_added(self, fact: am.TranchesAdded) -> None:
        """An amendment in force added tranches to pay."""
        if is_new(self._seen, fact.event_id):
            self._planned += [one for one in fact.tranche_ids if one not in self._planned]

    @workflow.signal
    def tranche_released(self, fact: m.TrancheReleased) -> None:
        """One more tranche may be instructed, after those before it."""
        if is_new(self._seen, fact.event_id):
            self._released.append(fact)

    @workflow.signal
    def tranche_settled(self, fact: m.TrancheSettled) -> None:
        """A child's money is out although its statement is late."""
        if is_new(self._seen, fact.event_id):
            self._settled.add(fact.tranche_id)

    @workflow.query
    def status(self) -> m.Status:
        """Where the application stands and what it waits for."""
        ids = {
            "application_id": self._message.application_id,
            "ballot_id": self._ballot_id,
            "agreement_id": self._agreement_id,
            "tranche_id": self._paying,
        }
        return m.Status(
            state=self._stage,
            waiting_for=self._waiting_for,
            since=self._since,
            round=self._round,
            reminders=self._reminders,
            ids={name: value for name, value in ids.items() if value},
        )
