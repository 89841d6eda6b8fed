"""The sandbox as a process: killed and started again it has its books and keeps its promises."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from pydantic import ValidationError

from deploy.sandbox.openapi import agroideas_openapi
from deploy.sandbox.settings import SandboxSettings

from .conftest import SECRETS, Client, Platform, eventually, order, sandbox, settings_in

REPOSITORY = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def running(state_dir: Path, port: int, **changes: str) -> AsyncIterator[Client]:
    """The real command on a real port; killed without warning on the way out."""
    given = {name.upper(): value for name, value in (SECRETS | changes).items()}
    environment = os.environ | {f"FUND_{name}": value for name, value in given.items()}
    environment |= {"FUND_STATE_DIR": str(state_dir), "FUND_PORT_BASE": str(port - 7)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.sandbox", cwd=REPOSITORY, env=environment
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:

            async def ready() -> bool:
                assert process.returncode is None, "the sandbox ended"
                try:
                    return (await http.get("/readyz")).status_code == 200
                except httpx2.TransportError:
                    return False

            await eventually(ready, within_s=30)
            yield Client(http)
    finally:
        process.kill()
        await process.wait()


class TestRestart:
    async def test_keeps_books_behaviours_and_undelivered_callbacks(
        self, tmp_path: Path, platform: Platform
    ) -> None:
        port = free_port()
        later = {"sandbox_execution_delay_s": "2"}
        async with running(tmp_path, port, **later) as client:
            first = await client.pay(order(platform))
            assert first.status_code == 202
            await client.told("agroideas", mode="reject", applies_to=3)
        assert platform.received == []
        async with running(tmp_path, port, **later) as client:
            again = await client.pay(order(platform))
            assert (again.status_code, again.text) == (202, first.text)
            [row] = await client.wait_for_status("ins-0001", "executed")
            assert row["executed_count"] == 1
            [event] = await platform.wait_for(1)
            assert event["type"] == "payment.executed"
            control = (await client.http.get("/control")).json()
            assert (control["agroideas"]["mode"], control["agroideas"]["remaining"]) == (
                "reject",
                3,
            )

    async def test_goes_on_retrying_a_callback(self, tmp_path: Path, platform: Platform) -> None:
        settings = settings_in(tmp_path, sandbox_callback_backoff_s=0.3)
        platform.answers = [500]
        async with sandbox(settings) as client:
            await client.pay(order(platform))
            await platform.wait_for(1)

            async def retried() -> bool:
                rows = (await client.http.get("/control/callbacks")).json()
                return bool(rows[0]["tries"] == 1)

            await eventually(retried)
        assert len(platform.received) == 1
        async with sandbox(settings):
            events = await platform.wait_for(2)
        assert len({event["event_id"] for event in events}) == 1


class TestHealth:
    async def test_counts_what_it_did(self, client: Client, platform: Platform) -> None:
        await client.pay(order(platform))
        await platform.wait_for(1)
        await client.wait_for_status("ins-0001", "executed")

        async def delivered() -> bool:
            text = (await client.http.get("/metrics")).text
            return 'sandbox_callbacks_total{outcome="delivered"} 1.0' in text

        await eventually(delivered)
        text = (await client.http.get("/metrics")).text
        assert 'sandbox_payments_total{partner="agroideas",status="executed"} 1.0' in text
        assert 'sandbox_payments_total{partner="agrobanco",status="executed"} 0.0' in text
        assert 'sandbox_requests_total{method="POST",partner="agroideas",status="202"} 1.0' in text
        assert (await client.http.get("/healthz")).json() == {"status": "ok"}
        assert (await client.http.get("/readyz")).json() == {"status": "ready"}

    async def test_refuses_a_body_without_end(self, client: Client) -> None:
        answer = await client.upload("big", b"<a>" + b"x" * (5 * 1024 * 1024))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    async def test_unknown_route_is_a_problem_too(self, client: Client) -> None:
        answer = await client.http.get("/nowhere")
        assert (answer.status_code, answer.json()["code"]) == (404, "route_unknown")

    def test_never_starts_in_production(self, tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match="production"):
            settings_in(tmp_path, environment="production")

    def test_listens_where_the_port_plan_says(self, tmp_path: Path) -> None:
        settings: SandboxSettings = settings_in(tmp_path, port_base=18000)
        assert settings.port == 18007


class TestContract:
    def test_openapi_is_the_committed_one(self) -> None:
        committed = REPOSITORY / "contracts" / "partners" / "agroideas-openapi.yaml"
        assert agroideas_openapi() == committed.read_text(encoding="utf-8")
