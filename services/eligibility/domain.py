"""What can be assessed, as of which day, and how two decisions differ; pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from services.kernel.clock import lima_date
from services.kernel.errors import Conflict

ASSESSABLE: Final = frozenset({"submitted", "under_assessment"})
"""States of an application in which its eligibility may be asked."""

_KEYS: Final = ("code", "key")
"""Fields that name an item of a list: findings have a code, parameters a key."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two decisions say different things; None where one says nothing."""

    path: str
    stored: Any
    now: Any


def handed_in(
    *, state: str, submitted_at: datetime | None, dossier_sha256: str | None
) -> tuple[date, str]:
    """The day whose rules and facts count, and the hash of what was handed in.

    The day is the Lima date of the submission, so that asking later gives the same. Raises
    eligibility.not_assessable unless the application awaits its assessment.
    """
    if state not in ASSESSABLE or submitted_at is None or dossier_sha256 is None:
        raise Conflict(
            "eligibility.not_assessable",
            f"La solicitud está en estado {state}; solo se evalúa una solicitud presentada."
            " Preséntela y vuelva a intentarlo.",
        )
    return lima_date(submitted_at), dossier_sha256


def differences(*, stored: Any, now: Any) -> list[Difference]:
    """Where two JSON documents differ, by JSON Pointer.

    Findings and parameters are matched by what they are about and not by their place in the list,
    so that one new finding is one difference.
    """
    return list(_differences("", stored, now))


def findings_moved(
    differences: Iterable[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Of differences as documents: the findings only the present answer has, and those only the
    stored one has."""
    whole = [one for one in differences if re.fullmatch("/findings/[^/]+", one["path"])]
    added = [one["now"] for one in whole if one["stored"] is None]
    return added, [one["stored"] for one in whole if one["now"] is None]


def _differences(path: str, stored: Any, now: Any) -> Iterator[Difference]:
    if isinstance(stored, list) and isinstance(now, list):
        stored, now = _named(stored), _named(now)
    if isinstance(stored, dict) and isinstance(now, dict):
        for name in sorted(stored.keys() | now.keys()):
            place = f"{path}/{_escaped(name)}"
            if name in stored and name in now:
                yield from _differences(place, stored[name], now[name])
            else:
                yield Difference(place, stored.get(name), now.get(name))
    elif isinstance(stored, bool) is not isinstance(now, bool) or stored != now:
        yield Difference(path, stored, now)


def _named(items: list[Any]) -> dict[str, Any]:
    """The items by name (`MEM-003 producer pro_…`), or by place when they have none."""
    named: dict[str, Any] = {}
    for place, item in enumerate(items):
        name = _name(item) or str(place)
        named[name if name not in named else f"{name} #{place}"] = item
    return named


def _name(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    for key in _KEYS:
        if isinstance(item.get(key), str):
            subject = item.get("subject")
            about = [subject.get("type"), subject.get("id")] if isinstance(subject, dict) else []
            return " ".join([item[key], *(str(part) for part in about if part is not None)])
    return None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
