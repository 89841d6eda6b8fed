"""The rules of each column, over whole batches at once: which rows stand, and why others do not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy
import pyarrow as pa
from pyarrow import compute as pc

from services.registry.domain import AREA_PATTERN, FIRST_DAY, LAST_DAY
from services.registry.imports.reading import Batch, bytes_in
from services.registry.imports.report import Report

MAX_AREA_HA: Final = 10_000
MAX_LINE: Final = 200
_SPACE: Final = 0x20
_DELETE: Final = 0x7F
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A column, a test that is true for each row that is right (or None, when all are), and the
    reason when it is not."""

    column: str
    holds: Callable[[Batch], Any]
    reason: str


def matches(column: str, pattern: str, reason: str) -> Rule:
    """The rule that a column's text matches a pattern as a whole."""
    return Rule(column, lambda batch: pc.match_substring_regex(batch.rows[column], pattern), reason)


def digits(column: str, count: int, reason: str) -> Rule:
    """The rule that a column holds so many digits, 0 to 9."""

    def holds(batch: Batch) -> Any:
        text = batch.rows[column]
        return pc.and_(pc.equal(pc.binary_length(text), count), pc.ascii_is_decimal(text))

    return Rule(column, holds, reason)


def one_of(column: str, *values: str) -> Rule:
    """The rule that a column holds one of these."""
    known = pa.array(values)
    reason = f"use {', '.join(values[:-1])} o {values[-1]}"
    return Rule(column, lambda batch: pc.is_in(batch.rows[column], value_set=known), reason)


def line(column: str) -> Rule:
    """The rule of a text of one line, as the API takes it."""

    def holds(batch: Batch) -> Any:
        text = batch.rows[column]
        blank = pc.or_(pc.utf8_is_space(text), pc.equal(text, ""))
        stands = pc.invert(blank)
        if (pc.max(pc.binary_length(text)).as_py() or 0) > MAX_LINE:
            stands = pc.and_(stands, pc.less_equal(pc.utf8_length(text), MAX_LINE))
        if _may_have_control(text):
            stands = pc.and_not(stands, pc.match_substring_regex(text, r"[\x00-\x1f\x7f]"))
        return stands

    return Rule(
        column, holds, "escriba de 1 a 200 caracteres en una línea, sin caracteres de control"
    )


def _may_have_control(text: Any) -> bool:
    """Whether any byte of a column may be a control character: its bytes as one are soon seen."""
    found = bytes_in(text)
    return bool(len(found)) and bool(found.min() < _SPACE or (found == _DELETE).any())


def day(column: str, *, until: date = LAST_DAY, optional: bool = False) -> Rule:
    """The rule of a calendar day from 1900 to `until`."""

    def holds(batch: Batch) -> Any:
        days, are_days = _read(batch, column)
        if are_days and (optional or not days.null_count) and _lie_in(days, until):
            return None
        inside = pc.and_(pc.greater_equal(days, FIRST_DAY), pc.less_equal(days, until))
        found = pc.fill_null(inside, fill_value=False)
        return pc.or_(found, pc.equal(batch.rows[column], "")) if optional else found

    reason = f"use una fecha AAAA-MM-DD entre {FIRST_DAY} y {until}"
    return Rule(column, holds, reason + (", o déjela vacía" if optional else ""))


def _lie_in(days: Any, until: date) -> bool:
    """Whether all days that are not null lie between the first day and `until`."""
    ends = pc.min_max(days).as_py()
    return ends["min"] is None or (ends["min"] >= FIRST_DAY and ends["max"] <= until)


def days_in(batch: Batch, column: str) -> Any:
    """`days_of` a column, read once a batch."""
    return _read(batch, column)[0]


def days_of(texts: Any) -> Any:
    """The texts as days, null where they are none."""
    return _read_days(texts)[0]


def _read(batch: Batch, column: str) -> tuple[Any, bool]:
    if column not in batch.days:
        batch.days[column] = _read_days(batch.rows[column])
    return batch.days[column]


