"""No answer of the policy engine but a whole, expected one lets anything happen (F30, F32)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from prometheus_client import REGISTRY

from services.kernel.errors import Unavailable
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from tests.integration.kernel.conftest import ANA, problem_of
from tests.integration.registry.conftest import firm
from tests.support.callers import Caller
from tests.support.serving import free_port, room_here, served, url_of

REVISION = "rev-of-the-tests"
ALLOWED = {"allow": True, "reason": "ok"}


def answer_of(result: Any, revision: Any = REVISION) -> dict[str, Any]:
    return {"result": result, "provenance": {"bundles": {"fund": {"revision": revision}}}}


@dataclass
class Stub:
    """Stands where OPA would and says what it is told."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    silent: bool = False
    asked: list[Any] = field(default_factory=list)

    def says(self, body: Any, status: int = 200, kind: str = "application/json") -> None:
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.kind, self.silent = status, kind, False

    def app(self) -> FastAPI:
        made = FastAPI()

        @made.post("/v1/data/{path:path}")
        async def data(path: str, request: Request) -> Response:
            self.asked.append((path, dict(request.query_params), await request.json()))
            if self.silent:
                await asyncio.sleep(1.5)
            return Response(self.body, self.status, media_type=self.kind)

        return made


@pytest.fixture
def stub() -> Stub:
    return Stub()


@pytest.fixture
def told(kernel_settings: Settings, stub: Stub, tmp_path: Path) -> Iterator[Settings]:
    """Settings whose policy engine is the stub."""
    accepted = tmp_path / "accepted"
    accepted.write_text(f"an-older-one\n{REVISION}\n")
    with served(stub.app()) as url:
        yield kernel_settings.model_copy(
            update={"opa_url": url, "opa_revisions_file": accepted, "opa_timeout_s": 0.5}
        )


@dataclass
class Registry:
    """The registry, asked to register a firm."""

    caller: Caller
    database: Any
    body: dict[str, Any] = field(default_factory=firm)

    async def try_it(self) -> Any:
        return await self.caller.post("/v1/anchor-firms", self.body, by=ANA)

    async def firms(self) -> int:
        sql = "SELECT id FROM anchor_firm WHERE ruc = %(ruc)s"
        async with self.database.begin() as session:
            connection = await session.connection()
            rows = await connection.exec_driver_sql(sql, {"ruc": self.body["ruc"]})
            return len(rows.all())


@pytest.fixture
async def registry(told: Settings) -> AsyncIterator[Registry]:
    async with room_here("registry", told) as (app, caller):
        yield Registry(caller, app.state.databases["registry"])


async def test_a_whole_answer_lets_it_happen(registry: Registry, stub: Stub) -> None:
    stub.says(answer_of(ALLOWED))
    assert (await registry.try_it()).status_code == 201
    assert await registry.firms() == 1
    [(path, query, question)] = stub.asked
    assert (path, query) == ("fund/authz/decision", {"provenance": "true"})
    assert question["input"]["principal"]["role"] == "secretariat"
    assert question["input"]["action"].startswith("registry.")
    shown = (await registry.caller.client.get("/metrics")).text
    assert f'fund_policy_revision_info{{revision="{REVISION}"}} 1.0' in shown
    assert 'fund_database_pool_connections{room="registry",state="in_use"} 0.0' in shown
    assert 'fund_database_pool_connections{room="registry",state="idle"} 1.0' in shown


def refusals() -> float:
    """How often an answer was none, whatever the reason."""
    counted = (
        REGISTRY.get_sample_value("fund_policy_refused_total", {"reason": reason}) or 0.0
        for reason in ("unreachable", "late", "not_an_object", "undefined", "unexpected_revision")
    )
    return sum(counted)


