"""The process that sends: takes what is due, sends it, keeps the outcome. Several may run."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from services.kernel import clock
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import FundError
from services.kernel.settings import Settings
from services.kernel.telemetry import counter, gauge, histogram, log
from services.kernel.work import Principal, Work
from services.notices import queries, sending
from services.notices.channels import Mail, Webhooks
from services.notices.domain import Outcome, Taken

ACTOR: Final = Principal(sub="notices.sender", role="service")
BATCH: Final = 20
IDLE_S: Final = 1.0
MEASURE_EACH_S: Final = 5.0

TRIES = counter(
    "fund_notices_tries_total",
    "Tries to deliver, by what they led to: sent, failed, given_up or outrun by another sender.",
    ["channel", "outcome"],
    by="notify",
)
TRY_SECONDS = histogram(
    "fund_notices_try_seconds", "Time that a try took.", ["channel"], by="notify"
)
DELIVERIES = gauge(
    "fund_notices_deliveries",
    "Deliveries that have not arrived, by state.",
    ["channel", "state"],
    by="notify",
)
OLDEST = gauge(
    "fund_notices_oldest_due_seconds", "Since when the oldest due one has waited.", by="notify"
)

Result = TypeVar("Result")


class Sender:
    """One sending process."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._mail = Mail(settings)
        self._webhooks = Webhooks(settings)
        self._measured_at_s = float("-inf")

    async def run(self, *, until: Callable[[], bool]) -> None:
        """Send until `until()`. A database that does not answer is waited for."""
        while not until():
            try:
                sent = await self.once()
                await self._measure()
            except (FundError, DBAPIError) as error:
                log().warning("notices.database_failed", error=str(error))
                sent = 0
            if sent == 0:
                await asyncio.sleep(IDLE_S)

    async def once(self) -> int:
        """Try everything of one batch, side by side; returns how many were tried."""
        channels = ["webhook", *(["email"] if self._mail.is_on else [])]
        if not self._mail.is_on:
            await self._step(sending.tell_email_is_off)
        taken = await self._step(sending.take, channels=channels, limit=BATCH)
        await asyncio.gather(*(self._deliver(one) for one in taken))
        return len(taken)

    async def close(self) -> None:
        """Close the connections to receivers."""
        await self._webhooks.close()

    async def _deliver(self, taken: Taken) -> None:
        way = self._mail if taken.channel == "email" else self._webhooks
        started_s = time.monotonic()
        outcome: Outcome = await way.send(taken, now=clock.now())
        TRY_SECONDS.labels(taken.channel).observe(time.monotonic() - started_s)
        share = random.random()
        try:
            state = await self._step(sending.settle, taken=taken, outcome=outcome, share=share)
        except (FundError, DBAPIError) as error:  # its lease ends, and it is tried again
            log().warning("notices.settle_failed", delivery_id=taken.id, error=str(error))
            return
        TRIES.labels(taken.channel, state or "outrun").inc()
        if outcome.error is not None:
            log().warning("notices.try_failed", delivery_id=taken.id, state=state)

    async def _measure(self) -> None:
        if time.monotonic() - self._measured_at_s < MEASURE_EACH_S:
            return
        self._measured_at_s = time.monotonic()
        now = clock.now()
        async with self._database.begin() as session:
            found = await queries.counts(session)
            oldest = await queries.oldest_due(session, now)
        DELIVERIES.clear()
        for channel, state, number in found:
            DELIVERIES.labels(channel, state).set(number)
        OLDEST.set((now - oldest).total_seconds() if oldest else 0)

    async def _step(self, step: Callable[..., Awaitable[Result]], **given: Any) -> Result:
        async def attempt(session: AsyncSession) -> Result:
            return await step(Work(session, ACTOR, clock.now(), ""), **given)

        return await self._database.run(attempt)
