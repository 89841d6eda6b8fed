"""Keyset pages over sortable ids: `?limit=&cursor=` → `{"data": [...], "next_cursor": ...}`."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import Select

from services.kernel.db import AsyncSession
from services.kernel.errors import Malformed
from services.kernel.schemas import Page

Row = TypeVar("Row")
Item = TypeVar("Item", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: how many rows after which id."""

    limit: int
    after: str | None


async def page_request(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> PageRequest:
    """A dependency that reads `limit` and `cursor`."""
    if cursor is None:
        return PageRequest(limit, None)
    try:
        after = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        last = after.decode("ascii")
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise _bad_cursor() from error
    if not last or "\x00" in last:
        raise _bad_cursor()
    return PageRequest(limit, last)


def cursor_after(last: str | None) -> str | None:
    """The `next_cursor` of a page whose last row this is; None when no more follow."""
    return None if last is None else base64.urlsafe_b64encode(last.encode()).decode()


def _bad_cursor() -> Malformed:
    return Malformed("http.bad_cursor", "El cursor no es válido; use el next_cursor recibido.")


async def page_of(
    session: AsyncSession,
    query: Select[Any],
    id_column: Any,
    request: PageRequest,
    render: Callable[[Row], Item],
) -> Page[Item]:
    """The rows of `query` after the cursor in the order of `id_column`, rendered."""
    rows, cursor = await rows_of(session, query, id_column, request)
    return Page(data=[render(row) for row in rows], next_cursor=cursor)


async def rows_of(
    session: AsyncSession, query: Select[Any], id_column: Any, request: PageRequest
) -> tuple[Sequence[Any], str | None]:
    """The same rows as they are, for who renders them together, and the cursor after them."""
    if request.after is not None:
        query = query.where(id_column > request.after)
    found = await session.scalars(query.order_by(id_column).limit(request.limit + 1))
    rows: Sequence[Any] = found.all()
    shown = rows[: request.limit]
    last = str(getattr(shown[-1], id_column.key)) if len(rows) > request.limit else None
    return shown, cursor_after(last)
