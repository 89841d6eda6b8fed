"""From an event to an e-mail in a real server: once each, tried again, given up, asked again."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from services.kernel import clock
from services.kernel.work import Work
from services.notices import channels, domain, sending
from services.notices.domain import Outcome, Taken
from services.notices.sender import ACTOR, TRIES
from tests.factories.notices import received
from tests.integration.notices.conftest import SEATS, Notices

OPENED = "fund.board.ballot.opened.v1"
SEALED = "fund.board.acta.sealed.v1"
SECRETARIAT = "role:secretariat"


def tries(outcome: str) -> float:
    value: float = TRIES.labels("email", outcome)._value.get()
    return value


async def told(notices: Notices, *, email: str | None = "ana@fondo.example") -> dict[str, Any]:
    """The one delivery of a sealed acta: the secretariat's."""
    if email:
        await notices.contact(SECRETARIAT, email=email)
    await notices.hear(received(SEALED))
    [delivery] = await notices.deliveries()
    return delivery


async def test_an_open_ballot_is_told_to_all_titulars_and_the_secretariat(
    notices: Notices,
) -> None:
    for sub in (*(f"{seat}-1" for seat in SEATS), SECRETARIAT):
        await notices.contact(sub, email=f"{sub.replace(':', '-')}@fondo.example")
    await notices.seat_board()
    await notices.send()
    notices.mail.messages.clear()
    before = tries("sent")
    event = received(OPENED)
    await notices.hear(event)
    assert await notices.send() == 5
    subs = {message["To"].addresses[0].addr_spec for message in notices.mail.messages}
    assert subs == {f"{seat}-1@fondo.example" for seat in SEATS} | {
        "role-secretariat@fondo.example"
    }
    message = next(m for m in notices.mail.messages if "mef-1" in m["To"])
    assert message["Subject"] == (
        "Votación abierta: vence el lunes 30 de noviembre de 2026, 18:00 (hora de Lima)"
    )
    plain, html = message.iter_parts()
    assert plain.get_content().splitlines()[0] == "Para: Nombre de mef-1"
    assert "fondo board vote" in plain.get_content()
    assert html.get_content_type() == "text/html"
    deliveries = [row for row in await notices.deliveries() if row["event_id"] == event.id]
    assert {row["state"] for row in deliveries} == {"sent"}
    mine = next(row for row in deliveries if row["recipient_sub"] == "mef-1")
    assert message["Message-ID"] == f"<{mine['id']}@fondo-consorcios.example>"
    assert (mine["address"], mine["attempts"]) == ("m***@fondo.example", 1)
    assert tries("sent") - before == 5
    sent = [e for e in await notices.published() if e["data"]["event_id"] == event.id]
    assert {e["type"] for e in sent} == {"fund.notices.delivery.sent.v1"}
    assert len(sent) == 5
    assert not any("@fondo.example" in str(e["data"]) for e in sent)


async def test_an_event_that_comes_twice_is_told_once(notices: Notices) -> None:
    await notices.contact(SECRETARIAT, email="ana@fondo.example")
    event = received(SEALED)
    await notices.hear(event, event)
    assert len(await notices.deliveries()) == 1
    await notices.send()
    await notices.send()
    assert len(notices.mail.messages) == 1


async def test_even_without_its_inbox_row_an_event_makes_no_second_notice(
    notices: Notices,
) -> None:
    await notices.contact(SECRETARIAT, email="ana@fondo.example")
    event = received(SEALED)
    from services.notices.listeners import tell

    for _ in range(2):
        async with notices.database.begin() as session:
            await tell(Work(session, ACTOR, clock.now(), ""), event)
    [delivery] = await notices.deliveries()
    audited = await notices.rows("SELECT subject, change FROM audit WHERE action LIKE '%announce'")
    assert [(row.subject, row.change["deliveries"]) for row in audited] == [
        (delivery["about"], [delivery["id"]])
    ]


