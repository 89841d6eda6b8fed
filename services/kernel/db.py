"""One database a room: engine, tables' base, and transactions that are retried whole.

Sessions are asynchronous and never lazy-load. A use case runs inside exactly one transaction;
on a serialization failure or a deadlock the whole use case runs again, at most five times.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
import stamina
from sqlalchemy import BigInteger, Column, DateTime, MetaData, event, func
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.errors import Conflict, FundError, Unavailable
from services.kernel.settings import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
RETRIED_SQLSTATES = frozenset({"40001", "40P01"})

RETRIED_CONSTRAINTS = frozenset({"pk_idempotency"})
"""Whoever breaks one of these lost a race, and finds at the second try what the other one wrote."""

Result = TypeVar("Result")
Parameters = Mapping[str, Any] | Sequence[Any]


def table_registry() -> registry:
    """A registry with its own metadata, so that rooms may use the same table names."""
    return registry(metadata=MetaData(naming_convention=NAMING))


def centimos_column(*, default: int | None = None) -> Any:
    """A bigint column for an amount in céntimos."""
    if default is None:
        return Field(sa_type=BigInteger, nullable=False)
    return Field(default=default, sa_type=BigInteger, nullable=False)


def instant_column(*, nullable: bool = False) -> Any:
    """A timestamptz column."""
    kind = DateTime(timezone=True)
    if nullable:
        return Field(default=None, sa_type=kind, nullable=True)
    return Field(sa_type=kind, nullable=False)


def state_since_column() -> Any:
    """When the row came into its state: kept by PostgreSQL itself, never written from here."""
    kind = DateTime(timezone=True)
    return Field(default=None, sa_column=Column(kind, server_default=func.now(), nullable=False))


def instant_text(instant: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the microsecond, or None; the session's time zone does not matter."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Database:
    """The connection pool of one room."""

    def __init__(
        self, room: str, settings: Settings, constraint_errors: dict[str, FundError] | None = None
    ) -> None:
        self.room = room
        self._constraint_errors = constraint_errors or {}
        self.engine: AsyncEngine = create_async_engine(
            settings.database_url.format(room=room),
            pool_size=settings.database_pool_size,
            max_overflow=0,  # a connection past the pool's size would be opened and shut each time
            pool_timeout=10,
            pool_pre_ping=False,
            hide_parameters=True,  # they are people's data, and errors are logged
            connect_args={
                "connect_timeout": 5,
                "application_name": f"fund-{room}",
                "options": "-c statement_timeout=10000 -c lock_timeout=5000"
                " -c idle_in_transaction_session_timeout=30000",
            },
        )
        event.listen(self.engine.sync_engine, "handle_error", _forget_dead_connections)
        self._outside = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(
            self.engine, class_=AsyncSession, expire_on_commit=False
        )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction, committed at the end of the block; errors become FundErrors.

        A connection that is lost during the commit leaves open whether it was done, and the error
        says so: `kernel.commit_unknown`.
        """
        committing = False
        try:
            with self._told():
                async with self._sessions.begin() as session:
                    yield session
                    committing = True
        except Unavailable as error:
            raise (_commit_unknown() if committing else error) from error.__cause__

    async def rows(self, statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """What one statement reads, in psycopg's terms and outside of any transaction: the cheap
        way for the look-ups of every request. Errors become FundErrors."""
        with self._told():
            async with self._outside.connect() as connection:
                return await _rows(connection, statement, parameters)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            if _is_retried(error):
                raise
            raise self._refusal_of(error) from error
        except (OperationalError, InterfaceError, PoolTimeout, TimeoutError) as error:
            if sqlstate_of(error) in RETRIED_SQLSTATES:
                raise
            raise Unavailable(
                "kernel.database_unavailable",
                "La base de datos no responde; no se hizo ningún cambio. Vuelva a intentarlo.",
                retry_after_s=2,
            ) from error

    async def run(self, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """Run a use case in one transaction, again as a whole on a deadlock or serialization
        failure, at most five times; after that it raises Unavailable."""
        try:
            async for attempt in stamina.retry_context(
                on=_is_retried, attempts=5, timeout=10, wait_initial=0.01, wait_max=0.5
            ):
                with attempt:
                    async with self.begin() as session:
                        return await work(session)
        except DBAPIError as error:
            if not _is_retried(error):
                raise
            raise Unavailable(
                "kernel.contention",
                "Demasiadas operaciones a la vez sobre lo mismo; no se hizo ningún cambio."
                " Vuelva a intentarlo.",
                retry_after_s=1,
            ) from error
        raise AssertionError("stamina raises the last error itself")

    def connections(self) -> tuple[int, int]:
        """How many connections are in use, and how many are open and idle."""
        pool: Any = self.engine.pool
        return pool.checkedout(), pool.checkedin()

    async def dispose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    def _refusal_of(self, error: IntegrityError) -> FundError:
        name = constraint_of(error)
        known = self._constraint_errors.get(name)
        if known is not None:
            return type(known)(known.code, known.detail, errors=known.errors)
        return Conflict(
            f"{self.room}.constraint",
            f"La base de datos no lo admite (regla {name or 'de integridad'}); nada cambió.",
        )


def _commit_unknown() -> Unavailable:
    return Unavailable(
        "kernel.commit_unknown",
        "La base de datos dejó de responder al confirmar; no se sabe si el cambio quedó hecho."
        " Repita la solicitud con la misma Idempotency-Key: si quedó hecho, recibirá su respuesta.",
        retry_after_s=2,
    )


def sqlstate_of(error: BaseException) -> str | None:
    """The five-character SQLSTATE behind an SQLAlchemy error, if there is one."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def constraint_of(error: BaseException) -> str:
    """The name of the constraint behind an SQLAlchemy error, or nothing."""
    diagnostic = getattr(getattr(error, "orig", None), "diag", None)
    return getattr(diagnostic, "constraint_name", None) or ""


async def rows_in(
    session: AsyncSession, statement: str, parameters: Parameters
) -> list[tuple[Any, ...]]:
    """What one statement gives inside the session's transaction, in psycopg's terms: cheaper than
    through the session, and it neither flushes nor knows the session's objects."""
    return await _rows(await session.connection(), statement, parameters)


async def _rows(
    connection: AsyncConnection, statement: str, parameters: Parameters
) -> list[tuple[Any, ...]]:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        found = await driver.execute(statement, parameters)
        return await found.fetchall() if found.description else []
    except asyncio.CancelledError:  # whoever asked is gone, and the server may be at it still
        await driver.close()
        await connection.invalidate()
        raise
    except psycopg.Error as error:
        if driver.closed:
            with suppress(DBAPIError):  # the pool hears of it, and drops the dead neighbours too
                await connection.exec_driver_sql("SELECT")
        raise DBAPIError.instance(statement, None, error, psycopg.Error) from error


def _is_retried(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and (
        sqlstate_of(error) in RETRIED_SQLSTATES or constraint_of(error) in RETRIED_CONSTRAINTS
    )


def _forget_dead_connections(context: Any) -> None:
    """A server that was killed leaves a pool of dead connections: drop all of them at once."""
    if sqlstate_of(context.sqlalchemy_exception) in {"57P01", "57P02", "57P03"}:
        context.is_disconnect = True


__all__ = [
    "NAMING",
    "AsyncSession",
    "Database",
    "SQLModel",
    "centimos_column",
    "constraint_of",
    "instant_column",
    "instant_text",
    "rows_in",
    "sqlstate_of",
    "state_since_column",
    "table_registry",
]
