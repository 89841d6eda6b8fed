from typing import Literal

SeatInCapacity = Literal["alternate", "titular"]

SEAT_IN_CAPACITY_VALUES: set[SeatInCapacity] = {
    "alternate",
    "titular",
}


def check_seat_in_capacity(value: str) -> SeatInCapacity:
    if value in SEAT_IN_CAPACITY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SEAT_IN_CAPACITY_VALUES!r}")
