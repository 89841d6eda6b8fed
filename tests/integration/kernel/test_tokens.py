"""Only this issuer's fresh access tokens open anything; no flood reaches the issuer (F50–F52)."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, Response
from jwt.algorithms import ECAlgorithm

from services.kernel import auth, clock
from services.kernel.errors import Unauthenticated, Unavailable
from services.kernel.settings import Settings
from services.kernel.tokens import KEY_ID, signing_key
from tests.integration.kernel.conftest import Kernel, problem_of
from tests.support.serving import served

PATH = "/v1/anchor-firms"
FAR = 4_102_444_800  # the year 2100


def claims_of(settings: Settings, **changes: Any) -> dict[str, Any]:
    now_s = int(time.time())
    claims = {
        "iss": settings.issuer_url,
        "aud": settings.audience,
        "sub": "ana-secretaria",
        "role": "secretariat",
        "iat": now_s,
        "nbf": now_s,
        "exp": now_s + 300,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, Any], key: Any, **header: Any) -> str:
    headers = {"kid": KEY_ID, "typ": "at+jwt", **header}
    kept = {name: value for name, value in headers.items() if value is not None}
    return jwt.encode(claims, key, algorithm="ES256", headers=kept)


def segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def handmade(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    stem = ".".join(segment(json.dumps(part).encode()) for part in (header, claims))
    mark = b"" if secret is None else hmac.new(secret, stem.encode(), hashlib.sha256).digest()
    return f"{stem}.{segment(mark)}"


@pytest.fixture
def key(kernel_settings: Settings) -> ec.EllipticCurvePrivateKey:
    return signing_key(kernel_settings.issuer_key_file)


async def asked(kernel: Kernel, token: str | bytes) -> Any:
    bearer = token if isinstance(token, bytes) else token.encode()
    headers = {b"Authorization": b"Bearer " + bearer}
    return await kernel.caller.client.get(PATH, headers=headers)


async def test_a_token_as_the_issuer_makes_them_opens(
    kernel: Kernel, kernel_settings: Settings, key: ec.EllipticCurvePrivateKey
) -> None:
    for changes in ({}, {"exp": int(time.time()) - 5}, {"aud": ["x", kernel_settings.audience]}):
        answer = await asked(kernel, signed(claims_of(kernel_settings, **changes), key))
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "somebody-else"},
        {"aud": None},
        {"iss": "http://127.0.0.1:1"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"exp": None},
        {"iat": None},
        {"iat": FAR},
        {"nbf": FAR},
    ],
    ids=str,
)
async def test_a_claim_that_is_wrong_or_missing_is_refused(
    kernel: Kernel,
    kernel_settings: Settings,
    key: ec.EllipticCurvePrivateKey,
    changes: dict[str, Any],
) -> None:
    answer = await asked(kernel, signed(claims_of(kernel_settings, **changes), key))
    problem_of(answer, 401, "auth.invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_expired_token_is_refused_and_named(
    kernel: Kernel, kernel_settings: Settings, key: ec.EllipticCurvePrivateKey
) -> None:
    claims = claims_of(kernel_settings, exp=int(time.time()) - 61)
    problem_of(await asked(kernel, signed(claims, key)), 401, "auth.expired_token")


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": None}, {"typ": "id+jwt"}], ids=str)
async def test_only_an_access_token_is_one(
    kernel: Kernel,
    kernel_settings: Settings,
    key: ec.EllipticCurvePrivateKey,
    header: dict[str, Any],
) -> None:
    token = signed(claims_of(kernel_settings), key, **header)
    problem_of(await asked(kernel, token), 401, "auth.invalid_token")


async def test_no_other_algorithm_counts(
    kernel: Kernel, kernel_settings: Settings, key: ec.EllipticCurvePrivateKey
) -> None:
    public = key.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = claims_of(kernel_settings)
    for name, secret in (("none", None), ("None", None), ("HS256", pem), ("HS256", der)):
        token = handmade({"alg": name, "typ": "at+jwt", "kid": KEY_ID}, claims, secret)
        problem_of(await asked(kernel, token), 401, "auth.invalid_token")
    lying = handmade({"alg": "ES256", "typ": "at+jwt", "kid": KEY_ID}, claims, pem)
    problem_of(await asked(kernel, lying), 401, "auth.invalid_token")


async def test_a_token_does_not_bring_its_own_key(
    kernel: Kernel, kernel_settings: Settings
) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    public = json.loads(ECAlgorithm.to_jwk(stranger.public_key()))
    brought = ({"jwk": public}, {"jku": "http://127.0.0.1:1/jwks"}, {"x5u": "http://127.0.0.1:1"})
    for header in brought:
        token = signed(claims_of(kernel_settings), stranger, **header)
        problem_of(await asked(kernel, token), 401, "auth.invalid_token")


async def test_a_changed_token_is_refused(
    kernel: Kernel, kernel_settings: Settings, key: ec.EllipticCurvePrivateKey
) -> None:
    head, _, mark = signed(claims_of(kernel_settings), key).split(".")
    other = segment(json.dumps(claims_of(kernel_settings, role="operator")).encode())
    problem_of(await asked(kernel, f"{head}.{other}.{mark}"), 401, "auth.invalid_token")


@pytest.mark.parametrize(
    "token",
    ["x", "a.b.c", "..", "a" * 20_000, "ñ.ñ.ñ".encode(), b"\xff.\xff.\xff"],
    ids=["one", "three", "dots", "long", "utf8", "bytes"],
)
async def test_what_is_no_token_is_refused(kernel: Kernel, token: str | bytes) -> None:
    problem_of(await asked(kernel, token), 401, "auth.invalid_token")


async def test_without_a_bearer_there_is_no_token(kernel: Kernel) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
        answer = await kernel.caller.client.get(PATH, headers=headers)
        problem_of(answer, 401, "auth.token_missing")


@dataclass
class Issuer:
    """An issuer's JWKS whose keys and health a test turns, and which counts its readers."""

    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    healthy: bool = True
    asked: int = 0

    def app(self) -> FastAPI:
        made = FastAPI()

        @made.get("/jwks")
        async def jwks() -> Any:
            self.asked += 1
            if not self.healthy:
                return Response("down", status_code=500)
            return {"keys": [public_of(kid, key) for kid, key in self.keys.items()]}

        return made


