"""Members who sign in tests: one key a person and test process, and bodies signed with it.

Register once with `POST /v1/keys` (`key_registration`), then vote with `signed_vote`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from deploy.demo import signing


@cache
def key_of(sub: str) -> signing.PrivateKey:
    """The person's private key in this process."""
    return signing.new_key()


def key_registration(sub: str) -> dict[str, Any]:
    """The body of `POST /v1/keys` that registers the person's key."""
    return signing.registration(key_of(sub), sub)


def signed_vote(
    ballot: Mapping[str, Any], seat: str, sub: str, choice: str = "for", **said: Any
) -> dict[str, Any]:
    """The body of a ballot's `POST …/votes` by the person for the seat; `said` may hold `reason`,
    `legal_bar`, `conditions`, `signed_at`, `nonce` and `key`. What must have a reason has one."""
    key = said.pop("key", None) or key_of(sub)
    if choice != "for":
        said.setdefault("reason", "Falta sustento.")
    if choice == "abstain":
        said.setdefault("legal_bar", "LPAG art. 99.2")
    return signing.vote(key, ballot, seat, sub, choice, **said)


def signed_deferral(ballot: Mapping[str, Any], seat: str, sub: str, **said: Any) -> dict[str, Any]:
    """The body of a ballot's `POST …/deferral` by the person who presides: `reason`, `until`."""
    return signing.deferral(key_of(sub), ballot, seat, sub, **said)
