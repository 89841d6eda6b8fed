"""Close a channel's day: ledger against statement, missing lines found, kept as it was."""

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import rfc8785

from services.disbursement import reconciliation
from services.disbursement.case_opening import open_case
from services.disbursement.closings import queries
from services.disbursement.events import DayClosed
from services.disbursement.models import Closing
from services.kernel.clock import lima_date
from services.kernel.errors import FieldError, Invalid
from services.kernel.ids import new_id
from services.kernel.work import Work
from services.kernel.working_days import working_day

MISSING_AFTER_WORKING_DAYS: Final = 2
"""How long a payment that a partner told of may be on no statement. A proposal of ours, to be
confirmed by the fund."""


async def close(work: Work, *, channel: str, business_date: date) -> Closing:
    """Close the day, or find it closed as it stands; what changed since is a new version that
    cites the former. Opens a case for each payment that is missing from the statements too long.

    Raises disbursement.day_not_over for a day to come.
    """
    if business_date > lima_date(work.now):
        raise Invalid(
            "disbursement.day_not_over",
            "Ese día aún no llega; cierre hoy o un día pasado.",
            errors=[FieldError("/business_date", "day_not_over", "Es un día futuro.")],
        )
    await reconciliation.one_at_a_time(work, channel)
    settled_by = working_day(business_date, -MISSING_AFTER_WORKING_DAYS)
    for lost in await queries.missing(work.session, channel, settled_by):
        detail = {"ours": int(lost.amount_centimos), "paid_on": lost.paid_on.isoformat()}
        source = f"{queries.MISSING}{lost.id}"
        await open_case(work, channel, source, "missing_line", lost.reference, detail)
    totals = await queries.totals(work.session, channel, business_date)
    differences = await queries.differences(work.session, channel, business_date)
    stated = await queries.balances(work.session, channel, business_date)
    opening, closed = stated or (None, None)
    difference = totals.difference
    if stated is not None:
        came = totals.statement_returned + totals.statement_repaid
        moved = came - totals.statement_paid
        difference += abs(stated[1] - stated[0] - moved)
    said: dict[str, Any] = {"totals": asdict(totals), "differences": differences}
    content = rfc8785.dumps({**said, "balances": [opening, closed]})
    content_sha256 = hashlib.sha256(content).hexdigest()
    former = await queries.last(work.session, channel, business_date)
    if former is not None and former.content_sha256 == content_sha256:
        return former
    closing = Closing(
        id=new_id("clo"),
        channel=channel,
        business_date=business_date,
        version=1 if former is None else former.version + 1,
        supersedes=None if former is None else former.id,
        ledger_paid_centimos=totals.ledger_paid,
        ledger_returned_centimos=totals.ledger_returned,
        statement_paid_centimos=totals.statement_paid,
        statement_returned_centimos=totals.statement_returned,
        ledger_repaid_centimos=totals.ledger_repaid,
        statement_repaid_centimos=totals.statement_repaid,
        statement_opening_centimos=opening,
        statement_closing_centimos=closed,
        difference_centimos=difference,
        differences_count=totals.differences,
        differences=differences,
        balanced=difference == 0,
        content_sha256=content_sha256,
        made_by=work.actor.sub,
        made_at=work.now,
    )
    work.session.add(closing)
    await work.session.flush()
    change = {"channel": channel, "business_date": business_date.isoformat()}
    work.record("closing.make", closing.id, {**change, "content_sha256": content_sha256})
    event = DayClosed(
        closing_id=closing.id,
        channel=channel,
        business_date=business_date,
        balanced=closing.balanced,
        difference_centimos=closing.difference_centimos,
    )
    work.publish(event, version=1)
    return closing
