"""Typed, sortable identifiers (TypeID): a prefix that names the noun, then a UUIDv7."""

from typing import Final

from typeid import TypeID

SUFFIX_PATTERN: Final = "[0-7][0-9a-hjkmnp-tv-z]{25}"
"""Crockford base 32 of 128 bits, as the TypeID standard writes it."""


def new_id(prefix: str) -> str:
    """A fresh identifier such as `app_01k9…`; later ones sort after earlier ones."""
    return str(TypeID(prefix=prefix))


def id_pattern(prefix: str) -> str:
    """The regular expression that an identifier with this prefix matches."""
    return f"^{prefix}_{SUFFIX_PATTERN}$"
