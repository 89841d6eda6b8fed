"""Who says where somebody is told, who is told what, and what PostgreSQL does not let pass."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from services.kernel import clock
from services.kernel.db import instant_text
from services.kernel.errors import Conflict, Invalid
from services.kernel.ids import new_id
from tests.factories.notices import CONSORTIUM, received
from tests.integration.notices.conftest import SEATS, Notices
from tests.support.callers import principal

APPOINTED = "fund.board.seat.appointed.v1"
MEF = principal("board_member", "mef-1", seat="mef")
BODY = {"name": "Rosa Quispe", "email": "rosa@mef.example"}


def at(days: int) -> str:
    return str(instant_text(clock.now() + timedelta(days=days)))


async def subs_of(notices: Notices, event_type: str, **changes: Any) -> set[str]:
    event = received(event_type, **changes)
    await notices.hear(event)
    rows = await notices.deliveries()
    return {row["recipient_sub"] for row in rows if row["event_id"] == event.id}


async def test_a_person_sets_and_reads_its_own_contact_alone(notices: Notices) -> None:
    made = await notices.ask("PUT", "/v1/contacts/mef-1", BODY, by=MEF)
    assert (made.status_code, made.json()["webhook_secret"]) == (200, None)
    own = await notices.ask("GET", "/v1/contacts/mef-1", by=MEF)
    assert own.json() == {
        name: value for name, value in made.json().items() if name != "webhook_secret"
    }
    for method, body in (("PUT", BODY), ("GET", None)):
        for sub in ("mef-2", "role:secretariat"):
            answer = await notices.ask(method, f"/v1/contacts/{sub}", body, by=MEF)
            assert answer.status_code == 404
    assert (await notices.ask("GET", "/v1/contacts", by=MEF)).status_code == 403
    assert (await notices.ask("GET", "/v1/deliveries", by=MEF)).status_code == 403


async def test_an_applicant_sets_the_contact_of_its_consortium(notices: Notices) -> None:
    by = principal("applicant", consortium_id=CONSORTIUM)
    path = f"/v1/contacts/{CONSORTIUM}"
    assert (await notices.ask("PUT", path, BODY, by=by)).status_code == 200
    other = f"/v1/contacts/{new_id('con')}"
    assert (await notices.ask("PUT", other, BODY, by=by)).status_code == 404


async def test_a_secret_is_shown_once(notices: Notices) -> None:
    url = notices.receiver.url
    made = await notices.contact("mef-1", webhook_url=url)
    assert made["webhook_secret"].startswith("whsec_")
    assert made["webhook_secrets"] == 1
    again = await notices.contact("mef-1", webhook_url=url)
    assert (again["webhook_secret"], again["webhook_secrets"]) == (None, 1)
    read = await notices.ask("GET", "/v1/contacts/mef-1")
    listed = await notices.ask("GET", "/v1/contacts")
    for answer in (read, listed):
        assert "whsec_" not in answer.text
    gone = await notices.contact("mef-1", email="rosa@mef.example")
    assert gone["webhook_secrets"] == 0
    rotated = await notices.ask("POST", "/v1/contacts/mef-1/webhook-secret")
    assert rotated.status_code == 404


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"webhook_url": "http://avisos.mef.example/x"}, "/webhook_url"),
        ({"webhook_url": "https://a:b@avisos.mef.example/x"}, "/webhook_url"),
        ({"webhook_url": "https://avisos.mef.example/x y"}, "/webhook_url"),
        ({"email": "rosa"}, "/email"),
        ({"email": "rosa@mef.example\nBcc: x@y.example"}, "/email"),
        ({"email": "rosa..q@mef.example"}, "/email"),
        ({"name": "Rosa\r\nBcc: x@y.example"}, "/name"),
        ({"topics": ["everything"]}, "/topics/0"),
    ],
    ids=lambda part: str(part)[:40],
)
async def test_a_contact_that_is_refused(
    notices: Notices, fields: dict[str, Any], pointer: str
) -> None:
    answer = await notices.ask("PUT", "/v1/contacts/mef-1", {**BODY, **fields})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_topics_spare_what_informs_and_never_what_binds(notices: Notices) -> None:
    await notices.contact("role:secretariat", email="ana@fondo.example", topics=["actas"])
    assert await subs_of(notices, "fund.board.ballot.lapsed.v1") == set()
    assert await subs_of(notices, "fund.board.acta.sealed.v1") == {"role:secretariat"}
    assert await subs_of(notices, "fund.board.session.convened.v1") == {"role:secretariat"}


async def test_each_event_goes_to_those_whom_it_concerns(notices: Notices) -> None:
    await notices.seat_board()
    for seat in ("mef", "produce"):
        data = {"seat": seat, "term_id": f"ter_{seat}_s", "holder_sub": f"{seat}-s"}
        await notices.hear(received(APPOINTED, data={**data, "capacity": "alternate"}))
    titulars = {f"{seat}-1" for seat in SEATS}
    office = {"role:secretariat"}
    wanted = {
        "fund.board.ballot.opened.v1": titulars | office,
        "fund.board.session.convened.v1": titulars | {"mef-s", "produce-s"} | office,
        "fund.board.ballot.alternates_called.v1": {"mef-s", "midagri-1", "produce-1"} | office,
        "fund.board.recusal.raised.v1": {"midagri-1", "produce-1", "mef-1", "mef-s"} | office,
        "fund.board.recusal.decided.v1": office,
        "fund.board.key.registered.v1": {"mef-1"},
        "fund.board.acta.drawn.v1": {"mef-1", "mef-s"} | office,
        "fund.applications.application.progressed.v1": {CONSORTIUM},
    }
    for event_type, subs in wanted.items():
        assert await subs_of(notices, event_type) == subs, event_type


async def test_what_asks_nothing_of_the_applicant_is_not_told(notices: Notices) -> None:
    progressed = "fund.applications.application.progressed.v1"
    assert await subs_of(notices, progressed, data={"to": "in_board"}) == set()
    assessed = "fund.applications.application.assessment_recorded.v1"
    assert await subs_of(notices, assessed, data={"amendment_due_at": None}) == set()
    assert await subs_of(notices, assessed) == {CONSORTIUM}


async def test_the_term_in_force_is_found_in_whatever_order_terms_are_heard(
    notices: Notices,
) -> None:
    terms = [
        {"term_id": "ter_3", "holder_sub": "mef-3", "valid_from": at(+9), "valid_to": None},
        {"term_id": "ter_2", "holder_sub": "mef-2", "valid_from": at(-9), "valid_to": None},
        {"term_id": "ter_1", "holder_sub": "mef-1", "valid_from": at(-99), "valid_to": None},
    ]
    for term in terms:
        await notices.hear(received(APPOINTED, data=term))
    opened = "fund.board.ballot.opened.v1"
    assert await subs_of(notices, opened) == {"mef-2", "role:secretariat"}
    ended = {**terms[1], "valid_to": at(-1)}
    await notices.hear(received(APPOINTED, data=ended, version=2))
    await notices.hear(received(APPOINTED, data=terms[1], version=1))  # late: it changes nothing
    assert await subs_of(notices, opened) == {"role:secretariat"}


async def test_an_event_that_cannot_be_told_leaves_nothing_behind(notices: Notices) -> None:
    await notices.contact("role:secretariat", email="ana@fondo.example")
    bad = received("fund.board.ballot.lapsed.v1", data={"present": 2})
    del bad.data["application_id"]
    with pytest.raises(Invalid):
        await notices.hear(bad)
    assert await notices.deliveries() == []
    assert await notices.rows("SELECT 1 FROM inbox") == []


@pytest.mark.parametrize(
    ("sent", "change"),
    [
        (True, "state = 'pending', sent_at = NULL, next_attempt_at = now(), version = version + 1"),
        (False, "title = 'Otra cosa', version = version + 1"),
        (False, "recipient_sub = 'mef-2', version = version + 1"),
        (False, "attempts = attempts - 1, version = version + 1"),
        (False, "last_error = 'sin versión nueva'"),
    ],
)
async def test_what_was_told_stays_as_it_was_told(
    notices: Notices, sent: bool, change: str
) -> None:
    await notices.contact("role:secretariat", email="ana@fondo.example")
    await notices.hear(received("fund.board.acta.sealed.v1"))
    if sent:
        await notices.send()
    with pytest.raises(Conflict, match="delivery_moves"):
        await notices.rows(f"UPDATE delivery SET {change} RETURNING 1")
    with pytest.raises(DBAPIError, match="permission denied"):
        await notices.rows("DELETE FROM delivery RETURNING 1")
