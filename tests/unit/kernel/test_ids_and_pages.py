"""Identifiers sort by their time; cursors lead back to where a page ended."""

import base64
import re
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from services.kernel.errors import Malformed
from services.kernel.ids import id_pattern, new_id
from services.kernel.pages import page_request
from services.kernel.schemas import identifier

ANY = "app_01k9zq0v8xepzrv1rk0nnd5anw"  # the same in every worker that collects


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def test_an_identifier_carries_its_prefix_and_later_ones_sort_after() -> None:
    made = [new_id("app") for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == 2000
    assert all(re.fullmatch(id_pattern("app"), one) for one in made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app",
        "app_",
        ANY.replace("app", "bal"),
        ANY.upper(),
        ANY + "0",
        ANY + "\n",
        "app_8" + "0" * 25,
        "app_" + "0" * 25 + "i",
        ANY.replace("app_", "app_\x00"),
    ],
)
def test_anything_else_is_no_identifier(text: str) -> None:
    assert not re.fullmatch(id_pattern("app"), text)
    kind = TypeAdapter(Annotated[str, identifier("app")])
    with pytest.raises(ValidationError):
        kind.validate_python(text)


async def test_without_a_cursor_a_page_begins_at_the_start() -> None:
    request = await page_request(limit=7, cursor=None)
    assert (request.limit, request.after) == (7, None)


async def test_a_cursor_says_after_which_row_to_go_on() -> None:
    last = new_id("pro")
    assert (await page_request(limit=50, cursor=cursor_of(last))).after == last


@pytest.mark.parametrize(
    "cursor",
    ["", "a", "====", "Zm9v Zm9v", "Zm9v.", "ñ", cursor_of("\x00"), cursor_of("Ñandú"), "/w=="],
)
async def test_a_cursor_that_nobody_gave_is_refused(cursor: str) -> None:
    with pytest.raises(Malformed) as refused:
        await page_request(limit=50, cursor=cursor)
    assert refused.value.code == "http.bad_cursor"
