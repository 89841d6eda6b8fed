from typing import Literal

InterestInKind = Literal["dni", "ruc"]

INTEREST_IN_KIND_VALUES: set[InterestInKind] = {
    "dni",
    "ruc",
}


def check_interest_in_kind(value: str) -> InterestInKind:
    if value in INTEREST_IN_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {INTEREST_IN_KIND_VALUES!r}")
