"""Events: each has a schema, real rows satisfy it, and nobody listens for what nobody says."""

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.applications.listeners import SENTENCES_ES, detail_of, sentence_es
from services.disbursement import domain
from services.kernel.asyncapi import event_schema, events_of
from services.kernel.events import Received
from services.kernel.rooms import ROOMS, optional
from services.kernel.settings import settings
from services.kernel.work import Event
from services.notices import texts
from services.notices.catalog import CATALOG
from tests.contracts.conftest import COMMITTED
from tests.support.event_contracts import assert_rows_valid, outbox_rows
from workflows import bridge, routes

EVENTS: dict[str, type[Event]] = {e.TYPE: e for room in ROOMS for e in events_of(room)}
TYPE = re.compile(r"fund\.[a-z]+\.[a-z_]+\.[a-z_]+\.v[0-9]+")


def example(event_type: str) -> dict[str, Any]:
    """Data as the producer would send it."""
    data: dict[str, Any] = event_schema(EVENTS[event_type])["examples"][0]
    return data


@pytest.mark.serverless
@pytest.mark.parametrize("event_type", EVENTS)
def test_each_event_has_a_sound_schema_and_the_producer_makes_its_example(event_type: str) -> None:
    schema = json.loads((COMMITTED / "events" / f"{event_type}.json").read_text())
    Draft202012Validator.check_schema(schema)
    assert TYPE.fullmatch(event_type)
    assert schema["additionalProperties"] is False
    assert EVENTS[event_type].SUBJECT in schema["required"]
    made = EVENTS[event_type].model_validate(schema["examples"][0])
    Draft202012Validator(schema).validate(made.model_dump(mode="json"))


@pytest.mark.serverless
def test_a_row_that_was_not_promised_is_refused() -> None:
    event_type = "fund.board.vote.cast.v1"
    data = example(event_type)
    body = {
        **{"specversion": "1.0", "id": "evt_1", "source": "/fund/board", "type": event_type},
        **{"subject": data["ballot_id"], "time": "2026-03-02T15:00:00Z", "requestid": ""},
        **{"datacontenttype": "application/json", "aggregateversion": 2, "data": data},
    }
    assert assert_rows_valid([{"body": body}]) == 1
    for change in (
        {"data": {**data, "choice": "for"}},
        {"data": {**data, "seats_voted": "2"}},
        {"data": {k: v for k, v in data.items() if k != "complete"}},
        {"type": "fund.board.vote.sold.v1"},
        {"subject": "bal_other"},
        {"aggregateversion": 0},
        {"note": "extra"},
    ):
        with pytest.raises(AssertionError):
            assert_rows_valid([{"body": {**body, **change}}])


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("room", ROOMS)
def test_every_row_of_the_stacks_outboxes_is_what_was_promised(room: str) -> None:
    assert_rows_valid(outbox_rows(settings(), room))


def _listened() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for listener in optional(room, "listeners", "LISTENERS", []):
            for event_type in listener.handlers:
                yield listener.consumer, event_type


@pytest.mark.serverless
def test_everything_listened_to_is_published() -> None:
    assert {event_type for _, event_type in _listened()} <= set(EVENTS)


@pytest.mark.serverless
def test_the_timeline_finds_the_application_and_its_figures_in_every_event_it_takes() -> None:
    for event_type in SENTENCES_ES:
        data = example(event_type)
        assert "application_id" in EVENTS[event_type].model_fields, event_type
        told = sentence_es(event_type, detail_of(data))
        amounts = [name for name in data if name.endswith("_centimos")]
        assert not amounts or "S/" in told, f"{event_type}: {told}"


@pytest.mark.serverless
@pytest.mark.parametrize("event_type", sorted(CATALOG))
def test_a_notice_is_written_from_what_is_published(event_type: str) -> None:
    notice, data = CATALOG[event_type], example(event_type)
    assert texts.letter(notice.template, name="Rosa", about="x", data=data).title
    fields = EVENTS[event_type].model_fields
    wanted = {
        "consortium": "consortium_id",
        "holder": "holder_sub",
        "seat": "seat",
        "signers": "signers",
    }
    assert {wanted[who] for who in notice.to if who in wanted} <= set(fields)


@pytest.mark.serverless
def test_the_payments_recount_reads_the_resolution_that_the_board_publishes() -> None:
    data = example("fund.board.ballot.decided.v1")
    seats = ("midagri", "produce", "mincetur", "mef")
    vote, seat = data["votes"][0], data["seats"][0]
    package = {
        **data,
        "result": "approved",
        "votes": [
            {**vote, "seat": name, "choice": "for", "holder_sub": f"{name}-1"} for name in seats
        ],
        "seats": [
            {
                **seat,
                "seat": name,
                "chair": name == "midagri",
                "deputy_chair": name == "mef",
                "holder_sub": f"{name}-1",
            }
            for name in seats
        ],
        "recused": [],
        "tie_broken_by": None,
        "quorum_required": 3,
    }
    made = EVENTS["fund.board.ballot.decided.v1"].model_validate(package)
    assert domain.recount(made.model_dump(mode="json")) == "approved"


@pytest.mark.serverless
def test_everything_the_bridge_takes_is_published() -> None:
    assert set(bridge.ROUTES) <= set(EVENTS)
    assert {EVENTS[event_type].topic() for event_type in bridge.ROUTES} == set(bridge.TOPICS)


@pytest.mark.serverless
@pytest.mark.parametrize("event_type", bridge.ROUTES)
def test_the_bridge_reads_each_event_that_it_takes(event_type: str) -> None:
    data = example(event_type)
    if event_type == "fund.disbursement.addendum.ended.v1":
        data["state"] = "withdrawn"  # a refused one's workflow has ended by itself
    received = Received(
        id="evt_1",
        type=event_type,
        subject=data[EVENTS[event_type].SUBJECT],
        version=1,
        time="2026-03-02T15:00:00Z",
        application_id=data.get("application_id"),
        data=data,
    )
    effect = bridge.ROUTES[event_type](received)
    assert effect is not None
    ids = {value for value in data.values() if isinstance(value, str) and "_01" in value}
    if isinstance(effect, routes.StartSession):
        assert effect.session.session_id in ids
        return
    if isinstance(effect, routes.StartAddendum):
        assert effect.addendum.addendum_id in ids
        return
    fact = effect.fact
    told = {
        field.name: getattr(fact, field.name)
        for field in dataclasses.fields(fact)
        if field.default is dataclasses.MISSING or field.name in data
    }
    assert "" not in told.values(), told
    target = effect.application_id if isinstance(effect, bridge.Start) else effect.workflow_id
    assert target.rsplit("/", 1)[-1] in ids