def public_of(kid: str, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "ES256"}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer({"one": ec.generate_private_key(ec.SECP256R1())})


@pytest.fixture
def here(issuer: Issuer, tmp_path: Path) -> Iterator[Settings]:
    """Settings that trust that issuer; no server besides it is needed."""
    with served(issuer.app()) as url:
        yield Settings(issuer_url=url, issuer_key_file=tmp_path / "none.pem")


def token_by(issuer: Issuer, settings: Settings, kid: str) -> str:
    key = issuer.keys.get(kid) or ec.generate_private_key(ec.SECP256R1())
    return signed(claims_of(settings), key, kid=kid)


async def refused(guard: auth.Authenticator, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await guard.principal(token)


async def test_a_flood_of_unknown_keys_asks_the_issuer_once(issuer: Issuer, here: Settings) -> None:
    guard = auth.Authenticator(here)
    good = token_by(issuer, here, "one")
    await asyncio.gather(
        *(refused(guard, token_by(issuer, here, f"unknown-{n}")) for n in range(200)),
        *(guard.principal(good) for _ in range(20)),
    )
    assert issuer.asked == 1
    assert (await guard.principal(good)).sub == "ana-secretaria"


async def test_while_the_issuer_is_down_a_flood_asks_it_once_and_known_keys_stay_good(
    issuer: Issuer, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = auth.Authenticator(here)
    good = token_by(issuer, here, "one")
    await guard.principal(good)
    issuer.healthy = False
    with monkeypatch.context() as patch:
        patch.setattr(auth, "UNKNOWN_KID_COOLDOWN_S", 0)
        with pytest.raises(Unavailable):
            await guard.principal(token_by(issuer, here, "unknown"))
    for number in range(50):
        with pytest.raises((Unauthenticated, Unavailable)):
            await guard.principal(token_by(issuer, here, f"unknown-{number}"))
    assert issuer.asked == 2
    assert (await guard.principal(good)).sub == "ana-secretaria"


async def test_an_issuer_that_was_never_reached_is_told_apart_from_a_bad_token(
    issuer: Issuer, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.healthy = False
    guard, token = auth.Authenticator(here), token_by(issuer, here, "one")
    with monkeypatch.context() as patch:
        patch.setattr(auth, "FAILURE_COOLDOWN_S", 60)
        for _ in range(50):
            with pytest.raises(Unavailable) as told:
                await guard.principal(token)
            assert told.value.code == "auth.issuer_unavailable"
    assert issuer.asked == 1
    issuer.healthy = True
    monkeypatch.setattr(auth, "FAILURE_COOLDOWN_S", 0)
    assert (await guard.principal(token)).role == "secretariat"


async def test_a_new_key_is_taken_and_a_removed_one_ends_with_the_cache(
    issuer: Issuer, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = auth.Authenticator(here)
    old = token_by(issuer, here, "one")
    await guard.principal(old)
    issuer.keys["two"] = ec.generate_private_key(ec.SECP256R1())
    new = token_by(issuer, here, "two")
    with monkeypatch.context() as patch:
        patch.setattr(auth, "UNKNOWN_KID_COOLDOWN_S", 0)
        await guard.principal(new)
    await guard.principal(old)
    del issuer.keys["one"]
    monkeypatch.setattr(auth, "KEYS_LIFE_S", 0)
    await refused(guard, old)
    await guard.principal(new)


async def test_a_token_that_is_known_is_not_verified_again(
    issuer: Issuer, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard, token = auth.Authenticator(here), token_by(issuer, here, "one")
    first = await guard.principal(token)
    monkeypatch.setattr(jwt, "decode", lambda *_, **__: pytest.fail("verified again"))
    assert await guard.principal(token) == first
    with pytest.raises(pytest.fail.Exception):
        await guard.principal(token_by(issuer, here, "one"))


async def test_a_token_that_is_known_ends_when_it_expires(
    issuer: Issuer, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard, token = auth.Authenticator(here), token_by(issuer, here, "one")
    await guard.principal(token)
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(jwt, "decode", lambda *_, **__: pytest.fail("looked at again"))
    with pytest.raises(pytest.fail.Exception):
        await guard.principal(token)


async def test_no_more_tokens_are_known_than_may_be(
    issuer: Issuer, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "REMEMBERED_TOKENS", 2)
    guard = auth.Authenticator(here)
    tokens = [token_by(issuer, here, "one") for _ in range(3)]
    for token in (tokens[0], tokens[1], tokens[0], tokens[2]):
        await guard.principal(token)
    monkeypatch.setattr(jwt, "decode", lambda *_, **__: pytest.fail("verified again"))
    await guard.principal(tokens[0])
    await guard.principal(tokens[2])
    with pytest.raises(pytest.fail.Exception):
        await guard.principal(tokens[1])
