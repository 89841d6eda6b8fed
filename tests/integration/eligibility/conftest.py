"""The room on a scratch database and the real OPA, its neighbours saying what a test tells them.

`fund.authz` is always the real policy; `fund.eligibility` is scripted where a test needs a certain
answer.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.kernel.opa import Decision, Opa
from services.kernel.settings import Settings
from services.kernel.work import Principal
from tests.factories.eligibility import ScriptedOpa, StubNeighbours
from tests.support.callers import Caller
from tests.support.databases import scratch_settings
from tests.support.serving import own_issuer, room_here

SERVICE = Principal(sub="fund-services", role="service")


@dataclass
class SwitchedOpa:
    """The real OPA, except for the eligibility package while a script is set."""

    real: Opa
    script: ScriptedOpa | Opa | None = None

    async def ask(
        self, package: str, question: dict[str, Any], *, limit_s: float | None = None
    ) -> Decision:
        if self.script is not None and package == "fund.eligibility":
            return await self.script.ask(package, question)
        return await self.real.ask(package, question, limit_s=limit_s)


@dataclass
class Room:
    """The room under test and all that a test may turn."""

    app: FastAPI
    caller: Caller
    opa: SwitchedOpa
    neighbours: StubNeighbours
    principal: Principal = field(default=SERVICE)

    async def get(self, path: str) -> httpx2.Response:
        return await self.caller.get(path, by=self.principal)

    async def post(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> httpx2.Response:
        return await self.caller.post(path, body, by=self.principal, key=key)

    async def assess(self, application_id: str, *, key: str | None = None) -> httpx2.Response:
        return await self.post("/v1/assessments", {"application_id": application_id}, key=key)

    async def rows(self, sql: str, **parameters: Any) -> list[Any]:
        async with self.app.state.databases["eligibility"].begin() as session:
            connection = await session.connection()
            return list(await connection.execute(text(sql), parameters))


@pytest.fixture(scope="session")
def eligibility_settings(
    servers: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of a scratch database and an issuer of this test run."""
    with (
        scratch_settings("eligibility") as scratch,
        own_issuer(scratch, tmp_path_factory.mktemp("issuer")) as settings,
    ):
        yield settings


@pytest.fixture
async def room(eligibility_settings: Settings) -> AsyncIterator[Room]:
    neighbours = StubNeighbours()
    alone = eligibility_settings.model_copy(update={"registers_url": ""})
    async with room_here("eligibility", alone, neighbours=neighbours) as made:
        app, caller = made
        opa = SwitchedOpa(app.state.opa)
        app.state.opa = opa
        yield Room(app, caller, opa, neighbours)
