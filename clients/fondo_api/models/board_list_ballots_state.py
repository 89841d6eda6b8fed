from typing import Literal

BoardListBallotsState = Literal[
    "decided", "deferred", "lapsed", "open", "scheduled", "second_call", "withdrawn"
]

BOARD_LIST_BALLOTS_STATE_VALUES: set[BoardListBallotsState] = {
    "decided",
    "deferred",
    "lapsed",
    "open",
    "scheduled",
    "second_call",
    "withdrawn",
}


def check_board_list_ballots_state(value: str) -> BoardListBallotsState:
    if value in BOARD_LIST_BALLOTS_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {BOARD_LIST_BALLOTS_STATE_VALUES!r}"
    )
