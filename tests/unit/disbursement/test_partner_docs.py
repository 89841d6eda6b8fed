"""A partner's documentation page needs nothing from beyond the server, and shows its part alone."""

import re
from pathlib import Path

import httpx2
import pytest

from services.kernel.app import create_app
from services.kernel.settings import Settings


@pytest.fixture
async def client() -> httpx2.AsyncClient:
    app = create_app(["disbursement"], Settings(_env_file=None))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://room")


async def test_all_that_the_page_names_is_served_from_here(client: httpx2.AsyncClient) -> None:
    async with client:
        page = (await client.get("/docs/partners")).text
        assert not re.search(r"https?://", page)
        named = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(named) == 3
        for path in named:
            assert (await client.get(path)).status_code == 200, path


async def test_it_shows_the_partners_paths_and_no_others(client: httpx2.AsyncClient) -> None:
    async with client:
        document = (await client.get("/docs/partners/openapi.json")).json()
    assert set(document["paths"]) >= {
        "/v1/partners/agroideas/callbacks",
        "/v1/partners/{program}/messages",
        "/v1/instructions",
    }
    assert not [path for path in document["paths"] if "tranche" in path or "ledger" in path]
    assert "make partner-check" in document["info"]["description"]
    assert "partner-check:" in Path("Makefile").read_text(encoding="utf-8")


async def test_a_partner_sees_how_it_answers_a_purchase_and_not_how_others_act(
    client: httpx2.AsyncClient,
) -> None:
    async with client:
        paths = (await client.get("/docs/partners/openapi.json")).json()["paths"]
    assert {
        "/v1/purchases",
        "/v1/purchases/{purchase_id}/answer",
        "/v1/partners/agroideas/no-objections",
    } <= set(paths)
    assert "/v1/purchases/{purchase_id}/send" not in paths
