"""What the workflows have done by the rooms: one class a room, one method a step.

An activity is at-least-once, so each may run again whole: every request carries the same key and
the same body as at the first try, and the rooms answer as they did then.
"""

from collections.abc import Callable
from typing import Any

from workflows.activities.addenda import AddendumActivities
from workflows.activities.applications import ApplicationsActivities
from workflows.activities.board import BoardActivities
from workflows.activities.disbursement import DisbursementActivities
from workflows.activities.eligibility import EligibilityActivities
from workflows.clients import Rooms


def all_activities(rooms: Rooms) -> list[Callable[..., Any]]:
    """Every activity, bound to the rooms it asks."""
    eligibility = EligibilityActivities(rooms)
    applications = ApplicationsActivities(rooms)
    board = BoardActivities(rooms)
    disbursement = DisbursementActivities(rooms)
    addenda = AddendumActivities(rooms)
    return [
        eligibility.assess,
        applications.progress,
        board.open_ballot,
        board.close_ballot,
        board.second_call,
        board.escalation,
        board.call_alternates,
        board.expire_recusal,
        board.withdraw_ballot,
        board.remind_session,
        board.open_session,
        board.close_session,
        addenda.open_ballot,
        addenda.end_addendum,
        disbursement.record_approval_and_draft,
        disbursement.instruct,
        disbursement.inquire,
        disbursement.reconcile,
        disbursement.close_days,
    ]
