"""The room's use cases on the real PostgreSQL, beside the real sandbox, under seeded blows."""

import base64
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import structlog
from sqlalchemy import event

from deploy.sandbox.app import create_app
from deploy.sandbox.books import Books
from deploy.sandbox.clerk import Clerk
from deploy.sandbox.desk import Sandbox
from deploy.sandbox.metrics import Metrics
from deploy.sandbox.settings import SandboxSettings
from services.disbursement.channels.agrobanco import Agrobanco
from services.disbursement.channels.agroideas import Agroideas
from services.disbursement.models import CONSTRAINT_ERRORS
from services.kernel.db import Database
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from services.kernel.work import Principal, Work
from tests.simulation.chance import Chance
from tests.simulation.servers import Postgres, servers
from tests.simulation.wire import Killed, Wire

SECRETS: Final = {
    "agroideas_client_secret": "secret-of-agroideas",
    "agrobanco_client_secret": "secret-of-agrobanco",
    "agroideas_webhook_secret": "whsec_" + base64.b64encode(bytes(range(32))).decode(),
}
FINAL_AFTER_S: Final = 10
LONGEST_CUT: Final = 24
"""Statements of the longest transaction that a blow may fall into, and some more."""


@dataclass
class Blow:
    """What befalls a transaction: at which statement, at its commit, or after it."""

    kind: str
    at: int = 0
    fell: bool = False


class World:
    """What operations act upon."""

    def __init__(
        self,
        chance: Chance,
        postgres: Postgres,
        settings: Settings,
        partners: tuple[Any, Sandbox],
        opa: Opa,
    ) -> None:
        app, self.sandbox = partners
        self.chance, self.postgres, self.settings, self.opa = chance, postgres, settings, opa
        self.books: sqlite3.Connection = self.sandbox.books._db
        self.wire = Wire(app)
        self.control = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://partners"
        )
        self.channels: dict[str, Any] = {
            "agroideas": Agroideas(settings),
            "agrobanco": Agrobanco(settings),
        }
        for channel in self.channels.values():
            channel._http._client = httpx2.AsyncClient(transport=self.wire)
        self.database = Database("disbursement", settings, CONSTRAINT_ERRORS)
        self.blows: dict[str, int] = {}
        self.calm = False
        self.restart_due = False
        self._blow: Blow | None = None
        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._at_statement)
        event.listen(engine, "commit", self._at_commit)

    async def use(
        self, case: Callable[..., Awaitable[Any]], by: Principal, /, **arguments: Any
    ) -> Any:
        """Run a use case in one transaction; a blow may fall. Raises Killed or what it raises."""
        now = self.chance.now

        async def attempt(session: Any) -> Any:
            result = await case(Work(session, by, now, "simulation"), **arguments)
            await session.flush()
            return result

        blow = self._blow = self._drawn()
        try:
            result = await self.database.run(attempt)
        except BaseException:
            if blow is not None and blow.fell and blow.kind != "restart":
                raise Killed from None
            raise
        finally:
            self._blow = None
            if blow is not None and blow.kind == "restart":
                self.restart_due = not blow.fell  # a short transaction was over before it
        if blow is not None and blow.kind == "after":
            self._fall(blow)
            raise Killed
        return result

    def _drawn(self) -> Blow | None:
        if self.restart_due:
            return Blow("restart", self.chance.number(1, 8))
        if self.calm or not self.chance.maybe(0.03):
            return None
        kind = self.chance.weighted(("statement", "commit", "after"), (4, 1, 1))
        return Blow(kind, self.chance.number(1, LONGEST_CUT))

    def _fall(self, blow: Blow) -> None:
        blow.fell = True
        self.blows[blow.kind] = self.blows.get(blow.kind, 0) + 1

    def _at_statement(self, connection: Any, *_: Any) -> None:
        blow = self._blow
        if blow is None or blow.fell or blow.kind not in {"statement", "restart"}:
            return
        blow.at -= 1
        if blow.at > 0:
            return
        self._fall(blow)
        if blow.kind == "restart":
            self.postgres.restart()
        else:
            _die(connection)

    def _at_commit(self, connection: Any) -> None:
        if self._blow is not None and self._blow.kind == "commit":
            self._fall(self._blow)
            _die(connection)

    async def close(self) -> None:
        await self.database.dispose()
        await self.control.aclose()
        for channel in self.channels.values():
            await channel.close()


def _die(connection: Any) -> None:
    """The connection ends as with its process: without a word to the server."""
    connection.connection.driver_connection.pgconn.finish()
    raise Killed


def _partners(folder: Path, chance: Chance) -> tuple[Any, Sandbox]:
    """The partners' application with its books; its clerk works when the simulation says so."""
    settings = SandboxSettings(
        _env_file=None,
        environment="test",
        state_dir=folder,
        agroideas_client_id="fondo",
        agrobanco_client_id="fondo",
        sandbox_final_after_s=FINAL_AFTER_S,
        sandbox_token_ttl_s=3600,
        sandbox_opening_balance_cents=10**13,
        **SECRETS,
    )

    def now() -> Any:
        return chance.now

    books = Books(settings.book_file, opening_balance_cents=settings.sandbox_opening_balance_cents)
    books._db.execute("PRAGMA synchronous=OFF")  # the partner's machine is not what is tried
    metrics = Metrics()
    clerk = Clerk(books=books, settings=settings, metrics=metrics, now=now)
    app = create_app(settings, now=now)
    app.state.sandbox = Sandbox(
        settings=settings, books=books, clerk=clerk, metrics=metrics, now=now
    )
    return app, app.state.sandbox


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is logged: every blow would be told at length."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    loggers = [logging.getLogger(name) for name in ("sqlalchemy.pool", "psycopg")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        structlog.configure(**before)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@asynccontextmanager
async def opened(chance: Chance, folder: Path) -> AsyncIterator[World]:
    """A world of its own, at its beginning."""
    with quiet(), servers(folder, SECRETS) as (postgres, settings), chance.ruling():
        partners = _partners(folder, chance)
        async with Opa(settings) as opa:
            world = World(chance, postgres, settings, partners, opa)
            try:
                yield world
            finally:
                await world.close()
                world.sandbox.books.close()