def _read_days(texts: Any) -> tuple[Any, bool]:
    """The days, and whether all texts are days or empty: then they are read fast."""
    filled = pc.if_else(pc.equal(texts, ""), None, texts)
    try:
        return pc.cast(filled, pa.date32()), True
    except pa.ArrowInvalid:
        return pa.array([_day_of(text) for text in texts.to_pylist()], type=pa.date32()), False


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _period_holds(batch: Batch) -> Any:
    starts, ends = days_in(batch, "ppa_from"), days_in(batch, "ppa_to")
    return pc.fill_null(pc.greater(ends, starts), fill_value=True)


def _has_start(batch: Batch) -> Any:
    rows = batch.rows
    return pc.or_(pc.not_equal(rows["ppa_from"], ""), pc.equal(rows["ppa_to"], ""))


def _area_in_range(batch: Batch) -> Any:
    rows = batch.rows
    shaped = pc.match_substring_regex(rows["area_ha"], AREA_PATTERN)
    area = pc.cast(pc.if_else(shaped, rows["area_ha"], "1"), pa.float64())
    return pc.and_(pc.greater(area, 0), pc.less_equal(area, MAX_AREA_HA))


def producer_rules(as_of: date) -> list[Rule]:
    """The rules of the producers' file."""
    return [
        digits("dni", 8, "el DNI son ocho dígitos"),
        line("full_name"),
        one_of("sex", "F", "M", "X"),
        day("born_on", until=as_of),
        one_of("alive", "true", "false"),
        digits("cci", 20, "el CCI son veinte dígitos"),
        day("ppa_from", optional=True),
        day("ppa_to", optional=True),
        Rule("ppa_to", _period_holds, "debe ser posterior a ppa_from; el día final no se incluye"),
        Rule("ppa_from", _has_start, "falta, y hay ppa_to"),
    ]


def parcel_rules() -> list[Rule]:
    """The rules of the parcels' file; whether the producer exists is asked of the database."""
    return [
        digits("dni", 8, "el DNI son ocho dígitos"),
        line("code"),
        matches("area_ha", AREA_PATTERN, "use hectáreas con hasta cuatro decimales, como 1.8000"),
        Rule("area_ha", _area_in_range, "el área debe ser mayor que 0 y no pasar de 10000 ha"),
        line("crop"),
        line("tenure"),
        one_of("ubigeo_scheme", "INEI", "RENIEC"),
        digits("ubigeo_code", 6, "el ubigeo son seis dígitos"),
    ]


def check(batch: Batch, rules: Sequence[Rule], report: Report) -> Batch:
    """The rows that keep every rule; each breach of the others is reported."""
    stands: Any = None
    for rule in rules:
        holds = rule.holds(batch)
        if holds is not None and holds.false_count:
            for index in pc.indices_nonzero(pc.invert(holds)).to_pylist():
                report.reject(batch.numbers[index], rule.column, rule.reason)
            stands = holds if stands is None else pc.and_(stands, holds)
    return batch if stands is None else batch.kept(stands)


@dataclass(slots=True)
class Seen:
    """The DNIs of a file so far: a bit for each of the hundred million there can be."""

    _marks: Any = field(default_factory=lambda: numpy.zeros(100_000_000 // 8, dtype=numpy.uint8))

    def first_only(self, batch: Batch, report: Report) -> Batch:
        """The rows whose DNI did not stand in the file before; the others are reported."""
        people = pc.cast(batch.rows["dni"], pa.int32()).to_numpy()
        places, bits = people >> 3, numpy.uint8(1) << (people & 7).astype(numpy.uint8)
        known = (self._marks[places] & bits) != 0
        numpy.bitwise_or.at(self._marks, places, bits)
        in_order = numpy.sort(people)
        if not known.any() and (in_order[1:] != in_order[:-1]).all():
            return batch
        again = numpy.ones(len(people), dtype=numpy.bool_)
        again[numpy.unique(people, return_index=True)[1]] = False
        known |= again
        for index in numpy.flatnonzero(known).tolist():
            report.reject(batch.numbers[index], "dni", "el DNI ya figura antes en el archivo")
        return batch.kept(pa.array(~known))
