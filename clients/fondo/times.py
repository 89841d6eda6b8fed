"""Instants as members read them: in Lima, whose clock never changes, and how long there is."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from clients.fondo.errors import Wrong

LIMA: Final = timezone(timedelta(hours=-5), "Lima")


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def parse(text: str) -> datetime:
    """An instant of the API."""
    return datetime.fromisoformat(text)


def in_lima(text: str | None) -> str:
    """`24/11/2026 18:00`, of Lima; a dash when there is none."""
    return parse(text).astimezone(LIMA).strftime("%d/%m/%Y %H:%M") if text else "—"


def left(text: str | None) -> str:
    """How long there is until an instant."""
    if not text:
        return "—"
    seconds = int((parse(text) - now()).total_seconds())
    if seconds <= 0:
        return "venció"
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def typed(text: str) -> str:
    """The instant that a member typed in Lima's time, for the API: `2026-12-02 09:30`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        cure = "Escríbalo así: 2026-12-02 09:30 (hora de Lima)."
        raise Wrong("client.time_malformed", f"«{text}» no es una fecha y hora.", cure) from None
    at = at if at.tzinfo else at.replace(tzinfo=LIMA)
    return stamp(at)


def typed_day(text: str) -> date:
    """The day that a member typed: `2026-12-15`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        cure = "Escríbala así: 2026-12-15."
        raise Wrong("client.day_malformed", f"«{text}» no es una fecha.", cure) from None


def stamp(at: datetime) -> str:
    """An instant as signed texts and bodies carry it: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
