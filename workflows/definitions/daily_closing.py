"""A channel's days closed each morning: statement read, ledger held against it."""

from datetime import datetime
from typing import Final

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from services.kernel.clock import lima_date
    from workflows import steps
    from workflows.messages import CloseDaysInput, ClosedDays, ClosingInput

SCHEDULED_FOR: Final = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@workflow.defn(name="DailyClosing")
class DailyClosing:
    """Workflow id `daily-closing/{channel}-{instant}`, started by the schedule of that name."""

    @workflow.run
    async def run(self, message: ClosingInput) -> ClosedDays:
        """Close the days since the last working day. A run that was missed closes its own."""
        morning = lima_date(_scheduled_for()).isoformat()
        return await steps.CLOSE_DAYS.run(CloseDaysInput(message.channel, morning))


def _scheduled_for() -> datetime:
    """The instant the schedule names, however late the run; by hand, its start."""
    info = workflow.info()
    return info.typed_search_attributes.get(SCHEDULED_FOR) or info.workflow_start_time
