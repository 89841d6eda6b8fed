"""The room on a scratch database of the real PostgreSQL, with the real OPA.

The registry beside it is a stand-in that knows the consortia a test names.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.kernel.auth import not_found
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.work import Principal
from tests.factories import applications as bodies
from tests.support.callers import Caller
from tests.support.databases import scratch_settings
from tests.support.serving import own_issuer, room_here

SECRETARIAT = Principal(sub="ana-secretaria", role="secretariat")
SERVICE = Principal(sub="fund-services", role="service")
AUDITOR = Principal(sub="olga-auditora", role="auditor")


def applicant(consortium_id: str, sub: str = "rosa-del-consorcio") -> Principal:
    return Principal(sub=sub, role="applicant", consortium_id=consortium_id)


@dataclass
class KnownConsortia:
    """A registry that knows some consortia, and the signals that eligibility tells of."""

    known: set[str] = field(default_factory=set)
    signals: dict[str, Any] | None = field(default_factory=lambda: {"level": "clear", "open": 0})
    reads: int = 0

    async def read(self, room: str, path: str) -> dict[str, Any]:
        self.reads += 1
        if room == "eligibility" and path.endswith("/signals") and self.signals is not None:
            return self.signals
        if room != "registry":
            raise not_found()
        land = [{"name": "INEI-12", "area_ha": "9.5000"}, {"name": "INEI-09", "area_ha": "10.0000"}]
        known = path.removeprefix("/v1/footprints?consortium_id=") in self.known
        return {"data": [{"regions": land}] if known else []}


@dataclass
class Room:
    """The room under test: who speaks to it is said with every request."""

    app: FastAPI
    caller: Caller
    registry: KnownConsortia

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Principal,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        return await self.caller.request(method, path, body, by=by, key=key, headers=headers)

    async def get(self, path: str, *, by: Principal = SECRETARIAT) -> httpx2.Response:
        return await self.caller.get(path, by=by)

    async def post(
        self, path: str, body: Any = None, *, by: Principal = SECRETARIAT, key: str | None = None
    ) -> httpx2.Response:
        return await self.ask("POST", path, body, by=by, key=key)

    async def call(self, **changes: Any) -> dict[str, Any]:
        answer = await self.post("/v1/calls", bodies.call(**changes))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def draft(self, *, sub: str = "rosa-del-consorcio", **changes: Any) -> dict[str, Any]:
        call_id = changes.pop("call_id", None) or (await self.call())["id"]
        consortium_id = changes.pop("consortium_id", None) or new_id("con")
        self.registry.known.add(consortium_id)
        body = {"call_id": call_id, "consortium_id": consortium_id, "plan": bodies.plan(**changes)}
        answer = await self.post("/v1/applications", body, by=applicant(consortium_id, sub))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def act(
        self,
        application: dict[str, Any],
        verb: str,
        body: Any = None,
        *,
        by: Principal | None = None,
    ) -> httpx2.Response:
        """POST …/{verb}, as the consortium itself unless somebody else is named."""
        principal = by or applicant(application["consortium_id"])
        return await self.post(f"/v1/applications/{application['id']}/{verb}", body, by=principal)

    async def done(
        self,
        application: dict[str, Any],
        verb: str,
        body: Any = None,
        *,
        by: Principal | None = None,
    ) -> dict[str, Any]:
        answer = await self.act(application, verb, body, by=by)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def under_assessment(self, **changes: Any) -> dict[str, Any]:
        application = await self.draft(**changes)
        await self.done(application, "submit")
        return await self.done(application, "take-up", by=SERVICE)

    async def eligible(self, **changes: Any) -> dict[str, Any]:
        application = await self.under_assessment(**changes)
        result = bodies.finding_result()
        return await self.done(application, "assessment-result", result, by=SERVICE)

    async def rows(self, sql: str, **parameters: Any) -> list[Any]:
        async with self.app.state.databases["applications"].begin() as session:
            connection = await session.connection()
            return list(await connection.execute(text(sql), parameters))

    async def events_of(self, aggregate_id: str) -> list[dict[str, Any]]:
        sql = "SELECT body FROM outbox WHERE aggregate_id = :id ORDER BY seq"
        return [row.body for row in await self.rows(sql, id=aggregate_id)]


@pytest.fixture(scope="session")
def applications_settings(
    servers: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of a scratch database and an issuer of this test run."""
    with (
        scratch_settings("applications") as scratch,
        own_issuer(scratch, tmp_path_factory.mktemp("issuer")) as settings,
    ):
        yield settings


@pytest.fixture
async def room(applications_settings: Settings) -> AsyncIterator[Room]:
    """The room, running in this process."""
    registry = KnownConsortia()
    async with room_here("applications", applications_settings, neighbours=registry) as made:
        app, caller = made
        yield Room(app, caller, registry)
