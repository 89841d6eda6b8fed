"""The room on a scratch database with the real OPA and a partner sandbox of this test run."""

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from deploy.sandbox.app import create_app as sandbox_app
from deploy.sandbox.settings import SandboxSettings
from services.disbursement.models import CONSTRAINT_ERRORS
from services.kernel.app import create_app
from services.kernel.db import Database
from services.kernel.settings import Settings
from tests.integration.disbursement.world import KnownRooms, World
from tests.support.callers import Caller
from tests.support.databases import scratch_settings
from tests.support.serving import free_port, own_issuer, served, url_of

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
FINAL_AFTER_S = 1


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a sandbox that executes at once and whose 'not found' is soon final."""
    settings = SandboxSettings(
        _env_file=None,
        environment="test",
        state_dir=tmp_path_factory.mktemp("sandbox"),
        agroideas_client_id="fund-agroideas",
        agroideas_client_secret="secret-of-agroideas",
        agroideas_webhook_secret=WEBHOOK_SECRET,
        agrobanco_client_id="fund-agrobanco",
        agrobanco_client_secret="secret-of-agrobanco",
        sandbox_execution_delay_s=0.02,
        sandbox_return_delay_s=0.05,
        sandbox_final_after_s=FINAL_AFTER_S,
        sandbox_callback_backoff_s=0.05,
    )
    with served(sandbox_app(settings)) as url:
        yield url


@pytest.fixture(scope="session")
def room_settings(
    servers: None, sandbox: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of a scratch database, an issuer of our own and the sandbox as both partners."""
    with (
        scratch_settings("disbursement") as scratch,
        own_issuer(scratch, tmp_path_factory.mktemp("issuer")) as issued,
    ):
        yield issued.model_copy(
            update={
                "agroideas_url": f"{sandbox}/agroideas",
                "agroideas_client_id": "fund-agroideas",
                "agroideas_client_secret": SecretStr("secret-of-agroideas"),
                "agroideas_webhook_secret": SecretStr(WEBHOOK_SECRET),
                "agrobanco_url": f"{sandbox}/agrobanco",
                "agrobanco_client_id": "fund-agrobanco",
                "agrobanco_client_secret": SecretStr("secret-of-agrobanco"),
                "channel_timeout_s": 1.0,
                "database_pool_size": 12,
            }
        )


@pytest.fixture(scope="session")
def served_room(room_settings: Settings) -> Iterator[tuple[str, Settings, KnownRooms]]:
    """The room on a port, so that the sandbox can call it back."""
    listening = free_port()
    here = room_settings.model_copy(update={"room_urls": {"disbursement": url_of(listening)}})
    app = create_app(["disbursement"], here)
    with served(app, listening) as url:
        rooms = KnownRooms()
        real, app.state.neighbours = app.state.neighbours, rooms
        yield url, here, rooms
        app.state.neighbours = real


@pytest.fixture
async def world(
    served_room: tuple[str, Settings, KnownRooms], sandbox: str
) -> AsyncIterator[World]:
    """The room, and a sandbox that behaves and whose books are empty."""
    url, settings, rooms = served_room
    database = Database("disbursement", settings, CONSTRAINT_ERRORS)
    options: dict[str, Any] = {"timeout": 60, "trust_env": False}
    async with (
        httpx2.AsyncClient(base_url=url, **options) as client,
        httpx2.AsyncClient(base_url=sandbox, **options) as control,
    ):
        answer = await control.post("/control/reset", json={"books": True})
        assert answer.status_code == 200, answer.text
        yield World(Caller(client, settings), settings, rooms, control, database)
    await database.dispose()
