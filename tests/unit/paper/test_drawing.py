"""A paper is a pure function of its data and carries its attachments, whatever the texts say."""

import pytest

from services.paper import drawing
from services.paper.drawing import Attachment, PaperError, attachments_of, render

PLAIN = b"""#import "common.typ": *
#let d = json("data.json")
#show: paper.with(title: d.title, drawn-at: d.at, foot: [al pie])
#d.body #soles(d.amount) #lima(d.at) #lima-words(d.at) #day("2026-11-24") #code(d.at)
#grid-table((auto, 1fr), ([Uno], [Dos]), [a], [b])
#facts(([Nombre], d.title))
"""
DATA = {
    "title": "Acta n.º 7",
    "at": "2026-01-01T03:04:05Z",
    "amount": "1234567.50",
    "body": '#panic("no") *x* $y$ \\ <a> ñandú',
}
FILE = Attachment("acta.json", b'{"a":"\xc3\xb1"}')


@pytest.fixture(autouse=True)
def plain_template(monkeypatch: pytest.MonkeyPatch) -> None:
    real = drawing._template
    monkeypatch.setattr(drawing, "_template", lambda name: PLAIN if name == "plain" else real(name))


def text_of(pdf: bytes) -> str:
    import io

    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_same_data_gives_the_same_bytes() -> None:
    assert render("plain", DATA, [FILE]) == render("plain", DATA, [FILE])
    assert render("plain", DATA, [FILE]) != render("plain", {**DATA, "title": "Acta"}, [FILE])


def test_texts_are_shown_and_never_run() -> None:
    shown = text_of(render("plain", DATA))
    assert '#panic("no") *x* $y$' in shown
    assert "S/ 1 234 567.50" in shown.replace("\u2009", " ")
    assert "31/12/2025 22:04" in shown
    assert "31 de diciembre de 2025, a las 22:04" in shown


def test_an_attachment_comes_back_byte_for_byte() -> None:
    assert attachments_of(render("plain", DATA, [FILE])) == {"acta.json": FILE.content}
    assert attachments_of(render("plain", DATA)) == {}


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.7", b"hello", b"%PDF-1.7\n%%EOF" + bytes(400)])
def test_what_is_no_pdf_is_refused(broken: bytes) -> None:
    with pytest.raises(PaperError):
        attachments_of(broken)
