"""The bytes that PostgreSQL's binary COPY reads, against the format's own words."""

import struct
from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain import FIRST_DAY, LAST_DAY
from services.registry.imports.binary import copy_bytes, day, fixed, flag, integer, line

LINES = st.text(st.characters(codec="utf-8"), max_size=200)
DAYS = st.none() | st.dates(FIRST_DAY, LAST_DAY)
ROWS = st.lists(st.tuples(LINES, DAYS, st.booleans(), st.integers(-(2**31), 2**31 - 1)), max_size=5)


def field(value: bytes | None) -> bytes:
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def days_since_2000(found: date | None) -> bytes | None:
    return None if found is None else struct.pack(">i", (found - date(2000, 1, 1)).days)


@given(ROWS)
def test_each_row_is_a_count_and_lengths_with_bytes(rows: list[Any]) -> None:
    texts, days, flags, numbers = zip(*rows, strict=True) if rows else ((), (), (), ())
    written = copy_bytes(
        [
            fixed(pa.array(["7"] * len(rows), pa.string()), 1, prefix="pro_"),
            line(pa.array(texts, pa.string())),
            day(pa.array(days, pa.date32())),
            flag(pa.array(["true" if value else "false" for value in flags], pa.string())),
            integer(pa.array(numbers, pa.int32())),
        ]
    )
    assert bytes(written) == b"".join(
        struct.pack(">h", 5)
        + field(b"pro_7")
        + field(text.encode())
        + field(days_since_2000(when))
        + field(bytes([value]))
        + field(struct.pack(">i", number))
        for text, when, value, number in rows
    )


def test_a_part_of_a_batch_is_written_as_it_is() -> None:
    people = pa.array(["Ana", "Ñusta", "Eva"]).slice(1, 2)
    whole = copy_bytes([line(pa.array(["Ñusta", "Eva"]))])
    assert bytes(copy_bytes([line(people)])) == bytes(whole)