async def test_a_refused_address_is_given_up_at_once_and_seen(notices: Notices) -> None:
    notices.mail.refusals["ana@fondo.example"] = ["550 <ana@fondo.example> no such box"]
    await told(notices)
    await notices.send()
    [delivery] = await notices.deliveries("&state=given_up")
    assert delivery["last_error"] == "550 <a***@fondo.example> no such box"
    assert (delivery["attempts"], delivery["next_attempt_at"]) == (1, None)
    await notices.make_due()
    assert await notices.send() == 0
    [event] = await notices.published()
    assert event["type"] == "fund.notices.delivery.given_up.v1"
    assert event["data"]["reason"] == delivery["last_error"]


async def test_a_refusal_that_may_pass_is_tried_again_later(notices: Notices) -> None:
    notices.mail.refusals["ana@fondo.example"] = ["451 try again later"]
    await told(notices)
    await notices.send()
    [delivery] = await notices.deliveries("&state=failed")
    assert delivery["last_error"] == "451 try again later"
    assert delivery["next_attempt_at"] > delivery["created_at"]
    assert await notices.send() == 0
    await notices.make_due()
    assert await notices.send() == 1
    [delivery] = await notices.deliveries("&state=sent")
    assert (delivery["attempts"], delivery["last_error"]) == (2, None)


async def test_a_server_that_is_down_and_comes_back(notices: Notices) -> None:
    await told(notices)
    notices.mail.stop()
    await notices.send()
    [delivery] = await notices.deliveries()
    assert delivery["state"] == "failed"
    assert "SMTPConnectError" in delivery["last_error"]
    notices.mail.start()
    await notices.make_due()
    await notices.send()
    [delivery] = await notices.deliveries()
    assert delivery["state"] == "sent"
    assert [m["Message-ID"] for m in notices.mail.messages] == [
        f"<{delivery['id']}@fondo-consorcios.example>"
    ]


async def test_after_its_tries_a_notice_is_given_up_and_can_be_asked_for(notices: Notices) -> None:
    notices.mail.refusals["ana@fondo.example"] = ["451 later"] * 3
    await told(notices)
    await notices.rows("UPDATE delivery SET attempts_until = 3, version = version + 1 RETURNING 1")
    for _ in range(3):
        await notices.make_due()
        await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("given_up", 3)
    answer = await notices.ask("POST", f"/v1/deliveries/{delivery['id']}/redeliver")
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("sent", 4)
    again = await notices.ask("POST", f"/v1/deliveries/{delivery['id']}/redeliver")
    assert (again.status_code, again.json()["code"]) == (409, "notices.already_sent")


async def test_who_has_no_address_is_seen_and_told_once_there_is_one(notices: Notices) -> None:
    delivery = await told(notices, email=None)
    assert (delivery["state"], delivery["address"]) == ("given_up", None)
    assert delivery["last_error"].startswith("Sin dirección")
    path = f"/v1/deliveries/{delivery['id']}/redeliver"
    first = await notices.ask("POST", path)
    assert first.status_code == 200, first.text
    assert first.json()["state"] == "given_up"
    await notices.contact(SECRETARIAT, email="ana@fondo.example")
    assert (await notices.ask("POST", path)).json()["state"] == "pending"
    await notices.send()
    assert notices.mail.recipients == ["ana@fondo.example"]


async def test_a_corrected_address_is_used_by_what_waits(notices: Notices) -> None:
    notices.mail.refusals["old@fondo.example"] = ["451 later"]
    await told(notices, email="old@fondo.example")
    await notices.send()
    await notices.contact(SECRETARIAT, email="new@fondo.example")
    await notices.make_due()
    await notices.send()
    assert notices.mail.recipients == ["new@fondo.example"]


