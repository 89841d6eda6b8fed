"""The timing of an amendment (adenda) before the board: its ballot, and again after a deferral.

What the board decides reaches the disbursement room by event; only that it came to no decision is
told from here, so that a lost workflow loses no decision.
"""

from typing import Final

from temporalio import workflow

from workflows.definitions.common import is_new, start_ballot, start_of, until

with workflow.unsafe.imports_passed_through():
    from workflows import addendum_messages as am
    from workflows import messages as m
    from workflows import steps

UNVOTED: Final = {
    "lapsed": "La votación no tuvo quórum en segunda convocatoria.",
    "withdrawn": "La votación fue retirada.",
    "deferred": "La votación quedó aplazada sin fecha.",
}


@workflow.defn(name="AddendumApproval")
class AddendumApproval:
    """Workflow id `addendum/{addendum_id}`."""

    @workflow.init
    def __init__(self, message: am.AddendumInput) -> None:
        self._message = message
        self._state = "in_board"
        self._waiting_for = "opening_of_ballot"
        self._since = workflow.now()
        self._ballot_id = ""
        self._ballots = 0
        self._withdrawn = False
        self._seen: list[str] = []

    @workflow.run
    async def run(self, message: am.AddendumInput) -> am.AddendumResult:
        """Lead the amendment through the board."""
        ballot = await self._vote()
        while ballot is not None and ballot.result == "deferred" and ballot.until:
            self._enter("deferred", "reopening")
            if await until(lambda: self._withdrawn, start_of(ballot.until)):
                ballot = None
            else:
                ballot = await self._vote()
        result = "withdrawn" if ballot is None else ballot.result
        if ballot is not None and result in UNVOTED:
            await steps.END_ADDENDUM.run(
                am.EndAddendumInput(
                    addendum_id=message.addendum_id,
                    ballot_id=self._ballot_id,
                    reason=UNVOTED[result],
                )
            )
        self._enter(result, "nothing")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return am.AddendumResult(
            addendum_id=message.addendum_id, ballot_id=self._ballot_id, result=result
        )

    async def _vote(self) -> m.BallotResult | None:
        """A ballot from its opening to its end, or None when the amendment is taken back."""
        if self._withdrawn:
            return None
        self._ballots += 1
        opened = await steps.OPEN_ADDENDUM_BALLOT.run(
            am.OpenAddendumBallotInput(
                addendum=self._message,
                asked_at=workflow.now(),
                number=self._ballots,
                cites_ballot_id=self._ballot_id,
            )
        )
        self._ballot_id = opened.ballot_id
        self._enter("in_board", "ballot")
        child = await start_ballot(opened, self._message.application_id)
        await workflow.wait_condition(lambda: child.done() or self._withdrawn)
        if self._withdrawn and not child.done():
            await steps.WITHDRAW_BALLOT.run(
                m.WithdrawBallotInput(
                    ballot_id=opened.ballot_id, application_id=self._message.application_id
                )
            )
        ballot: m.BallotResult = await child
        return None if self._withdrawn else ballot

    def _enter(self, state: str, waiting_for: str) -> None:
        self._state, self._waiting_for, self._since = state, waiting_for, workflow.now()

    @workflow.signal
    def withdrawn(self, fact: am.AddendumWithdrawn) -> None:
        """The amendment was taken back."""
        self._withdrawn = is_new(self._seen, fact.event_id) or self._withdrawn

    @workflow.query
    def status(self) -> m.Status:
        """Where the amendment stands."""
        ids = {
            "addendum_id": self._message.addendum_id,
            "application_id": self._message.application_id,
            "ballot_id": self._ballot_id,
        }
        return m.Status(
            state=self._state,
            waiting_for=self._waiting_for,
            since=self._since,
            round=max(self._ballots, 1),
            ids={name: value for name, value in ids.items() if value},
        )
