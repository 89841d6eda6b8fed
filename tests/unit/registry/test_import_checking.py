"""The padrón's rules on batches, and identifiers in bulk; no file and no database."""

import re
from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.ids import id_pattern
from services.kernel.schemas import LINE_PATTERN
from services.registry.domain import to_area_m2
from services.registry.imports.checking import Seen, check, days_of, parcel_rules, producer_rules
from services.registry.imports.reading import Batch
from services.registry.imports.report import SAMPLES, Report
from services.registry.imports.staging import Suffixes
from tests.factories.padron import PARCEL, PRODUCER

AS_OF = date(2026, 3, 1)


def batch(*rows: dict[str, str], first: int = 2) -> Batch:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return Batch(pa.RecordBatch.from_pydict(columns), range(first, first + len(rows)))


def breaches(row: dict[str, str], rules: Any) -> set[str]:
    report = Report("test")
    check(batch(row), rules, report)
    return {found.column for found in report.samples}


def is_line(text: str) -> bool:
    return 1 <= len(text) <= 200 and re.fullmatch(LINE_PATTERN, text) is not None


@given(st.text(st.characters(codec="utf-8"), max_size=210))
def test_a_name_is_taken_when_it_is_a_line(text: str) -> None:
    found = breaches({**PRODUCER, "full_name": text}, producer_rules(AS_OF))
    if found == set():
        assert is_line(text)
    if text.isprintable() and is_line(text):
        assert found == set()


@given(st.text("0123456789.,-e ", max_size=12))
def test_an_area_is_taken_exactly_when_the_domain_takes_it(text: str) -> None:
    try:
        to_area_m2(text)
        taken = True
    except ValueError:
        taken = False
    assert (breaches({**PARCEL, "area_ha": text}, parcel_rules()) == set()) is taken


@given(st.dates())
def test_a_birth_is_taken_from_1900_to_the_day_of_the_padron(day: date) -> None:
    found = breaches({**PRODUCER, "born_on": day.isoformat()}, producer_rules(AS_OF))
    assert (found == set()) is (date(1900, 1, 1) <= day <= AS_OF)


def test_a_row_with_three_wrong_columns_is_one_row_with_three_reasons() -> None:
    report = Report("producers")
    wrong = {**PRODUCER, "sex": "?", "cci": "1", "alive": ""}
    kept = check(batch(PRODUCER, wrong, PRODUCER), producer_rules(AS_OF), report)
    assert list(kept.numbers) == [2, 4]
    assert report.rejected == 1
    assert {(found.row, found.column) for found in report.samples} == {
        (3, "sex"),
        (3, "cci"),
        (3, "alive"),
    }


def test_days_are_null_where_they_are_none_and_the_others_stay() -> None:
    texts = pa.array(["2025-03-01", "", "2025-02-30", "20250301", "2025-3-1", "mañana"])
    assert days_of(texts).to_pylist() == [date(2025, 3, 1), None, None, None, None, None]


def test_a_dni_stands_once_in_a_file_across_batches() -> None:
    seen, report = Seen(), Report("producers")
    rows = [{**PRODUCER, "dni": dni} for dni in ("00000000", "99999999", "00000000")]
    assert list(seen.first_only(batch(*rows), report).numbers) == [2, 3]
    assert list(seen.first_only(batch(rows[1], first=5), report).numbers) == []
    assert [found.row for found in report.samples] == [4, 5]


def test_a_million_rejects_are_counted_and_few_are_kept() -> None:
    report = Report("producers")
    for row in range(1000):
        report.reject(row, "dni", "el DNI son ocho dígitos")
    assert report.rejected == 1000
    assert len(report.samples) == SAMPLES


def test_identifiers_in_bulk_are_typeids_that_sort_as_they_were_made() -> None:
    suffixes = Suffixes()
    made = [identifier for count in (3, 40_000) for identifier in _ids(suffixes, count)]
    assert made == sorted(set(made))
    assert len(made) == 40_003
    assert all(re.match(id_pattern("pro"), identifier) for identifier in made)
    assert not set(_ids(Suffixes(), 3)) & set(made)


def _ids(suffixes: Suffixes, count: int) -> list[str]:
    return [f"pro_{suffix}" for suffix in suffixes.take(count).to_pylist()]
