"""The eligibility assessment: taken up, made, and its result handed to the application."""

from datetime import datetime
from typing import Any, Final

from temporalio import activity

from services.kernel.working_days import end_of_term
from workflows.clients import CHANNEL_READ_TIMEOUT_S, Rooms
from workflows.messages import AssessInput, Assessment
from workflows.steps import ASSESS

AMENDMENT_TERM_WORKING_DAYS: Final = 10
AMENDMENT_ROUNDS_MAX: Final = 2
EVALUATION_TERM_WORKING_DAYS: Final = 10
"""What holds for a call that does not say otherwise."""
LINKED_PAGES_MAX: Final = 10
"""Five hundred linked applications; a value that more share tells apart nobody."""


class EligibilityActivities:
    """Asks the eligibility room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    @activity.defn(name=ASSESS.name)
    async def assess(self, message: AssessInput) -> Assessment:
        """Take the application up, let it be assessed, give the result back to it.

        Before that, those it is linked with are looked at again: who closes a ring shows its
        earlier members' signals too, and nobody has to ask for it. Terms count from the
        assessment that the room has stored, so every try finds the same.
        """
        path = f"/v1/applications/{message.application_id}"
        application = await self._rooms.post(
            "applications", f"{path}/take-up", None, step="take_up", counter=message.round
        )
        call = await self._rooms.get("applications", f"/v1/calls/{application['call_id']}")
        found = await self._rooms.post(
            "eligibility",
            "/v1/assessments",
            {"application_id": message.application_id},
            step="assess",
            counter=message.round,
            read_timeout_s=CHANNEL_READ_TIMEOUT_S,
        )
        await self._look_at_linked(call["id"], found["id"], message.round)
        outcome = "eligible" if found["outcome"] == "eligible" else "ineligible"
        assessed_at = datetime.fromisoformat(found["assessed_at"])
        due_at = None
        if outcome == "ineligible" and message.round <= _term(
            call, "amendment_rounds_max", AMENDMENT_ROUNDS_MAX
        ):
            due_at = end_of_term(
                assessed_at,
                _term(call, "amendment_term_working_days", AMENDMENT_TERM_WORKING_DAYS),
            )
        await self._rooms.post(
            "applications",
            f"{path}/assessment-result",
            {
                "assessment_id": found["id"],
                "outcome": outcome,
                "findings_count": len(found.get("findings") or []),
                "amendment_due_at": _text(due_at),
            },
            step="assessment_result",
            counter=message.round,
        )
        return Assessment(
            assessment_id=found["id"],
            outcome=outcome,
            consortium_id=application["consortium_id"],
            call_id=application["call_id"],
            dossier_sha256=application["dossier_sha256"],
            amendment_due_at=due_at,
            evaluation_due_at=end_of_term(
                assessed_at,
                _term(call, "evaluation_term_working_days", EVALUATION_TERM_WORKING_DAYS),
            ),
            ballot_term_working_days=call.get("board_term_working_days"),
        )

    async def _look_at_linked(self, call_id: str, assessment_id: str, round_: int) -> None:
        after = None
        for page in range(1, LINKED_PAGES_MAX + 1):
            looked = await self._rooms.post(
                "eligibility",
                "/v1/likeness-reviews",
                {"call_id": call_id, "linked_to": assessment_id, "after": after},
                step="look_at_linked",
                counter=f"{round_}.{page}",
                read_timeout_s=CHANNEL_READ_TIMEOUT_S,
            )
            after = looked["after"]
            if after is None:
                return


def _term(call: dict[str, Any], name: str, otherwise: int) -> int:
    value = call.get(name)
    return value if isinstance(value, int) else otherwise


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
