"""Every activity a workflow may ask for: its name, what goes in and out, its limits and why.

Both sides use this table: a definition runs a step, an activity is registered under its name.
A room that does not answer is no reason to give up (the work waits, fail closed), so tries go on
for thirty days; a refusal by a rule ends at the first try, because the client marks it so.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows import addendum_messages as am
from workflows import messages as m

In = TypeVar("In")
Out = TypeVar("Out")

LONGEST_PAUSE_S = 60
"""Between two tries: an outage costs at most this much after its end."""
MOST_TRIES = 43_200
"""Thirty days of one try a minute, as long as LPAG gives for the whole decision."""


@dataclass(frozen=True)
class Step(Generic[In, Out]):
    """One activity."""

    name: str
    gives: type[Out]
    takes: type[In]
    start_to_close_s: float
    first_pause_s: float
    why: str
    most_tries: int = MOST_TRIES

    async def run(self, message: In) -> Out:
        """Run the activity from a workflow; raises ActivityError when a rule refuses."""
        result: Out = await workflow.execute_activity(
            self.name,
            message,
            result_type=self.gives,
            start_to_close_timeout=timedelta(seconds=self.start_to_close_s),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=self.first_pause_s),
                backoff_coefficient=2.0,
                maximum_interval=timedelta(seconds=LONGEST_PAUSE_S),
                maximum_attempts=self.most_tries,
            ),
            summary=self.name,
        )
        return result


ASSESS = Step(
    "assess",
    m.Assessment,
    m.AssessInput,
    start_to_close_s=90,
    first_pause_s=0.5,
    why="Three requests of at most 10 s, and two of 20 s: the assessment asks five registers. While"
    " one of them is silent the tries go on, and the room tells what is waited for.",
)
PROGRESS = Step(
    "progress",
    type(None),
    m.ProgressInput,
    start_to_close_s=45,
    first_pause_s=0.5,
    why="At most two moves of 10 s, each with one look when the move was already made.",
)
OPEN_BALLOT = Step(
    "open_ballot",
    m.OpenedBallot,
    m.OpenBallotInput,
    start_to_close_s=45,
    first_pause_s=0.5,
    why="The ballot, the application's move and one look: 10 s each.",
)
CLOSE_BALLOT = Step(
    "close_ballot",
    m.ClosedBallot,
    m.CloseBallotInput,
    start_to_close_s=25,
    first_pause_s=0.5,
    why="One request; OPA counts inside the board's transaction, which a dead OPA holds up.",
)
SECOND_CALL = Step(
    "second_call",
    m.SecondCall,
    m.SecondCallInput,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One request of at most 10 s.",
)
ESCALATION = Step(
    "escalation",
    m.Escalation,
    m.EscalationInput,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One read of at most 10 s; the calendar may change between two worker versions, so that its"
    " answer is kept in the history.",
)
CALL_ALTERNATES = Step(
    "call_alternates",
    type(None),
    m.AlternatesInput,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One request of at most 10 s.",
)
EXPIRE_RECUSAL = Step(
    "expire_recusal",
    type(None),
    m.ExpireRecusalInput,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One request of at most 10 s.",
)
WITHDRAW_BALLOT = Step(
    "withdraw_ballot",
    type(None),
    m.WithdrawBallotInput,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One request of at most 10 s.",
)
REMIND_SESSION = Step(
    "remind_session",
    m.SessionFound,
    m.SessionStep,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One request of at most 10 s.",
)
OPEN_SESSION = Step(
    "open_session",
    m.SessionFound,
    m.SessionStep,
    start_to_close_s=25,
    first_pause_s=0.5,
    why="One request; the board asks OPA for its terms inside the transaction.",
)
CLOSE_SESSION = Step(
    "close_session",
    m.SessionFound,
    m.SessionStep,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One request of at most 10 s.",
)
OPEN_ADDENDUM_BALLOT = Step(
    "open_addendum_ballot",
    m.OpenedBallot,
    am.OpenAddendumBallotInput,
    start_to_close_s=25,
    first_pause_s=0.5,
    why="One request; the board compiles the dossier from its neighbours.",
)
END_ADDENDUM = Step(
    "end_addendum",
    type(None),
    am.EndAddendumInput,
    start_to_close_s=15,
    first_pause_s=0.5,
    why="One request of at most 10 s.",
)
DRAFT_AGREEMENT = Step(
    "record_approval_and_draft",
    m.DraftedAgreement,
    m.DraftAgreementInput,
    start_to_close_s=60,
    first_pause_s=0.25,
    why="Four requests of 10 s; the resolution comes by event and is there within moments.",
)
INSTRUCT = Step(
    "instruct",
    m.TrancheReport,
    m.InstructInput,
    start_to_close_s=60,
    first_pause_s=1,
    why="HTTP waits 20 s, longer than the room waits for its channel, and asks again by the same"
    " key: a try never makes a second payment reference.",
)
INQUIRE = Step(
    "inquire",
    m.TrancheReport,
    m.InquireInput,
    start_to_close_s=60,
    first_pause_s=1,
    why="One question to the channel of at most 20 s; only an answer leads out of unknown.",
)
RECONCILE = Step(
    "reconcile",
    m.TrancheReport,
    m.ReconcileInput,
    start_to_close_s=120,
    first_pause_s=1,
    why="A look, the channel's statement (20 s), a look; before it, those of others of the day.",
)
CLOSE_DAYS = Step(
    "close_days",
    m.ClosedDays,
    m.CloseDaysInput,
    start_to_close_s=300,
    first_pause_s=5,
    why="After a weekend three days, each a statement (20 s) and a closing (10 s), and after long"
    " holidays some more. A statement that is not there yet is asked for again until it is.",
)

STEPS = (
    ASSESS,
    PROGRESS,
    OPEN_BALLOT,
    CLOSE_BALLOT,
    SECOND_CALL,
    ESCALATION,
    CALL_ALTERNATES,
    EXPIRE_RECUSAL,
    WITHDRAW_BALLOT,
    REMIND_SESSION,
    OPEN_SESSION,
    CLOSE_SESSION,
    OPEN_ADDENDUM_BALLOT,
    END_ADDENDUM,
    DRAFT_AGREEMENT,
    INSTRUCT,
    INQUIRE,
    RECONCILE,
    CLOSE_DAYS,
)
