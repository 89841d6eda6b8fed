"""What both partners' checks share: the connection, its token, and the checks of both."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx2

from deploy.conformance.checks import Broken, Suite, expect

LIMA = timezone(timedelta(hours=-5))
TOKEN_LONGEST_S = 600
CLOCK_OFF_S = 300
ANSWER_WITHIN_S = 5.0
Found = TypeVar("Found")
P = TypeVar("P", bound="Partner")


@dataclass
class Partner:
    """A connection to a partner's base URL with client credentials."""

    http: httpx2.AsyncClient
    url: str
    client_id: str
    secret: str
    wait_s: float
    run_id: str
    token: str = ""
    slowest_s: float = 0.0
    problems: list[httpx2.Response] = field(default_factory=list)

    async def ask_token(self, secret: str) -> httpx2.Response:
        """A token request with this secret."""
        return await self.http.post(
            f"{self.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, secret),
        )

    async def call(self, method: str, path: str, **request: Any) -> httpx2.Response:
        """A call with the token; how long it took and its refusal are kept for later checks."""
        if not self.token:
            self.token = str((await self.ask_token(self.secret)).json()["access_token"])
        headers = {"Authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        started = asyncio.get_running_loop().time()
        answer = await self.http.request(method, f"{self.url}{path}", headers=headers, **request)
        self.slowest_s = max(self.slowest_s, asyncio.get_running_loop().time() - started)
        if answer.status_code >= 400:
            self.problems.append(answer)
        return answer

    async def until(self, ask: Callable[[], Awaitable[Found | None]], seen: str) -> Found:
        """Ask until there is an answer; raises Broken after the waiting time."""
        ends_at = asyncio.get_running_loop().time() + self.wait_s
        while (found := await ask()) is None:
            if asyncio.get_running_loop().time() > ends_at:
                raise Broken(f"{seen} within {self.wait_s:g} s")
            await asyncio.sleep(0.1)
        return found


def today() -> date:
    """The day in Lima."""
    return datetime.now(LIMA).date()


def centimos(amount: str, *, signed: bool = False) -> int:
    """An amount as text with two decimals; raises Broken for any other form."""
    expect(
        re.fullmatch(r"-?\d{1,16}\.\d{2}" if signed else r"\d{1,13}\.\d{2}", amount),
        f"amount {amount!r}",
    )
    return int(Decimal(amount).scaleb(2))


def final_after(answer: httpx2.Response) -> None:
    """A 404 says how long it is not final."""
    expect(answer.status_code == 404, f"status {answer.status_code}")
    stated = answer.headers.get("Final-After-S", "")
    expect(re.fullmatch(r"\d{1,7}", stated), f"Final-After-S: {stated!r}")


def add_access_checks(suite: Suite[P], *, read_path: str) -> None:
    """The checks of who may enter."""

    @suite.check(
        "AUTH-1",
        "right credentials give a bearer token of at most ten minutes",
        cure="answer POST /oauth/token with access_token, token_type Bearer and expires_in",
    )
    async def _(partner: P) -> None:
        answer = await partner.ask_token(partner.secret)
        expect(answer.status_code == 200, f"status {answer.status_code}")
        body = answer.json()
        expect(body["token_type"] == "Bearer", f"token_type {body['token_type']!r}")
        expect(0 < body["expires_in"] <= TOKEN_LONGEST_S, f"expires_in {body['expires_in']}")

    @suite.check(
        "AUTH-2",
        "a wrong secret gives no token",
        cure="answer 401 invalid_client (RFC 6749 5.2)",
    )
    async def _(partner: P) -> None:
        answer = await partner.ask_token("wrong-secret")
        expect(answer.status_code == 401, f"status {answer.status_code}")
        expect(answer.json()["error"] == "invalid_client", answer.text[:100])

    @suite.check(
        "AUTH-3",
        "without a token, or with an invented one, nothing is read",
        cure="answer 401 before anything else on every route under /v1",
    )
    async def _(partner: P) -> None:
        for headers in ({}, {"Authorization": "Bearer invented"}):
            answer = await partner.http.get(f"{partner.url}{read_path}", headers=headers)
            expect(answer.status_code == 401, f"status {answer.status_code} with {headers}")


def add_manner_checks(suite: Suite[P], *, read_path: str) -> None:
    """The checks of how all answers are; run last, they look at those of the whole run."""

    @suite.check(
        "ERR-1",
        "every refusal is application/problem+json with title, status, code and detail",
        cure="RFC 9457: a stable `code`, and `status` equal to the answer's",
    )
    async def _(partner: P) -> None:
        expect(partner.problems, "no refusal to look at")
        for answer in partner.problems:
            kind = answer.headers.get("content-type", "").partition(";")[0]
            expect(kind == "application/problem+json", f"{answer.status_code} as {kind!r}")
            body = answer.json()
            missing = {"title", "status", "code", "detail"} - body.keys()
            expect(not missing, f"{answer.status_code} without {sorted(missing)}")
            expect(body["status"] == answer.status_code, f"status {body['status']} in the body")

    @suite.check(
        "CLK-1",
        "the partner's clock is right to five minutes",
        cure="send a Date header and keep the server's clock synchronised",
    )
    async def _(partner: P) -> None:
        answer = await partner.call("GET", read_path)
        stated = parsedate_to_datetime(answer.headers["Date"])
        off_s = abs((datetime.now(UTC) - stated).total_seconds())
        expect(off_s <= CLOCK_OFF_S, f"{off_s:.0f} s off")

    @suite.check(
        "TIM-1",
        f"every answer that is not told to be late comes within {ANSWER_WITHIN_S:g} s",
        cure="take the order, answer, and execute afterwards",
    )
    async def _(partner: P) -> None:
        expect(partner.slowest_s <= ANSWER_WITHIN_S, f"{partner.slowest_s:.1f} s")
