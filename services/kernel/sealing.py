"""Texts that the database must not be able to tell: sealed by a key that it does not hold.

Fernet (AES-128-CBC with HMAC-SHA256) of the `cryptography` package; the first key of the settings
seals, all of them open, so that keys can be changed one after another.
"""

from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.kernel.errors import Unavailable
from services.kernel.settings import Settings

MARK: Final = "gAAAA"
"""With which every sealed text begins: Fernet's version and the high bytes of a time."""


def seal(settings: Settings, text: str) -> str:
    """The text sealed; raises Unavailable without a sound key."""
    return _keys(settings).encrypt(text.encode()).decode()


def opened(settings: Settings, sealed: str) -> str:
    """The text again; raises Unavailable when none of the keys opens it."""
    try:
        return _keys(settings).decrypt(sealed).decode()
    except InvalidToken as error:
        raise Unavailable(
            "sealing.wrong_key", "Ninguna llave de FUND_SEALING_KEYS abre este secreto."
        ) from error


def _keys(settings: Settings) -> MultiFernet:
    given = settings.sealing_keys.get_secret_value().split(",")
    try:
        return MultiFernet([Fernet(key) for key in given])
    except ValueError as error:
        raise Unavailable(
            "sealing.no_key", "Falta FUND_SEALING_KEYS o una de sus llaves no es válida."
        ) from error
