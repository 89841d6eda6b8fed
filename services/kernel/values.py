"""Money as integer céntimos, and Peru's identifiers, checked by python-stdnum."""

import re
from decimal import Decimal
from typing import Final

from stdnum.pe import cui, ruc

MAX_CENTIMOS: Final = 10**14
"""S/ 10^12: far past any public fund of Peru, and safely inside a bigint."""

AMOUNT_PATTERN: Final = r"^((0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?|10{12}(\.00?)?)$"
CCI_PATTERN: Final = r"^[0-9]{20}$"
DNI_PATTERN: Final = r"^[0-9]{8}$"
RUC_PATTERN: Final = r"^(10|15|16|17|20)[0-9]{9}$"


def to_centimos(amount: str) -> int:
    """Céntimos of a decimal text in soles, `"1234.5"` → 123450.

    Raises ValueError for a negative amount, for more than two decimals and past S/ 10^12.
    """
    if not re.fullmatch(AMOUNT_PATTERN, amount):
        raise ValueError("use soles, at most two decimals and S/ 10^12, for example 1234.50")
    return int(Decimal(amount) * 100)


def to_amount(centimos: int) -> str:
    """The decimal text of an amount in céntimos, always with two decimals."""
    sign = "-" if centimos < 0 else ""
    soles, rest = divmod(abs(centimos), 100)
    return f"{sign}{soles}.{rest:02d}"


def is_ruc(number: str) -> bool:
    """Whether the eleven digits are a RUC with its right check digit (module 11)."""
    return bool(re.fullmatch(RUC_PATTERN, number)) and bool(ruc.is_valid(number))


def is_dni(number: str) -> bool:
    """Whether these are the eight digits of a DNI; the optional check character is not kept."""
    return bool(re.fullmatch(DNI_PATTERN, number)) and bool(cui.is_valid(number))


def cci_checks(number: str) -> bool:
    """Whether both control digits of a CCI hold; some real accounts fail, so only warn on it.

    Each control digit is a Luhn-like sum from the left with weights 1, 2, 1, 2 … over the
    entity and office (6 digits) and over the account (12 digits).
    """
    if not re.fullmatch(CCI_PATTERN, number):
        return False
    return number[18:] == _control_digit(number[:6]) + _control_digit(number[6:18])


def _control_digit(digits: str) -> str:
    total = 0
    for position, digit in enumerate(digits):
        product = int(digit) * (1 + position % 2)
        total += product // 10 + product % 10
    return str((10 - total % 10) % 10)
