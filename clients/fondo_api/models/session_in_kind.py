from typing import Literal

SessionInKind = Literal["extraordinary", "ordinary"]

SESSION_IN_KIND_VALUES: set[SessionInKind] = {
    "extraordinary",
    "ordinary",
}


def check_session_in_kind(value: str) -> SessionInKind:
    if value in SESSION_IN_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SESSION_IN_KIND_VALUES!r}")
