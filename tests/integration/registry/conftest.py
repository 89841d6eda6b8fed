"""The registry against the real PostgreSQL and OPA, on a scratch database."""

import random
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import event, text

from services.kernel.db import Database
from services.kernel.settings import Settings
from services.kernel.values import is_ruc
from services.kernel.work import Principal
from tests.integration.registry.padron import Padron
from tests.support.callers import Caller, principal
from tests.support.databases import scratch_settings
from tests.support.serving import own_issuer, room_here


def digits(count: int) -> str:
    return "".join(random.choices("0123456789", k=count))


def fresh_ruc() -> str:
    stem = f"20{digits(8)}"
    return next(f"{stem}{last}" for last in range(10) if is_ruc(f"{stem}{last}"))


def firm(**fields: Any) -> dict[str, Any]:
    return {
        "ruc": fresh_ruc(),
        "legal_name": "Agroexportadora Valle Verde S.A.C.",
        "ruc_state": "ACTIVO",
        "ruc_condition": "HABIDO",
        "exporting": True,
        "ubigeo": {"scheme": "INEI", "code": "120301"},
        **fields,
    }


def parcel(code: str = "PRE-1", area_ha: str = "1.8000") -> dict[str, Any]:
    return {
        "code": code,
        "area_ha": area_ha,
        "crop": "palta",
        "tenure": "propietaria",
        "ubigeo": {"scheme": "INEI", "code": "120301"},
    }


def producer(**fields: Any) -> dict[str, Any]:
    return {
        "dni": digits(8),
        "full_name": "Rosa Quispe Huamán",
        "sex": "F",
        "born_on": "1984-05-17",
        "alive": True,
        "cci": "00219300123456789013",
        "ppa": {"valid_from": "2025-03-01", "valid_to": None},
        "parcels": [parcel()],
        **fields,
    }


def member(producer_id: str) -> dict[str, Any]:
    return {
        "producer_id": producer_id,
        "product": "palta Hass",
        "annual_volume_kg": 9000,
        "price_formula": "70 % del FOB semanal",
    }


class Registry:
    """The registry's API as one role at a time sees it, and its database behind it."""

    def __init__(self, caller: Caller, database: Database) -> None:
        self._caller = caller
        self.database = database

    async def get(
        self, path: str, *, role: str = "secretariat", consortium_id: str | None = None
    ) -> httpx2.Response:
        return await self._caller.get(path, by=principal(role, consortium_id=consortium_id))

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        role: str = "secretariat",
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        return await self._caller.post(path, body, by=principal(role), key=key, headers=headers)

    async def put(self, path: str, body: Any, *, by: Principal) -> httpx2.Response:
        return await self._caller.request("PUT", path, body, by=by)

    async def raw(self, path: str, content: bytes) -> httpx2.Response:
        return await self.post(path, content)

    async def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.post(path, body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def consortium(self, producer_ids: list[str], **fields: Any) -> dict[str, Any]:
        anchor = await self.made("/v1/anchor-firms", firm())
        body = {
            "name": f"Consorcio {uuid.uuid4().hex[:8]}",
            "anchor_firm_id": anchor["id"],
            "cci": "00219300123456789013",
            "members": [member(producer_id) for producer_id in producer_ids],
        }
        return await self.made("/v1/consortia", {**body, **fields})

    async def producers(self, count: int) -> list[str]:
        return [(await self.made("/v1/producers", producer()))["id"] for _ in range(count)]

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.database.begin() as session:
            connection = await session.connection()
            return list(await connection.execute(text(sql), values))

    @contextmanager
    def counted_queries(self) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            seen.append(statement)

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        yield seen
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def registry_settings(
    servers: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of a scratch database and an issuer of this test run."""
    with (
        scratch_settings("registry") as scratch,
        own_issuer(scratch, tmp_path_factory.mktemp("issuer")) as settings,
    ):
        yield settings


@pytest.fixture
async def registry(registry_settings: Settings) -> AsyncIterator[Registry]:
    """The registry, running in this process."""
    async with room_here("registry", registry_settings) as (app, caller):
        yield Registry(caller, app.state.databases["registry"])


@pytest.fixture
def padron(servers: None, tmp_path: Path) -> Iterator[Padron]:
    """A registry without anybody in it, whose database no other test sees."""
    with scratch_settings("registry") as settings:
        yield Padron(settings, tmp_path)
