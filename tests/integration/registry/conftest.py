"""The registry against real servers: PostgreSQL and OPA of the local stack, a scratch database."""

import os
import random
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import uvicorn
from sqlalchemy import event, text

from services.kernel.app import create_app
from services.kernel.db import Database
from services.kernel.issuer import issue, issuer_app
from services.kernel.migrate import upgrade
from services.kernel.settings import Settings
from services.kernel.values import is_ruc

ISSUER_PORT = 18096


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

    def __init__(self, client: httpx2.AsyncClient, settings: Settings, database: Database) -> None:
        self._client = client
        self._settings = settings
        self.database = database

    def _bearer(self, role: str, consortium_id: str | None) -> dict[str, str]:
        token = issue(self._settings, sub=f"a-{role}", role=role, consortium_id=consortium_id)
        return {"Authorization": f"Bearer {token}"}

    async def get(
        self, path: str, *, role: str = "secretariat", consortium_id: str | None = None
    ) -> httpx2.Response:
        return await self._client.get(path, headers=self._bearer(role, consortium_id))

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        role: str = "secretariat",
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        sent = {"Idempotency-Key": key or uuid.uuid4().hex, **(headers or {})}
        return await self._client.post(
            path, json=body, headers={**self._bearer(role, None), **sent}
        )

    async def raw(self, path: str, content: bytes) -> httpx2.Response:
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
        return await self._client.post(
            path, content=content, headers={**self._bearer("secretariat", None), **headers}
        )

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
def registry_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a scratch database and an issuer of this test run."""
    state_dir = Path(os.environ.get("FUND_STATE_DIR", ".local"))
    admin_file = state_dir / "admin-env"
    if not admin_file.exists():
        pytest.skip("the local stack is not up: python -m deploy.local up")
    lines = dict(line.split("=", 1) for line in admin_file.read_text().split() if "=" in line)
    admin_url = lines["FUND_ADMIN_DATABASE_URL"]
    name = f"test{os.getpid()}_registry"
    base = Settings(_env_file=state_dir / "env")
    settings = base.model_copy(
        update={
            "database_url": base.database_url.replace("fund_{room}", name),
            "migration_database_url": base.migration_database_url.replace("fund_{room}", name),
            "issuer_url": f"http://127.0.0.1:{ISSUER_PORT}",
            "issuer_key_file": tmp_path_factory.mktemp("issuer") / "key.pem",
        }
    )
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER fund_owner")
        try:
            upgrade("registry", settings)
            yield settings
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def registry_issuer(registry_settings: Settings) -> Iterator[None]:
    """A development issuer on a socket, for the keys."""
    config = uvicorn.Config(
        issuer_app(registry_settings), host="127.0.0.1", port=ISSUER_PORT, log_level="warning"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield
    server.should_exit = True
    thread.join(5)


@pytest.fixture
async def registry(registry_settings: Settings, registry_issuer: None) -> AsyncIterator[Registry]:
    """The registry, running in this process."""
    app = create_app(["registry"], registry_settings)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://registry") as client,
    ):
        yield Registry(client, registry_settings, app.state.databases["registry"])
