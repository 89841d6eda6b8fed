"""What can go wrong, as facts with a stable code and a Spanish sentence.

A room raises these from `domain.py` and `service.py` and never thinks of HTTP; the one table
that gives each kind its status is `problems.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: where (JSON Pointer), which rule, and what would cure it."""

    pointer: str
    code: str
    detail: str


class FundError(Exception):
    """A refusal that a caller can act upon.

    `code` is stable and never reused (`board.seat_already_voted`); `detail` is Spanish, for the
    person who reads it, and names the cure.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s


class Malformed(FundError):
    """The request itself is not well formed (a missing key, a bad cursor)."""


class Unauthenticated(FundError):
    """Nobody, or nobody we can prove: no token, an expired one, another issuer's."""


class Denied(FundError):
    """A known principal that may never do this."""


class Missing(FundError):
    """It does not exist, or it is not the caller's: the two are not told apart."""


class Conflict(FundError):
    """The state of things refuses it; the same request may succeed at another time."""


class Stale(FundError):
    """Somebody changed it first (If-Match does not match)."""


class TooLarge(FundError):
    """The body is larger than this API reads."""


class Invalid(FundError):
    """Well formed, but a rule refuses the content, whatever the state."""


class Held(FundError):
    """A hold or freeze stands; the work waits until it is lifted."""


class Unavailable(FundError):
    """Something we depend on does not answer; nothing was done and a retry is right."""
