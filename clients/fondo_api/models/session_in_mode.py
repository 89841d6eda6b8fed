from typing import Literal

SessionInMode = Literal["in_person", "virtual"]

SESSION_IN_MODE_VALUES: set[SessionInMode] = {
    "in_person",
    "virtual",
}


def check_session_in_mode(value: str) -> SessionInMode:
    if value in SESSION_IN_MODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SESSION_IN_MODE_VALUES!r}")
