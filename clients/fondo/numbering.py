"""No identifier is typed: lists are numbered, and the last list of each kind is remembered.

`fondo board show 2` is the second row of the last inbox. Several inboxes may be open in other
windows, so a list is kept by profile and kind, with a label that tab completion shows.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from clients.fondo import store
from clients.fondo.errors import Wrong

_ID: Final = re.compile(r"[a-z]{3}_[0-9a-z]{26}")
NOUNS: Final = {
    "ballot": ("una votación", "fondo board inbox"),
    "recusal": ("una abstención", "fondo board inbox"),
    "session": ("una sesión", "fondo session list"),
    "acta": ("un acta", "fondo acta list"),
    "key": ("una llave", "fondo key list"),
    "interest": ("un interés", "fondo interests list"),
    "receipt": ("una constancia", "fondo receipt list"),
}


def remember(profile: str, kind: str, rows: Sequence[tuple[str, str]]) -> None:
    """Keep the identifiers and labels of a list, in the order in which it was shown."""
    kept = store.read(_file(profile), default={})
    kept[kind] = [list(row) for row in rows]
    store.write(kept, _file(profile))


def remembered(profile: str, kind: str) -> list[tuple[str, str]]:
    """Identifier and label of each row of the last list of this kind."""
    kept: dict[str, Any] = store.read(_file(profile), default={})
    return [(str(one), str(label)) for one, label in kept.get(kind, [])]


def resolve(profile: str, kind: str, typed: str) -> str:
    """The identifier that a number stands for; an identifier stands for itself."""
    if _ID.fullmatch(typed):
        return typed
    what, command = NOUNS[kind]
    rows = remembered(profile, kind)
    if kind in {"key", "receipt"} and typed in {one for one, _ in rows}:
        return typed
    if not typed.isdecimal():
        detail = f"«{typed}» no es un número de la lista."
        raise Wrong("client.number_wanted", detail, f"Vea los números: `{command}`.")
    if not 1 <= int(typed) <= len(rows):
        listed = f"la última lista tiene {len(rows)}" if rows else "todavía no vio ninguna lista"
        detail = f"No hay {what} con el número {typed}: {listed}."
        raise Wrong("client.number_unknown", detail, f"Vea los números: `{command}`.")
    return rows[int(typed) - 1][0]


def completions(profile: str, kind: str, incomplete: str) -> list[tuple[str, str]]:
    """Number and label of the rows whose number starts so, for the shell."""
    rows = enumerate(remembered(profile, kind), start=1)
    return [(str(at), label) for at, (_, label) in rows if str(at).startswith(incomplete)]


def _file(profile: str) -> str:
    return f"numbers-{profile}.json"
