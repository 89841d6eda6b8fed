"""The public test keys: magic values, a clock of their own, and books apart from the fund's."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.sandbox import keys, magic

from .conftest import Client, Platform, eventually, order, sandbox, settings_in


class TestClient(Client):
    """The client under the test keys."""

    __test__ = False

    async def bearer(self, partner: str) -> dict[str, str]:
        if partner not in self.tokens:
            answer = await self.http.post(
                f"/{partner}/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=keys.CLIENTS[partner],
            )
            assert answer.status_code == 200, answer.text
            self.tokens[partner] = answer.json()["access_token"]
        return {"authorization": f"Bearer {self.tokens[partner]}"}

    async def status(self, reference: str) -> Any:
        answer = await self.get("agroideas", f"/v1/payments/{reference}")
        return answer.json()["status"] if answer.status_code == 200 else answer.status_code


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Client, TestClient]]:
    async with sandbox(settings_in(tmp_path)) as live:
        yield live, TestClient(live.http)


OUTCOMES = {1: "rejected", 2: "rejected", 3: "returned", 6: "executed", 7: "executed"}


@pytest.mark.parametrize(
    "row", [r for r in magic.TABLE if r.cents in OUTCOMES], ids=lambda r: r.suffix
)
@pytest.mark.parametrize("by", ["amount", "reference"])
async def test_a_magic_value_forces_the_outcome(
    by: str, row: magic.Magic, both: tuple[Client, TestClient], platform: Platform
) -> None:
    _, test = both
    amount = f"10.{row.cents:02d}" if by == "amount" else "10.00"
    reference = "chk-1" + ("" if by == "amount" else row.suffix)
    money = {"amount": amount, "currency": "PEN"}
    assert (await test.pay(order(platform, reference, amount=money))).status_code == 202

    async def reached() -> bool:
        return bool(await test.status(reference) == OUTCOMES[row.cents])

    await eventually(reached)


async def test_down_books_nothing(both: tuple[Client, TestClient], platform: Platform) -> None:
    _, test = both
    answer = await test.pay(order(platform, "chk-DOWN"))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert await test.status("chk-DOWN") == 404


async def test_under_the_funds_key_an_amount_is_only_an_amount(
    both: tuple[Client, TestClient], platform: Platform
) -> None:
    live, test = both
    money = {"amount": "10.01", "currency": "PEN"}
    assert (await live.pay(order(platform, "ins-REJECT", amount=money))).status_code == 202
    await live.wait_for_status("ins-REJECT", "executed")
    assert await test.status("ins-REJECT") == 404  # the test keys have books of their own


async def test_a_test_keys_secret_opens_nothing_of_the_funds(
    both: tuple[Client, TestClient],
) -> None:
    live, _ = both
    answer = await live.http.post(
        "/agroideas/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=("fund-agroideas", keys.CLIENTS["agroideas"][1]),
    )
    assert answer.status_code == 401


async def test_a_pushed_clock_brings_what_was_due_and_expires_tokens(
    tmp_path: Path, platform: Platform
) -> None:
    settings = settings_in(tmp_path, sandbox_return_delay_s=86_400)
    async with sandbox(settings) as live:
        test = TestClient(live.http)
        await test.pay(order(platform, "chk-RETURN"))

        async def executed() -> bool:
            return bool(await test.status("chk-RETURN") == "executed")

        await eventually(executed)
        pushed = await live.http.post("/control/clock?keys=test", json={"forward_s": 86_401})
        assert pushed.json()["ahead_s"] == 86_401
        assert (await live.http.get("/control/clock")).json()["ahead_s"] == 0
        assert await test.status("chk-RETURN") == 401  # the token went with the time
        test.tokens.clear()
        events = await platform.wait_for(2)
        assert events[1]["type"] == "payment.returned"
        assert await test.status("chk-RETURN") == "returned"
        skew = await live.http.post("/control/clock?keys=test", json={"forward_s": -1})
        assert skew.status_code == 422
    async with sandbox(settings) as live:  # a restart does not bring the time back
        assert (await live.http.get("/control/clock?keys=test")).json()["ahead_s"] == 86_401


async def test_the_documentation_is_served_from_here(both: tuple[Client, TestClient]) -> None:
    live, _ = both
    page = (await live.http.get("/docs")).text
    assert "https://" not in page
    assert '"validatorUrl": null' in page
    assert "/static-offline-docs/swagger-ui-bundle.js" in page
    about = (await live.http.get("/openapi.json")).json()["info"]["description"]
    assert magic.markdown() in about
