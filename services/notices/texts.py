"""The Spanish texts: one template a notice gives its subject line, its plain text and its HTML.

A template fills four blocks (subject, told, asked, how) of a common page. What an event says is
escaped in the HTML; a field that a template wants and the event has not is an error, never a gap.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from services.kernel.clock import LIMA
from services.kernel.errors import Invalid
from services.notices import domain

FOLDER: Final = Path(__file__).with_name("templates")
_DAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS: Final = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
    *("septiembre", "octubre", "noviembre", "diciembre"),
)
SEATS_ES: Final = {
    "midagri": "MIDAGRI",
    "produce": "PRODUCE",
    "mincetur": "MINCETUR",
    "mef": "MEF",
}
WORDS_ES: Final = {
    "approved": "aprobado",
    "rejected": "denegado",
    "deferred": "aplazado",
    "refused": "denegada",
    "withdrawn": "retirada",
    "ordinary": "ordinaria",
    "extraordinary": "extraordinaria",
    "virtual": "virtual",
    "in_person": "presencial",
    "titular": "titular",
    "alternate": "suplente",
    "declared": "declarada por la propia persona",
    "proposed": "propuesta por otra persona",
    "detected": "detectada por los intereses declarados",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as it is read: its title on one line, its text and its HTML."""

    title: str
    plain: str
    html: str


def lima(instant: str) -> str:
    """An event's instant, or its day, as people in Peru say it: day of the week, date, hour."""
    if len(instant) == len("2026-03-02"):
        return _day(date.fromisoformat(instant))
    at = datetime.fromisoformat(instant)
    if at.tzinfo is None:
        raise ValueError(f"{instant} has no offset")
    local = at.astimezone(LIMA)
    return f"{_day(local.date())}, {local:%H:%M} (hora de Lima)"


def deadline(instant: str) -> str:
    """As `lima`, for an end: midnight is told as 24:00 of the day that it ends."""
    if len(instant) == len("2026-03-02"):
        return lima(instant)
    at = datetime.fromisoformat(instant)
    if at.tzinfo is None or at.astimezone(LIMA).time() != time.min:
        return lima(instant)
    return f"{_day(at.astimezone(LIMA).date() - timedelta(days=1))}, 24:00 (hora de Lima)"


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} de {_MONTHS[day.month - 1]} de {day.year}"


def seat(name: str) -> str:
    """The ministry's short name."""
    return SEATS_ES.get(name, name.upper())


def word(value: str) -> str:
    """The Spanish word of a fixed value; an unknown one stands as it came."""
    return WORDS_ES.get(value, value)


@cache
def _pages(*, html: bool) -> Environment:
    pages = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"lima": lima, "deadline": deadline, "seat": seat, "word": word}
    pages.globals["layout"] = "layout.html.j2" if html else "layout.txt.j2"
    return pages


def templates() -> list[str]:
    """The names of all notices' templates."""
    return sorted(
        path.name.removesuffix(".j2")
        for path in FOLDER.glob("*.j2")
        if not path.name.startswith("layout.")
    )


def letter(template: str, *, name: str, about: str, data: dict[str, Any]) -> Letter:
    """Write the notice to `name`; raises notices.template when a field is missing or unreadable."""
    given = {"name": domain.one_line(name), "about": about, "data": data}
    try:
        plain = _pages(html=False).get_template(f"{template}.j2")
        title = "".join(plain.blocks["subject"](plain.new_context(given)))
        return Letter(
            title=domain.one_line(title),
            plain=plain.render(given).strip() + "\n",
            html=_pages(html=True).get_template(f"{template}.j2").render(given).strip() + "\n",
        )
    except (TemplateError, ValueError, TypeError, AttributeError) as error:
        raise Invalid(
            "notices.template", f"El aviso {template} no se pudo redactar: {error}"
        ) from error
