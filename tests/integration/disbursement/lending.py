"""Loans in tests: lent by a statement's lines, and repaid by others."""

from datetime import date, timedelta
from typing import Any

from services.disbursement.channels.protocol import Line
from services.kernel import clock
from services.kernel.ids import new_id
from tests.integration.disbursement.test_reconciliation import line, read, sent
from tests.integration.disbursement.world import World


def today() -> date:
    return clock.lima_date(clock.now())


async def lent(world: World, *, members: int = 3, amount: int = 30_000_00) -> Any:
    """A credit paid today by a statement: the agreement, the tranche, and each producer's loan."""
    agreement, tranche_id, instructions = await sent(world, members=members, amount=amount)
    await read(world, [line(one) for one in instructions])
    page = await world.get(f"/v1/loans?agreement_id={agreement['id']}")
    return agreement, tranche_id, page["data"]


def repayment(loan: dict[str, Any], centimos: int, after_days: int = 0, **changes: Any) -> Line:
    """A line by which the loan is repaid so many days from now, by its producer if nothing else
    is told."""
    given: dict[str, Any] = {
        "line_id": new_id("lin"),
        "reference": loan["reference"],
        "kind": "repayment",
        "amount_centimos": centimos,
        "business_date": today() + timedelta(days=after_days),
        "payer": loan["document"],
        "operation": new_id("opn"),
    }
    return Line(**{**given, **changes})


async def owed(world: World, loan: dict[str, Any], after_days: int = 0) -> tuple[str, str]:
    """Principal and interest owed so many days from now."""
    on = today() + timedelta(days=after_days)
    found = await world.get(f"/v1/loans/{loan['id']}?on={on}")
    return found["principal"]["amount"], found["interest"]["amount"]


def accounts(world: World, consortium_id: str) -> dict[str, int]:
    """The consortium's accounts of loans, in céntimos."""
    found = world.rows(
        "SELECT kind, balance_centimos AS held FROM account WHERE code LIKE %s",
        f"consortium:{consortium_id}:%",
    )
    return {row["kind"]: row["held"] for row in found}
