from typing import Literal

VoteInChoice = Literal["abstain", "against", "for"]

VOTE_IN_CHOICE_VALUES: set[VoteInChoice] = {
    "abstain",
    "against",
    "for",
}


def check_vote_in_choice(value: str) -> VoteInChoice:
    if value in VOTE_IN_CHOICE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VOTE_IN_CHOICE_VALUES!r}")