NO_ANSWERS: dict[str, tuple[Any, int, str]] = {
    "nothing": (b"", 200, "application/json"),
    "undefined": ({}, 200, "application/json"),
    "null-result": (answer_of(None), 200, "application/json"),
    "true": (answer_of(True), 200, "application/json"),
    "text-true": (answer_of("true"), 200, "application/json"),
    "one": (answer_of(1), 200, "application/json"),
    "list": (answer_of([ALLOWED]), 200, "application/json"),
    "bare-true": (True, 200, "application/json"),
    "bare-text": ("true", 200, "application/json"),
    "bare-list": ([ALLOWED], 200, "application/json"),
    "no-provenance": ({"result": ALLOWED}, 200, "application/json"),
    "null-provenance": ({"result": ALLOWED, "provenance": None}, 200, "application/json"),
    "null-bundles": ({"result": ALLOWED, "provenance": {"bundles": None}}, 200, "application/json"),
    "null-bundle": (
        {"result": ALLOWED, "provenance": {"bundles": {"fund": None}}},
        200,
        "application/json",
    ),
    "text-bundle": (
        {"result": ALLOWED, "provenance": {"bundles": {"fund": REVISION}}},
        200,
        "application/json",
    ),
    "other-bundle": (
        {"result": ALLOWED, "provenance": {"bundles": {"x": {"revision": REVISION}}}},
        200,
        "application/json",
    ),
    "wrong-revision": (answer_of(ALLOWED, "another"), 200, "application/json"),
    "empty-revision": (answer_of(ALLOWED, ""), 200, "application/json"),
    "number-revision": (answer_of(ALLOWED, 7), 200, "application/json"),
    "html": (b"<html>ok</html>", 200, "text/html"),
    "json-as-html": (json.dumps(answer_of(ALLOWED)).encode(), 200, "text/html"),
    "truncated": (json.dumps(answer_of(ALLOWED)).encode()[:-4], 200, "application/json"),
    "not-utf8": (b'{"result": {"allow": true, "x": "\xff"}}', 200, "application/json"),
    "500": (answer_of(ALLOWED), 500, "application/json"),
    "503": (answer_of(ALLOWED), 503, "application/json"),
    "404": (answer_of(ALLOWED), 404, "application/json"),
    "400": ({"code": "invalid_parameter"}, 400, "application/json"),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_what_is_no_answer_stops_the_work(registry: Registry, stub: Stub, name: str) -> None:
    stub.says(*NO_ANSWERS[name])
    before = refusals()
    answer = await registry.try_it()
    problem_of(answer, 503, "policy.unavailable")
    assert refusals() == before + 1
    assert int(answer.headers["retry-after"]) > 0
    assert await registry.firms() == 0
    stub.says(answer_of(ALLOWED))
    assert (await registry.try_it()).status_code == 201


@pytest.mark.parametrize("allow", [False, None, "true", 1, 1.0, [True], {"allow": True}], ids=repr)
async def test_only_true_is_true(registry: Registry, stub: Stub, allow: Any) -> None:
    stub.says(answer_of({"allow": allow, "reason": "role"}))
    problem_of(await registry.try_it(), 403, "authz.denied")
    stub.says(answer_of({"reason": "ok"}))
    problem_of(await registry.try_it(), 403, "authz.denied")
    assert await registry.firms() == 0


async def test_a_silent_engine_is_not_waited_for(registry: Registry, stub: Stub) -> None:
    stub.says(answer_of(ALLOWED))
    stub.silent = True
    problem_of(await registry.try_it(), 503, "policy.unavailable")
    assert await registry.firms() == 0


async def test_without_an_engine_nothing_happens_and_reads_wait_too(told: Settings) -> None:
    with free_port() as listening:
        nowhere = told.model_copy(update={"opa_url": url_of(listening)})
    async with room_here("registry", nowhere) as (app, caller):
        registry = Registry(caller, app.state.databases["registry"])
        problem_of(await registry.try_it(), 503, "policy.unavailable")
        problem_of(await caller.get("/v1/anchor-firms", by=ANA), 503, "policy.unavailable")
        ready = await caller.client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["opa"]) == (503, "down")
        assert await registry.firms() == 0


async def test_a_revision_counts_from_when_it_is_listed_and_no_longer(
    told: Settings, stub: Stub
) -> None:
    stub.says(answer_of(ALLOWED, "the-next-one"))
    async with Opa(told) as opa:
        with pytest.raises(Unavailable):
            await opa.ask("fund.authz", {})
        listed = told.opa_revisions_file.read_text()
        told.opa_revisions_file.write_text(f"{listed}the-next-one\n")
        assert (await opa.ask("fund.authz", {})).revision == "the-next-one"
        told.opa_revisions_file.write_text(listed)
        with pytest.raises(Unavailable):
            await opa.ask("fund.authz", {})
        told.opa_revisions_file.unlink()
        stub.says(answer_of(ALLOWED))
        with pytest.raises(Unavailable):
            await opa.ask("fund.authz", {})


async def test_the_engine_sends_no_question_anywhere(kernel_settings: Settings) -> None:
    """A decision log, even one that names no service, goes to the only service there is."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{kernel_settings.opa_url}/v1/config")
    known = answer.raise_for_status().json()["result"]
    assert known["bundles"]["fund"]["service"] == "bundles"
    assert "decision_logs" not in known
