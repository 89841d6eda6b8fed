"""The kernel on a scratch database that has a room's tables, with an issuer of this test run."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from services.kernel.db import Database
from services.kernel.ids import new_id
from services.kernel.rooms import database_of
from services.kernel.settings import Settings
from services.kernel.work import Principal
from tests.integration.kernel import effects
from tests.support.callers import Caller, principal
from tests.support.databases import scratch_settings
from tests.support.serving import own_issuer, room_here

ANA = principal("secretariat", "ana-secretaria")
LUIS = principal("secretariat", "luis-secretario")


@dataclass
class Kernel:
    """A room's application with one route more, which leaves an effect."""

    caller: Caller
    database: Database

    async def effect(
        self,
        thing: str,
        mode: str = "work",
        *,
        key: str,
        by: Principal = ANA,
        note: str = "",
    ) -> httpx2.Response:
        body = {"mode": mode, "note": note}
        return await self.caller.post(f"/v1/things/{thing}/effects", body, by=by, key=key)

    async def effects(self, thing: str) -> int:
        return await effects.count_of(self.database, thing)


@pytest.fixture(scope="session")
def kernel_settings(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a scratch database and an issuer of this test run."""
    with (
        scratch_settings("registry") as scratch,
        own_issuer(scratch, tmp_path_factory.mktemp("issuer")) as settings,
    ):
        yield settings


@pytest.fixture
async def kernel(kernel_settings: Settings) -> AsyncIterator[Kernel]:
    """The application, running in this process."""
    async with room_here("registry", kernel_settings) as (app, caller):
        app.include_router(effects.router)
        yield Kernel(caller, app.state.databases["registry"])


@pytest.fixture
def fresh_settings(servers: None) -> Iterator[Settings]:
    """Settings of a database that no other test writes to."""
    with scratch_settings("registry") as settings:
        yield settings


@pytest.fixture
async def database(fresh_settings: Settings) -> AsyncIterator[Database]:
    """The pool of that database."""
    made = database_of("registry", fresh_settings)
    yield made
    await made.dispose()


@pytest.fixture
def thing() -> str:
    """A name that nobody else uses."""
    return new_id("thing")


def problem_of(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The answer's problem, after checking that it has its whole shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    told = {"type", "title", "status", "code", "detail", "errors", "request_id"}
    assert set(body) - {"trace_id"} == told
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"/problems/{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"] != ""
    return body
