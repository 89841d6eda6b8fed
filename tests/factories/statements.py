"""Statement files (camt.053) of any lines, written as the bank writes its sample."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

SAMPLE = (
    Path(__file__).parents[2] / "contracts" / "partners" / "samples" / "camt.053.xml"
).read_text()
DAY = "2026-03-02"
_FIRST = SAMPLE.index("      <Ntry>")
_LAST = SAMPLE.rindex("</Ntry>") + len("</Ntry>\n")
_ENTRY = SAMPLE[_FIRST : SAMPLE.index("</Ntry>") + len("</Ntry>\n")]
_SUMMARY = SAMPLE[SAMPLE.index("      <TxsSummry>") : _FIRST]


def statement(lines: Sequence[tuple[str, str, int]], day: date) -> str:
    """A file of payments: (line number, reference, céntimos) each."""
    total = sum(centimos for *_, centimos in lines)
    closing = 1_000_000_000_00 - total
    entries = "".join(
        _ENTRY.replace("AGB-0000000001", line_id)
        .replace("ins-sample-0001-002", reference)
        .replace("9000.50", _soles(centimos))
        for line_id, reference, centimos in lines
    )
    whole = (SAMPLE[:_FIRST] + entries + SAMPLE[_LAST:]).replace(_SUMMARY, "")
    return whole.replace("999980999.50", _soles(closing)).replace(DAY, day.isoformat())


def _soles(centimos: int) -> str:
    return f"{centimos // 100}.{centimos % 100:02}"
