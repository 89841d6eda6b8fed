"""A difference becomes a case: whose it is and until when, by its kind."""

from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.disbursement.events import CaseOpened
from services.disbursement.models import ReconciliationCase
from services.kernel.clock import lima_date
from services.kernel.ids import new_id
from services.kernel.work import Work
from services.kernel.working_days import working_day

TERM_WORKING_DAYS: Final = {
    "unknown_reference": 3,
    "missing_line": 3,
    "amount_differs": 2,
    "second_line": 1,
    "returned_after_use": 5,
    "contradiction": 2,
    "altered_message": 1,
    "line_changed": 1,
    "overpaid": 5,
}
"""Working days in which a case of each kind is to be resolved: money paid twice and altered words
first. A proposal of ours, to be confirmed by the fund."""


async def open_case(
    work: Work, channel: str, source: str, kind: str, reference: str, detail: dict[str, Any]
) -> None:
    """Open a case for what a source says of a reference; once a source, whatever comes again."""
    case = ReconciliationCase(
        id=new_id("cas"),
        channel=channel,
        source=source,
        kind=kind,
        reference=reference,
        detail=detail,
        opened_at=work.now,
        due_on=working_day(lima_date(work.now), TERM_WORKING_DAYS[kind]),
    )
    opened = await work.session.scalar(
        insert(ReconciliationCase)
        .values(case.model_dump())
        .on_conflict_do_nothing()
        .returning(col(ReconciliationCase.id))
    )
    if opened is not None:
        work.record("case.open", case.id, {"kind": kind, "reference": reference})
        event = CaseOpened(case_id=case.id, channel=channel, kind=kind, due_on=case.due_on)
        work.publish(event, version=case.version)
