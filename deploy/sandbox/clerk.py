"""The clerk behind the counter: settles what is due and delivers callbacks, surviving restarts."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import structlog
from standardwebhooks import Webhook

from deploy.sandbox import clock, payments
from deploy.sandbox.books import Books
from deploy.sandbox.metrics import Metrics
from deploy.sandbox.settings import SandboxSettings

IDLE_S = 30.0
BACKOFF_CAP_S = 30.0
AT_ONCE = 20

log = structlog.get_logger("sandbox.clerk")


@dataclass(frozen=True, kw_only=True)
class Callback:
    event_id: str
    url: str
    body: str
    copies: int
    tries: int


class Clerk:
    def __init__(
        self, *, books: Books, settings: SandboxSettings, metrics: Metrics, now: clock.Pushed
    ) -> None:
        self._books = books
        self._settings = settings
        self._metrics = metrics
        self._now = now
        self._webhook = Webhook(settings.agroideas_webhook_secret)
        self._wake = asyncio.Event()
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self.closing = asyncio.Event()

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="sandbox-clerk")

    async def stop(self) -> None:
        self.closing.set()
        tasks = [task for task in (self._task, *self._in_flight.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """Called on the event loop after something new was written."""
        self._wake.set()

    def count(self, changes: list[payments.Change]) -> None:
        for change in changes:
            self._metrics.payments.labels(change.partner, change.status).inc()

    async def _run(self) -> None:
        async with httpx2.AsyncClient(
            timeout=self._settings.sandbox_callback_timeout_s, trust_env=False
        ) as client:
            while True:
                self._wake.clear()
                self.count(await asyncio.to_thread(self._settle))
                for callback in await asyncio.to_thread(self._due_callbacks):
                    self._start_delivery(client, callback)
                try:
                    async with asyncio.timeout(await asyncio.to_thread(self._pause_s)):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    def _settle(self) -> list[payments.Change]:
        with self._books.write() as db:
            return payments.settle_due(db, self._now())

    def _due_callbacks(self) -> list[Callback]:
        room = AT_ONCE - len(self._in_flight)
        with self._books.read() as db:
            rows = db.execute(
                "SELECT * FROM callback WHERE state = 'pending' AND next_at <= ?"
                " ORDER BY next_at, rowid LIMIT ?",
                (clock.stamp(self._now()), AT_ONCE * 2),
            ).fetchall()
        fresh = [row for row in rows if row["event_id"] not in self._in_flight]
        return [_callback_of(row) for row in fresh[: max(room, 0)]]

    def _pause_s(self) -> float:
        with self._books.read() as db:
            due = payments.next_due(db)
            flying = list(self._in_flight)
            holes = ", ".join("?" * len(flying))
            row = db.execute(
                f"SELECT MIN(next_at) FROM callback WHERE state = 'pending'"
                f" AND event_id NOT IN ({holes})",
                flying,
            ).fetchone()
        moments = [moment for moment in (due, row[0]) if moment is not None]
        if not moments:
            return IDLE_S
        if len(flying) >= AT_ONCE:  # a finished delivery wakes us
            return IDLE_S
        left_s = (clock.parse(min(moments)) - self._now()).total_seconds()
        return min(max(left_s, 0.005), IDLE_S)

    def _start_delivery(self, client: httpx2.AsyncClient, callback: Callback) -> None:
        task = asyncio.create_task(self._deliver(client, callback))
        self._in_flight[callback.event_id] = task
        task.add_done_callback(lambda _: self._landed(callback.event_id))

    def _landed(self, event_id: str) -> None:
        self._in_flight.pop(event_id, None)
        self._wake.set()

    async def _deliver(self, client: httpx2.AsyncClient, callback: Callback) -> None:
        """Once with all its copies; a retry sends a single one."""
        copies = callback.copies if callback.tries == 0 else 1
        errors = await asyncio.gather(*(self._send(client, callback) for _ in range(copies)))
        delivered = any(error is None for error in errors)
        outcome = await asyncio.to_thread(self._close_try, callback, delivered, errors[0])
        self._metrics.callbacks.labels(outcome).inc()
        log.info("sandbox.callback", event_id=callback.event_id, outcome=outcome, error=errors[0])

    async def _send(self, client: httpx2.AsyncClient, callback: Callback) -> str | None:
        """None when the platform took it, otherwise what went wrong."""
        sent_at = self._now.real()
        headers = {
            "content-type": "application/json",
            "webhook-id": callback.event_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": self._webhook.sign(callback.event_id, sent_at, callback.body),
        }
        try:
            answer = await client.post(callback.url, content=callback.body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return f"{type(error).__name__}: {error}"[:300]
        return None if answer.is_success else f"HTTP {answer.status_code}"

    def _close_try(self, callback: Callback, delivered: bool, error: str | None) -> str:  # noqa: FBT001
        tries = callback.tries + 1
        if delivered:
            state, outcome = "delivered", "delivered"
        elif tries >= self._settings.sandbox_callback_tries:
            state, outcome = "failed", "failed"
        else:
            state, outcome = "pending", "retried"
        wait_s = min(self._settings.sandbox_callback_backoff_s * 2**callback.tries, BACKOFF_CAP_S)
        with self._books.write() as db:
            db.execute(
                "UPDATE callback SET tries = ?, state = ?, next_at = ?, last_error = ?"
                " WHERE event_id = ?",
                (
                    tries,
                    state,
                    clock.stamp(self._now() + timedelta(seconds=wait_s)),
                    None if delivered else error,
                    callback.event_id,
                ),
            )
        return outcome


def _callback_of(row: sqlite3.Row) -> Callback:
    return Callback(
        event_id=row["event_id"],
        url=row["url"],
        body=row["body"],
        copies=row["copies"],
        tries=row["tries"],
    )
