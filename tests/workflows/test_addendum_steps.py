"""What the amendment's workflow asks of the rooms, and which facts start it and tell it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from services.kernel.events import Received
from services.kernel.working_days import end_of_term
from tests.workflows.test_activities import Http, run
from workflows import addendum_messages as am
from workflows import messages as m
from workflows.activities.addenda import AddendumActivities
from workflows.routes import ROUTES, Signal, StartAddendum

NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
ADDENDUM = am.AddendumInput("add_1", "app_1", "con_1", "cal_1", "ab" * 32)


@pytest.mark.parametrize("cites", ["", "bal_0"])
async def test_the_ballot_is_opened_on_the_hash_of_what_is_proposed(cites: str) -> None:
    http = Http({"POST /v1/ballots": {"id": "bal_1"}})
    activities = AddendumActivities(http.rooms())
    message = am.OpenAddendumBallotInput(ADDENDUM, NOW, number=2, cites_ballot_id=cites)
    closes_at = end_of_term(NOW, 5)
    assert await run(activities.open_ballot, message) == m.OpenedBallot("bal_1", closes_at)
    ((_, key, body),) = http.asked
    assert key == f"{ActivityEnvironment.default_info().workflow_id}:open_ballot:2"
    assert body == {
        "application_id": "app_1",
        "consortium_id": "con_1",
        "call_id": "cal_1",
        "dossier_sha256": "ab" * 32,
        "addendum_id": "add_1",
        "closes_at": closes_at.isoformat().replace("+00:00", "Z"),
        **({"cites_ballot_id": cites} if cites else {}),
    }


async def test_a_ballot_without_a_decision_is_told_to_the_amendments_room() -> None:
    http = Http({"POST /v1/addenda/add_1/unvoted": {}})
    activities = AddendumActivities(http.rooms())
    await run(activities.end_addendum, am.EndAddendumInput("add_1", "bal_1", "Sin quórum."))
    assert [(what, body) for what, _, body in http.asked] == [
        ("POST /v1/addenda/add_1/unvoted", {"reason": "Sin quórum."})
    ]


def effect_of(kind: str, **data: Any) -> Any:
    body = {"addendum_id": "add_1", "agreement_id": "agr_1", "application_id": "app_1", **data}
    event_type = f"fund.disbursement.addendum.{kind}.v1"
    event = Received(
        id="evt_1",
        type=event_type,
        subject="add_1",
        version=2,
        time="2026-11-27T15:00:00Z",
        application_id="app_1",
        data=body,
    )
    return ROUTES[event_type](event)


def test_an_amendment_sent_to_the_board_starts_its_workflow() -> None:
    told = effect_of(
        "sent_to_board", consortium_id="con_1", call_id="cal_1", proposal_sha256="ab" * 32
    )
    assert told == StartAddendum(ADDENDUM)


def test_an_amendment_taken_back_is_told_and_one_that_was_refused_is_over() -> None:
    withdrawn = Signal("addendum/add_1", "withdrawn", am.AddendumWithdrawn("evt_1"))
    assert effect_of("ended", state="withdrawn", reason="x") == withdrawn
    assert effect_of("ended", state="refused", reason="x") is None


def test_only_added_tranches_are_told_to_the_application() -> None:
    added = Signal("application/app_1", "tranches_added", am.TranchesAdded("evt_1", ["tra_3"]))
    assert effect_of("entered", tranche_ids=["tra_3"]) == added
    assert effect_of("entered", tranche_ids=[]) is None
