from typing import Literal

RecusalInSeatType0 = Literal["mef", "midagri", "mincetur", "produce"]

RECUSAL_IN_SEAT_TYPE_0_VALUES: set[RecusalInSeatType0] = {
    "mef",
    "midagri",
    "mincetur",
    "produce",
}


def check_recusal_in_seat_type_0(value: str) -> RecusalInSeatType0:
    if value in RECUSAL_IN_SEAT_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {RECUSAL_IN_SEAT_TYPE_0_VALUES!r}"
    )
