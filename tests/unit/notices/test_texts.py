"""Every notice can be written, says what its reader needs, and carries nothing foreign into it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from clients.fondo.app import app
from services.kernel.errors import Invalid
from services.notices import texts
from services.notices.catalog import CATALOG
from services.notices.channels import message_of
from services.notices.domain import Taken
from tests.factories.notices import DATA

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
EVIL = '<script>alert("x")</script>\r\nBcc: todos@evil.example\r\n\r\n'


def letter_of(event_type: str, **changes: Any) -> texts.Letter:
    data = {**DATA[event_type], **changes}
    template = CATALOG[event_type].template
    return texts.letter(template, name="Rosa Quispe", about="bal_1", data=data)


def test_each_notice_has_a_template_and_each_template_a_notice() -> None:
    assert sorted(notice.template for notice in CATALOG.values()) == texts.templates()
    assert set(CATALOG) == set(DATA)


@pytest.mark.parametrize("event_type", CATALOG)
def test_a_notice_is_written_in_text_and_html(event_type: str) -> None:
    letter = letter_of(event_type)
    assert 5 < len(letter.title) <= 200
    assert letter.plain.startswith("Para: Rosa Quispe\n")
    assert "Referencia: bal_1" in letter.plain
    assert letter.html.startswith("<!DOCTYPE html>")
    assert f"<title>{letter.title}</title>" in letter.html
    for text in (letter.title, letter.plain, letter.html):
        assert not {"{{", "{%", "None", "Undefined"} & set(text.split())
    assert "\n\n\n" not in letter.plain


@pytest.mark.parametrize("event_type", CATALOG)
def test_a_field_that_a_notice_does_not_know_is_ignored(event_type: str) -> None:
    assert letter_of(event_type, new_field={"a": [1]}) == letter_of(event_type)


@pytest.mark.parametrize("event_type", CATALOG)
def test_an_event_of_a_binding_notice_asks_or_tells_how(event_type: str) -> None:
    if CATALOG[event_type].binding and CATALOG[event_type].topic != "applications":
        plain = letter_of(event_type).plain
        assert "Qué se le pide:" in plain or "Cómo:" in plain


def commands(group: Any, *before: str) -> Iterator[str]:
    """The commands of a group as they are typed."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name))


@pytest.mark.parametrize("event_type", CATALOG)
def test_the_commands_that_a_notice_names_are_those_of_fondo(event_type: str) -> None:
    lines = letter_of(event_type).plain.splitlines()
    named = {line.removeprefix("fondo ") for line in lines if line.startswith("fondo ")}
    assert named <= set(commands(get_command(app)))


def test_a_time_limit_is_told_in_lima() -> None:
    letter = letter_of("fund.board.ballot.opened.v1", closes_at="2026-12-01T04:30:00+00:00")
    wanted = "lunes 30 de noviembre de 2026, 23:30 (hora de Lima)"
    assert wanted in letter.title
    assert f"Plazo para votar: {wanted}." in letter.plain
    assert wanted in letter.html


def test_an_addendum_says_who_decides_and_how_it_ended() -> None:
    plain = letter_of("fund.disbursement.addendum.drafted.v1", route="secretariat").plain
    assert "Decide la secretaría técnica. Plazo de la adenda: viernes 18 de diciembre" in plain
    assert "Decide el directorio." in letter_of("fund.disbursement.addendum.drafted.v1").plain
    ended = "fund.disbursement.addendum.ended.v1"
    assert letter_of(ended).title == "Adenda n.º 2 denegada"
    assert letter_of(ended, state="withdrawn").title == "Adenda n.º 2 retirada"
    entered = "fund.disbursement.addendum.entered.v1"
    assert "Desembolsos nuevos: tra_" in letter_of(entered).plain
    assert "Desembolsos nuevos" not in letter_of(entered, tranche_ids=[]).plain


def test_a_time_limit_at_midnight_is_the_end_of_the_day_before() -> None:
    letter = letter_of("fund.board.ballot.opened.v1", closes_at="2026-12-11T05:00:00Z")
    assert "vence el jueves 10 de diciembre de 2026, 24:00 (hora de Lima)" in letter.title


def test_a_date_without_an_hour_is_told_as_a_day() -> None:
    letter = letter_of("fund.board.ballot.deferred.v1", until="2026-12-01")
    assert letter.title == "Votación aplazada hasta el martes 1 de diciembre de 2026"


@pytest.mark.parametrize("value", ["2026-12-01T04:30:00", "mañana", "", None, 5])
def test_an_instant_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(Invalid):
        letter_of("fund.board.ballot.opened.v1", closes_at=value)


def test_a_missing_field_is_refused() -> None:
    data = {"application_id": "app_1"}
    with pytest.raises(Invalid) as refused:
        texts.letter("ballot_opened", name="Rosa", about="bal_1", data=data)
    assert refused.value.code == "notices.template"


def test_what_an_event_says_is_escaped_in_html_and_cannot_begin_a_header() -> None:
    letter = letter_of("fund.board.acta.drawn.v1", number=EVIL)
    assert "<script>" not in letter.html
    assert "&lt;script&gt;" in letter.html
    assert len(letter.title.splitlines()) == 1
    parsed = message_from_bytes(_mailed(letter.title, "Rosa"), policy=policy.default)
    assert parsed["Bcc"] is None
    assert parsed["Subject"] == letter.title


@given(st.text(max_size=80))
def test_no_name_makes_a_header_of_its_own(name: str) -> None:
    given_name = texts.letter(
        "acta_sealed", name=name, about="act_1", data=DATA["fund.board.acta.sealed.v1"]
    )
    assert given_name.title == "Acta sellada: ACTA-007-2026-FC"
    from services.notices.domain import one_line

    parsed = message_from_bytes(_mailed("Título", one_line(name)), policy=policy.default)
    known = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    assert set(parsed.keys()) == {*known, "MIME-Version", "Content-Type"}


def _mailed(title: str, name: str) -> bytes:
    taken = Taken(
        **{"id": "dlv_1", "event_id": "evt_1", "event_type": "t", "about": "bal_1"},
        **{"template": "x", "channel": "email", "address": "rosa@mef.example", "name": name},
        **{"title": title, "plain": "Ñandú\n", "html": "<p>Ñandú</p>\n"},
        attempt=1,
        secrets=(),
    )
    message = message_of(taken, sender="Fondo <avisos@fondo.example>", now=NOW)
    return message.as_bytes(policy=policy.SMTP)