async def test_an_address_that_was_taken_back_ends_what_waits(notices: Notices) -> None:
    await told(notices)
    await notices.contact(SECRETARIAT, email=None, webhook_url=notices.receiver.url)
    assert await notices.send() == 0
    [delivery] = await notices.deliveries()
    assert delivery["state"] == "given_up"
    assert notices.mail.messages == []


async def test_without_a_server_e_mails_wait_and_say_why(notices: Notices) -> None:
    await told(notices)
    assert await notices.send(smtp_url=SecretStr("")) == 0
    [delivery] = await notices.deliveries("&state=pending")
    assert delivery["last_error"] == sending.EMAIL_OFF
    assert await notices.send() == 1
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["last_error"]) == ("sent", None)


async def test_a_sender_that_dies_after_sending_leads_to_a_second_copy_not_to_silence(
    notices: Notices,
) -> None:
    await told(notices)
    mail = channels.Mail(notices.settings)

    async def take() -> Any:
        async with notices.database.begin() as session:
            work = Work(session, ACTOR, clock.now(), "")
            return await sending.take(work, channels=["email"], limit=20)

    async def settle(taken: Taken, outcome: Outcome) -> str | None:
        async with notices.database.begin() as session:
            work = Work(session, ACTOR, clock.now(), "")
            return await sending.settle(work, taken=taken, outcome=outcome, share=0.5)

    [first] = await take()
    assert (await mail.send(first, now=clock.now())) == Outcome()  # and here it dies
    assert await take() == []  # its lease holds
    await notices.make_due()
    [second] = await take()
    assert await settle(first, Outcome("late")) is None  # it was not dead, only slow
    assert (await mail.send(second, now=clock.now())) == Outcome()
    assert await settle(second, Outcome()) == "sent"
    assert await settle(second, Outcome("again")) is None
    ids = {message["Message-ID"] for message in notices.mail.messages}
    assert (len(notices.mail.messages), len(ids)) == (2, 1)
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("sent", 2)


async def test_what_no_sender_lives_to_finish_is_given_up_in_the_end(notices: Notices) -> None:
    await told(notices)
    await notices.rows(
        "UPDATE delivery SET state = 'sending', attempts = 12, version = version + 1,"
        " address = 'ana@fondo.example' RETURNING 1"
    )
    assert await notices.send() == 0
    [delivery] = await notices.deliveries()
    assert (delivery["state"], delivery["last_error"]) == ("given_up", sending.INTERRUPTED)


async def test_beyond_this_machine_nothing_is_sent_in_the_clear(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "is_loopback", lambda _: False)
    await told(notices)
    await notices.send()
    [delivery] = await notices.deliveries()
    assert (delivery["state"], "STARTTLS" in delivery["last_error"]) == ("failed", True)
    assert notices.mail.messages == []


@pytest.mark.parametrize("url", ["127.0.0.1:25", "http://127.0.0.1:25", "smtp://", "smtp://x:y"])
async def test_a_server_that_is_no_address_stops_the_sender_at_its_start(
    notices: Notices, url: str
) -> None:
    with pytest.raises(ValueError, match=r"FUND_SMTP_URL|Port could not"):
        channels.Mail(notices.settings.model_copy(update={"smtp_url": SecretStr(url)}))


async def test_many_senders_at_once_send_each_notice_once(notices: Notices) -> None:
    await notices.contact(SECRETARIAT, email="ana@fondo.example")
    await notices.hear(*(received(SEALED) for _ in range(30)))
    tried = await asyncio.gather(*(notices.send() for _ in range(4)))
    tried.append(await notices.send())
    assert sum(tried) == len(notices.mail.messages) == 30
    assert len({message["Message-ID"] for message in notices.mail.messages}) == 30


async def test_a_server_that_never_answers_does_not_hold_the_sender(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(channels, "TRY_LIMIT_S", 0.3)
    await told(notices)
    async with server:
        await notices.send(smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"))
    [delivery] = await notices.deliveries()
    assert (delivery["state"], "Timeout" in delivery["last_error"]) == ("failed", True)
