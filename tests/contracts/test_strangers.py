"""Tokens that prove nothing, roles that may nothing, and things that are somebody else's."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.kernel.ids import new_id
from services.kernel.issuer import KEY_ID, signing_key
from tests.contracts.conftest import Refused
from tests.contracts.world import World
from tests.support.callers import principal

SECRETARIAT = principal("secretariat")


@pytest.mark.parametrize(
    ("room", "path", "name"),
    [
        ("registry", "/v1/consortia/{}", "consortium_id"),
        ("applications", "/v1/applications/{}", "application_id"),
        ("applications", "/v1/applications/{}/timeline", "application_id"),
        ("applications", "/v1/applications/{}/documents", "application_id"),
        ("applications", "/v1/applications/{}/rounds", "application_id"),
        ("eligibility", "/v1/assessments/{}", "assessment_id"),
        ("disbursement", "/v1/agreements/{}", "agreement_id"),
        ("disbursement", "/v1/tranches/{}", "tranche_id"),
    ],
)
def test_what_is_anothers_looks_exactly_like_what_is_not_there(
    world: World, refused: Refused, room: str, path: str, name: str
) -> None:
    stranger = principal("applicant", consortium_id=world.other["consortium_id"])
    headers = {"X-Request-ID": "same"}
    absent = new_id(world.ids[name][:3])
    answers = [
        world.ask("GET", room, path.format(found), by=stranger, headers=headers)
        for found in (world.ids[name], absent)
    ]
    for answer in answers:
        refused(answer, 404, "http.not_found")
    assert answers[0].content == answers[1].content
    told = [{k: v for k, v in a.headers.items() if k != "date"} for a in answers]
    assert told[0] == told[1]


def _claims(world: World, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": world.settings.issuer_url,
        "aud": world.settings.audience,
        "sub": "somebody",
        "iat": now,
        "exp": now + 600,
        "role": "secretariat",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _signed(world: World, key: Any = None, **changes: Any) -> str:
    header = {"kid": KEY_ID, "typ": "at+jwt", **changes.pop("header", {})}
    own = key or signing_key(world.settings.issuer_key_file)
    return jwt.encode(_claims(world, **changes), own, algorithm="ES256", headers=header)


TOKENS: dict[str, tuple[Callable[[World], str], str]] = {
    "expired": (lambda w: _signed(w, exp=int(time.time()) - 61), "auth.expired_token"),
    "of tomorrow": (lambda w: _signed(w, iat=int(time.time()) + 600), "auth.invalid_token"),
    "unsigned": (
        lambda w: jwt.encode(_claims(w), None, algorithm="none", headers={"typ": "at+jwt"}),
        "auth.invalid_token",
    ),
    "another key": (
        lambda w: _signed(w, key=ec.generate_private_key(ec.SECP256R1())),
        "auth.invalid_token",
    ),
    "unknown key": (lambda w: _signed(w, header={"kid": "other"}), "auth.unknown_key"),
    "symmetric": (
        lambda w: jwt.encode(
            _claims(w), "x" * 64, algorithm="HS256", headers={"kid": KEY_ID, "typ": "at+jwt"}
        ),
        "auth.invalid_token",
    ),
    "id token": (lambda w: _signed(w, header={"typ": "JWT"}), "auth.invalid_token"),
    "another audience": (lambda w: _signed(w, aud="another"), "auth.invalid_token"),
    "another issuer": (lambda w: _signed(w, iss="https://evil.example"), "auth.invalid_token"),
    "no expiry": (lambda w: _signed(w, exp=None), "auth.invalid_token"),
    "no subject": (lambda w: _signed(w, sub=None), "auth.invalid_token"),
    "nonsense": (lambda _: "a.b.c", "auth.invalid_token"),
    "one word": (lambda _: "x", "auth.invalid_token"),
    "huge": (lambda _: "A" * 20_000, "auth.invalid_token"),
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_that_proves_nothing(world: World, refused: Refused, name: str) -> None:
    make, code = TOKENS[name]
    headers = {"Authorization": f"Bearer {make(world)}"}
    answer = world.ask("GET", "registry", "/v1/consortia", by=SECRETARIAT, headers=headers)
    refused(answer, 401, code)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("value", ["", "Basic YTpi", "Bearer"])
def test_no_token_at_all(world: World, refused: Refused, value: str) -> None:
    headers = {"Authorization": value}
    answer = world.ask("GET", "registry", "/v1/consortia", by=SECRETARIAT, headers=headers)
    refused(answer, 401)


def test_a_role_that_is_none_may_nothing(world: World, refused: Refused) -> None:
    for role in ("", "admin", "SECRETARIAT", "secretariat "):
        answer = world.ask("GET", "registry", "/v1/consortia", by=principal(role, sub="x"))
        refused(answer, 403, "authz.denied")
