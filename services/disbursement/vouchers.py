"""How the number of an invoice (comprobante) is written, so that the same one is known again."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"([A-Z0-9]{1,4})-0*([1-9][0-9]{0,7})")


def normal(number: str) -> str:
    """`f001-00004521` → `F001-4521`: capitals, no leading zeros in the number nor in a series of
    digits alone. What is no series and number is only put in capitals."""
    capitals = number.upper()
    found = _NUMBER.fullmatch(capitals)
    if found is None:
        return capitals
    series, rest = found.groups()
    if series.isdigit():
        series = series.lstrip("0") or "0"
    return f"{series}-{rest}"
