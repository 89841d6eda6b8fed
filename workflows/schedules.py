"""What happens by the clock alone: schedules kept by Temporal, set by a worker that starts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from services.kernel.clock import LIMA
from services.kernel.settings import Settings
from workflows.definitions.daily_closing import DailyClosing
from workflows.messages import ClosingInput

CHANNELS: Final = ("agroideas", "agrobanco")
CLOSES_AT_HOUR: Final = 7
"""In Lima: the partners have their statement of the day before, and three hours are left until
10:00, when operators are told."""
CAUGHT_UP: Final = timedelta(days=14)
"""Mornings that an outage took are made up for, each with its own days."""


def schedule_id(channel: str) -> str:
    """The name of a channel's schedule."""
    return f"daily-closing/{channel}"


def daily_closing(channel: str, task_queue: str) -> Schedule:
    """Every morning, weekends too: the closing itself knows the days of work."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            DailyClosing.run,
            ClosingInput(channel),
            id=schedule_id(channel),
            task_queue=task_queue,
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(CLOSES_AT_HOUR)])],
            time_zone_name=str(LIMA),
        ),
        # One after the other, so that days are closed in their order.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ALL, catchup_window=CAUGHT_UP),
    )


async def ensure(client: Client, settings: Settings) -> None:
    """Create each schedule, or let one that is there be as the code has it now; whether it is
    paused stays as an operator left it."""
    for channel in CHANNELS:
        wanted = daily_closing(channel, settings.temporal_task_queue)
        try:
            await client.create_schedule(schedule_id(channel), wanted)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(schedule_id(channel)).update(_to(wanted))


def _to(wanted: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    def update(found: ScheduleUpdateInput) -> ScheduleUpdate:
        wanted.state = found.description.schedule.state
        return ScheduleUpdate(wanted)

    return update
