"""Agroideas: one payment a reference, whatever is sent again and however it is told to fail."""

import asyncio
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.sandbox import clock

from .conftest import (
    WEBHOOK_SECRET,
    Client,
    Platform,
    eventually,
    order,
    sandbox,
    settings_in,
)


class TestPayments:
    async def test_accepts_executes_and_calls_back_signed(
        self, client: Client, platform: Platform
    ) -> None:
        accepted = await client.pay(order(platform))
        assert accepted.status_code == 202
        assert accepted.json()["status"] == "accepted"
        [event] = await platform.wait_for(1)
        assert event["type"] == "payment.executed"
        assert event["amount"] == {"amount": "1250.50", "currency": "PEN"}
        headers, body = platform.received[0]
        Webhook(WEBHOOK_SECRET).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(WEBHOOK_SECRET).verify(body.replace(b"1250.50", b"9250.50"), headers)
        status = (await client.get("agroideas", "/v1/payments/ins-0001")).json()
        assert status["status"] == "executed"
        assert status["execution_id"] == accepted.json()["execution_id"]
        assert status["executed_at"]

    async def test_gives_the_first_answer_again_to_the_same_order(
        self, client: Client, platform: Platform
    ) -> None:
        answers = await asyncio.gather(*(client.pay(order(platform)) for _ in range(5)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.text for answer in answers}) == 1
        [row] = await client.wait_for_status("ins-0001", "executed")
        assert (row["executed_count"], row["requests"]) == (1, 5)

    async def test_refuses_another_order_under_the_same_reference(
        self, client: Client, platform: Platform
    ) -> None:
        await client.pay(order(platform))
        other = await client.pay(order(platform, concept="Otro"))
        assert other.status_code == 409
        assert other.headers["content-type"] == "application/problem+json"
        assert other.json()["code"] == "reference_conflict"

    async def test_says_how_long_not_found_is_not_final(self, client: Client) -> None:
        answer = await client.get("agroideas", "/v1/payments/ins-never")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"
        assert answer.json()["final_after_s"] == 10
        assert answer.headers["final-after-s"] == "10"

    @pytest.mark.parametrize(
        "changes",
        [
            {"reference": "x" * 36},
            {"reference": ""},
            {"amount": {"amount": "1.5", "currency": "PEN"}},
            {"amount": {"amount": 15.50, "currency": "PEN"}},
            {"amount": {"amount": "0.00", "currency": "PEN"}},
            {"amount": {"amount": "-1.00", "currency": "PEN"}},
            {"amount": {"amount": "1.00", "currency": "USD"}},
            {"beneficiary": {"name": "A", "cci": "123"}},
            {"callback_url": "ftp://here"},
            {"surprise": True},
        ],
    )
    async def test_refuses_a_bad_order(
        self, client: Client, platform: Platform, changes: dict[str, Any]
    ) -> None:
        answer = await client.pay(order(platform) | changes)
        assert answer.status_code == 422
        assert answer.json()["code"] in {"validation_failed", "amount_not_positive"}
        assert await client.book("ins-0001") == []

    async def test_demands_an_idempotency_key(self, client: Client, platform: Platform) -> None:
        answer = await client.http.post(
            "/agroideas/v1/payments",
            json=order(platform),
            headers=await client.bearer("agroideas"),
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")

    async def test_statement_holds_the_day_between_two_balances(
        self, client: Client, platform: Platform
    ) -> None:
        await client.pay(order(platform))
        await client.told("agroideas", mode="return", applies_to="next", delay_s=0)
        await client.pay(order(platform, "ins-0002"))
        await client.wait_for_status("ins-0001", "executed")
        [row] = await client.wait_for_status("ins-0002", "returned")
        day = _lima_day(row["executed_at"])
        statement = (await client.get("agroideas", f"/v1/statements?date={day}")).json()
        assert [(line["reference"], line["kind"]) for line in statement["lines"]] == [
            ("ins-0001", "payment"),
            ("ins-0002", "payment"),
            ("ins-0002", "return"),
        ]
        assert statement["opening_balance"]["amount"] == "1000000000.00"
        assert statement["closing_balance"]["amount"] == "999998749.50"
        assert len({line["line_id"] for line in statement["lines"]}) == 3

    async def test_statement_demands_a_day(self, client: Client) -> None:
        assert (await client.get("agroideas", "/v1/statements?date=mañana")).status_code == 422

    async def test_rejects_without_funds(self, tmp_path: Any, platform: Platform) -> None:
        settings = settings_in(tmp_path, sandbox_opening_balance_cents=100_00)
        async with sandbox(settings) as client:
            await client.pay(order(platform))
            [row] = await client.wait_for_status("ins-0001", "rejected")
            assert (row["reason_code"], row["executed_count"]) == ("AM04", 0)


def _lima_day(stamp: str) -> str:
    return clock.lima_day(clock.parse(stamp)).isoformat()


class TestTokens:
    async def test_refuses_a_wrong_secret(self, client: Client) -> None:
        answer = await client.http.post(
            "/agroideas/oauth/token",
            data={
                "grant_type": "client_credentials",
                "client_id": "fund-agroideas",
                "client_secret": "guess",
            },
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    async def test_a_token_of_one_partner_is_nothing_at_the_other(self, client: Client) -> None:
        headers = await client.bearer("agrobanco")
        answer = await client.http.get("/agroideas/v1/payments/ins-0001", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")

    async def test_refuses_who_has_none(self, client: Client) -> None:
        answer = await client.http.get("/agroideas/v1/statements?date=2026-03-02")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


class TestBehaviours:
    async def test_timeout_after_executing_pays_and_says_nothing(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told("agroideas", mode="timeout_after_executing", applies_to="next")
        unanswered = asyncio.create_task(client.pay(order(platform)))
        await client.wait_for_status("ins-0001", "executed")
        status = (await client.get("agroideas", "/v1/payments/ins-0001")).json()
        assert status["status"] == "executed"
        assert not unanswered.done()
        unanswered.cancel()
        again = await client.pay(order(platform))
        assert again.status_code == 202
        [row] = await client.book("ins-0001")
        assert (row["executed_count"], row["requests"]) == (1, 2)

    async def test_timeout_can_go_without_callback(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told(
            "agroideas", mode="timeout_after_executing", timeout_hold_s=0, callback=False
        )
        assert (await client.pay(order(platform))).status_code == 202
        assert (await client.http.get("/control/callbacks")).json() == []

    async def test_reject_gives_a_reason_once(self, client: Client, platform: Platform) -> None:
        await client.told("agroideas", mode="reject", applies_to="next", reason_code="AC01")
        await client.pay(order(platform))
        await client.pay(order(platform, "ins-0002"))
        [row] = await client.wait_for_status("ins-0001", "rejected")
        assert (row["reason_code"], row["executed_count"]) == ("AC01", 0)
        await client.wait_for_status("ins-0002", "executed")
        events = await platform.wait_for(2)
        rejected = next(event for event in events if event["reference"] == "ins-0001")
        assert (rejected["type"], rejected["reason_code"]) == ("payment.rejected", "AC01")

    async def test_return_executes_first(self, client: Client, platform: Platform) -> None:
        await client.told("agroideas", mode="return", delay_s=0.05)
        await client.pay(order(platform))
        [row] = await client.wait_for_status("ins-0001", "returned")
        assert (row["executed_count"], row["returned_count"]) == (1, 1)
        events = await platform.wait_for(2)
        assert {event["type"] for event in events} == {"payment.executed", "payment.returned"}
        assert len({event["event_id"] for event in events}) == 2
        status = (await client.get("agroideas", "/v1/payments/ins-0001")).json()
        assert (status["status"], status["reason_code"]) == ("returned", "AC03")

    async def test_duplicate_callback_is_one_event_signed_each_time(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told("agroideas", mode="duplicate_callback", copies=10)
        await client.pay(order(platform))
        events = await platform.wait_for(10)
        assert len({event["event_id"] for event in events}) == 1
        for headers, body in platform.received:
            Webhook(WEBHOOK_SECRET).verify(body, headers)
            assert headers["webhook-id"] == events[0]["event_id"]
        [row] = await client.book("ins-0001")
        assert row["executed_count"] == 1

    async def test_no_callback_leaves_the_inquiry(self, client: Client, platform: Platform) -> None:
        await client.told("agroideas", mode="no_callback")
        await client.pay(order(platform))
        await client.wait_for_status("ins-0001", "executed")
        assert (await client.http.get("/control/callbacks")).json() == []
        assert platform.received == []

    async def test_down_executes_nothing_for_n_requests(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told("agroideas", mode="down_503", applies_to=2)
        first = await client.pay(order(platform))
        assert (first.status_code, first.json()["code"]) == (503, "unavailable")
        assert first.headers["retry-after"] == "1"
        assert (await client.get("agroideas", "/v1/payments/ins-0001")).status_code == 503
        assert (await client.get("agroideas", "/v1/payments/ins-0001")).status_code == 404
        assert await client.book("ins-0001") == []

    async def test_slow_answers_after_the_callback(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told("agroideas", mode="slow", delay_s=1)
        answering = asyncio.create_task(client.pay(order(platform)))
        await platform.wait_for(1)
        assert not answering.done()
        assert (await answering).status_code == 202

    async def test_late_arrival_is_not_found_and_then_paid(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told("agroideas", mode="late_arrival", applies_to="next", delay_s=0.5)
        assert (await client.pay(order(platform))).status_code == 504
        missing = await client.get("agroideas", "/v1/payments/ins-0001")
        assert missing.json()["code"] == "not_found"
        await client.wait_for_status("ins-0001", "executed")
        status = (await client.get("agroideas", "/v1/payments/ins-0001")).json()
        assert status["status"] == "executed"

    async def test_normal_with_a_delay_holds_the_execution(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told("agroideas", mode="normal", delay_s=60)
        await client.pay(order(platform))
        assert (await client.book("ins-0001"))[0]["status"] == "accepted"

    async def test_reset_goes_back_to_normal_and_keeps_the_books(
        self, client: Client, platform: Platform
    ) -> None:
        await client.told("agroideas", mode="reject")
        await client.pay(order(platform))
        await client.wait_for_status("ins-0001", "rejected")
        answer = await client.http.post("/control/reset")
        assert answer.json()["agroideas"]["mode"] == "normal"
        assert len(await client.book("ins-0001")) == 1
        await client.http.post("/control/reset", json={"books": True})
        assert await client.book("ins-0001") == []

    @pytest.mark.parametrize(
        "behaviour",
        [{"mode": "explode"}, {"mode": "reject", "applies_to": 0}, {"mode": "slow", "x": 1}, {}],
    )
    async def test_refuses_a_behaviour_it_does_not_know(
        self, client: Client, behaviour: dict[str, Any]
    ) -> None:
        answer = await client.http.put("/control/agroideas", json=behaviour)
        assert answer.status_code == 422


class TestCallbacks:
    async def test_retries_until_taken(self, client: Client, platform: Platform) -> None:
        platform.answers = [500, 401]
        await client.pay(order(platform))
        events = await platform.wait_for(3)
        assert len({event["event_id"] for event in events}) == 1

    async def test_gives_up_and_can_be_sent_again(self, tmp_path: Any, platform: Platform) -> None:
        platform.answers = [500, 500]
        async with sandbox(settings_in(tmp_path, sandbox_callback_tries=2)) as client:
            await client.pay(order(platform))
            await platform.wait_for(2)
            [failed] = await _failed(client)
            assert failed["last_error"] == "HTTP 500"
            metrics = (await client.http.get("/metrics")).text
            assert 'sandbox_callbacks_total{outcome="failed"} 1.0' in metrics
            await client.http.post(f"/control/callbacks/{failed['event_id']}/redeliver")
            assert len(await platform.wait_for(3)) == 3


async def _failed(client: Client) -> list[dict[str, Any]]:
    async def failed() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (
            await client.http.get("/control/callbacks", params={"state": "failed"})
        ).json()
        return rows

    rows: list[dict[str, Any]] = await eventually(failed)
    return rows
