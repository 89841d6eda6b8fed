"""Other rooms' events on the timeline: each once, narrow, and in the order of their time."""

from datetime import timedelta
from typing import Any

import pytest

from services.applications.listeners import LISTENERS
from services.kernel.clock import now
from services.kernel.db import instant_text
from services.kernel.events import NotYet, Received
from services.kernel.ids import new_id
from services.kernel.listen import Application as Consumer
from services.kernel.work import Principal, Work
from tests.integration.applications.conftest import Room, applicant

TIMELINE = LISTENERS[0]


def event(event_type: str, subject: str, application_id: str | None, **data: Any) -> Received:
    return Received(
        id=new_id("evt"),
        type=f"fund.{event_type}.v1",
        subject=subject,
        version=1,
        time=str(instant_text(now())),
        application_id=application_id,
        data=data,
    )


async def deliver(room: Room, received: Received) -> None:
    actor = Principal(sub=TIMELINE.consumer, role="service")
    async with room.app.state.databases["applications"].begin() as session:
        work = Work(session, actor, now(), received.id)
        await TIMELINE.handlers[received.type](work, received)


async def entries(room: Room, application: dict[str, Any], query: str = "") -> list[Any]:
    path = f"/v1/applications/{application['id']}/timeline{query}"
    answer = await room.get(path, by=applicant(application["consortium_id"]))
    assert answer.status_code == 200, answer.text
    data: list[Any] = answer.json()["data"]
    return data


async def test_a_ballots_events_are_told_without_choices(room: Room) -> None:
    application = await room.draft()
    ballot = new_id("bal")
    opened = event("board.ballot.opened", ballot, application["id"], ballot_id=ballot)
    cast = event(
        "board.vote.cast", ballot, None, seat="mef", seats_voted=1, choice="against", reason="no"
    )
    decided = event(
        "board.ballot.decided",
        ballot,
        application["id"],
        result="approved",
        votes=[{"seat": "mef", "choice": "against", "reason": "no"}],
    )
    for received in (opened, cast, decided):
        await deliver(room, received)
    told = (await entries(room, application))[1:]
    assert [entry["source"] for entry in told] == ["board"] * 3
    assert told[1]["detail"] == {"seat": "mef", "seats_voted": 1}
    assert told[1]["text_es"] == "Un ministerio emitió su voto (asiento mef; votos emitidos 1)."
    assert told[2]["text_es"] == "El consejo directivo tomó su acuerdo (resultado aprobado)."


async def test_a_late_event_stands_where_its_time_puts_it(room: Room) -> None:
    application = await room.draft()
    earlier = instant_text(now() - timedelta(days=1))
    late = event("eligibility.assessment.completed", new_id("ass"), application["id"])
    await deliver(room, Received(**{**_fields(late), "time": earlier}))
    told = await entries(room, application)
    assert [entry["source"] for entry in told] == ["eligibility", "applications"]


async def test_the_timeline_is_read_page_by_page(room: Room) -> None:
    application = await room.draft()
    for _ in range(4):
        await deliver(
            room, event("disbursement.tranche.requested", new_id("tra"), application["id"])
        )
    whole = await entries(room, application)
    path = f"/v1/applications/{application['id']}/timeline?limit=2"
    seen, cursor = [], ""
    while True:
        page = (await room.get(path + cursor)).json()
        seen += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == whole
    assert len(seen) == 5


@pytest.mark.parametrize("application_id", ["app_01k9zq0v8xepzrv1rk0nnd5anw", None])
async def test_an_event_of_an_unknown_application_waits(
    room: Room, application_id: str | None
) -> None:
    with pytest.raises(NotYet):
        await deliver(room, event("board.ballot.opened", new_id("bal"), application_id))


async def test_an_event_delivered_twice_stands_on_the_timeline_once(room: Room) -> None:
    application = await room.draft()
    received = event("disbursement.agreement.drafted", new_id("agr"), application["id"])
    database = room.app.state.databases["applications"]
    consumer = Consumer(TIMELINE, database)
    await consumer.apply(received)
    await consumer.apply(received)
    assert len(await entries(room, application)) == 2


def _fields(received: Received) -> dict[str, Any]:
    return {name: getattr(received, name) for name in Received.__dataclass_fields__}
