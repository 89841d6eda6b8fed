"""The room on its real PostgreSQL and real OPA, with neighbours that say what a test tells them.

Needs the local stack. `fund.authz` is always the real policy; `fund.eligibility` is scripted where
a test needs a certain answer.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.kernel.app import create_app
from services.kernel.auth import authenticated
from services.kernel.ids import new_id
from services.kernel.migrate import upgrade
from services.kernel.opa import Decision, Opa
from services.kernel.settings import settings
from services.kernel.work import Principal
from tests.factories.eligibility import ScriptedOpa, StubNeighbours

SERVICE = Principal(sub="fund-services", role="service")


@dataclass
class SwitchedOpa:
    """The real OPA, except for the eligibility package while a script is set."""

    real: Opa
    script: ScriptedOpa | Opa | None = None

    async def ask(self, package: str, question: dict[str, Any]) -> Decision:
        if self.script is not None and package == "fund.eligibility":
            return await self.script.ask(package, question)
        return await self.real.ask(package, question)


@dataclass
class Room:
    """The room under test and all that a test may turn."""

    app: FastAPI
    client: httpx2.AsyncClient
    opa: SwitchedOpa
    neighbours: StubNeighbours
    principal: Principal = field(default=SERVICE)

    async def post(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> httpx2.Response:
        headers = {"Idempotency-Key": key or new_id("key")}
        return await self.client.post(path, json=body, headers=headers)

    async def assess(self, application_id: str, *, key: str | None = None) -> httpx2.Response:
        return await self.post("/v1/assessments", {"application_id": application_id}, key=key)

    async def rows(self, sql: str, **parameters: Any) -> list[Any]:
        async with self.app.state.databases["eligibility"].begin() as session:
            connection = await session.connection()
            return list(await connection.execute(text(sql), parameters))


@pytest.fixture(scope="session")
def migrated() -> None:
    upgrade("eligibility", settings())


@pytest.fixture
async def room(migrated: None) -> AsyncIterator[Room]:
    app = create_app(["eligibility"], settings())
    async with app.router.lifespan_context(app):
        await app.state.neighbours.close()
        neighbours, opa = StubNeighbours(), SwitchedOpa(app.state.opa)
        app.state.neighbours, app.state.opa = neighbours, opa
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://room") as client:
            made = Room(app, client, opa, neighbours)
            app.dependency_overrides[authenticated] = lambda: made.principal
            yield made
