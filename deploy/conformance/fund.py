"""The inverse: our callback endpoint, called as a partner would, rightly and wrongly.

Nothing that these checks send can move money: every reference in them is invented.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from standardwebhooks import Webhook

from deploy.conformance.checks import Suite, expect

PATH = "/v1/partners/agroideas/callbacks"
OTHER_SECRET = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="


@dataclass(kw_only=True)
class Fund:
    """Where the endpoint is and the secret with which the partner signs."""

    http: httpx2.AsyncClient
    url: str
    webhook_secret: str
    run_id: str

    def body(self, name: str, **changes: Any) -> dict[str, Any]:
        """A message about an invented reference."""
        return {
            "event_id": f"evt-chk-{self.run_id}-{name}",
            "type": "payment.executed",
            "reference": f"chk-{self.run_id}-{name}",
            "execution_id": f"exe-{self.run_id}",
            "amount": {"amount": "100.00", "currency": "PEN"},
            "occurred_at": datetime.now(UTC).isoformat(),
        } | changes

    async def tell(
        self, body: dict[str, Any], *, secret: str = "", late_s: int = 0
    ) -> httpx2.Response:
        """Send a message, signed."""
        at, raw = datetime.now(UTC) - timedelta(seconds=late_s), json.dumps(body)
        signature = Webhook(secret or self.webhook_secret).sign(body["event_id"], at, raw)
        headers = {
            "content-type": "application/json",
            "webhook-id": body["event_id"],
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }
        return await self.http.post(f"{self.url}{PATH}", content=raw, headers=headers)


SUITE: Suite[Fund] = Suite()
check = SUITE.check


def _refused(answer: httpx2.Response, status: int) -> None:
    expect(answer.status_code == status, f"status {answer.status_code}: {answer.text[:100]}")
    expect(answer.json()["code"].startswith("disbursement."), answer.text[:100])


@check("FUND-1", "without a signature: 401", cure="verify before reading")
async def _unsigned(fund: Fund) -> None:
    _refused(await fund.http.post(f"{fund.url}{PATH}", json=fund.body("bare")), 401)


@check("FUND-2", "signed with another secret: 401", cure="compare with the active secrets only")
async def _wrong(fund: Fund) -> None:
    _refused(await fund.tell(fund.body("wrong"), secret=OTHER_SECRET), 401)


@check("FUND-3", "a timestamp five minutes old or ahead: 401", cure="check webhook-timestamp")
async def _old(fund: Fund) -> None:
    for late_s in (301, -310):
        _refused(await fund.tell(fund.body("old"), late_s=late_s), 401)


@check("FUND-4", "a signed message of another form: 400", cure="check type, reference and amount")
async def _malformed(fund: Fund) -> None:
    for change in (
        {"type": "payment.unheard"},
        {"amount": {"amount": 100, "currency": "PEN"}},
        {"amount": {"amount": "100.00", "currency": "USD"}},
        {"reference": "x" * 70},
        {"reference": None},
    ):
        _refused(await fund.tell(fund.body("form", **change)), 400)


@check(
    "FUND-5",
    "a reference that is not ours: 422, once or ten times, and nothing moves",
    cure="answer disbursement.foreign_reference and leave it to a person",
)
async def _foreign(fund: Fund) -> None:
    body = fund.body("foreign")
    for _ in range(3):
        answer = await fund.tell(body)
        _refused(answer, 422)
        expect(answer.json()["code"] == "disbursement.foreign_reference", answer.text[:100])


@check("FUND-6", "a body past 1 MiB: 413", cure="limit the body before reading it")
async def _large(fund: Fund) -> None:
    answer = await fund.tell(fund.body("large", note="x" * 1_100_000))
    expect(answer.status_code == 413, f"status {answer.status_code}")


@check("FUND-7", "any other method: 405", cure="serve POST only")
async def _method(fund: Fund) -> None:
    answer = await fund.http.get(f"{fund.url}{PATH}")
    expect(answer.status_code == 405, f"status {answer.status_code}")
