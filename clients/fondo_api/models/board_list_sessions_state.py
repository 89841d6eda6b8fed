from typing import Literal

BoardListSessionsState = Literal["closed", "convened", "not_held", "second_call", "voting"]

BOARD_LIST_SESSIONS_STATE_VALUES: set[BoardListSessionsState] = {
    "closed",
    "convened",
    "not_held",
    "second_call",
    "voting",
}


def check_board_list_sessions_state(value: str) -> BoardListSessionsState:
    if value in BOARD_LIST_SESSIONS_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {BOARD_LIST_SESSIONS_STATE_VALUES!r}"
    )
