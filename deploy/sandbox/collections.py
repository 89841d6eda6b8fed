"""What the bank collects for the fund: repayments of loans, made on demand and by its clock.

The bank does not know the fund's loans: whoever asks names the loan, the payer and when, and the
clock brings it about. One operation may be told twice under two numbers, as banks err.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from deploy.sandbox import clock
from deploy.sandbox.payments import identifier


@dataclass(frozen=True, kw_only=True)
class Order:
    """Who repays which loan, how much, when, in how many equal instalments so far apart."""

    reference: str
    payer: str
    payer_name: str
    amount_cents: int
    after_s: int = 0
    instalments: int = 1
    apart_s: int = 86_400
    copies: int = 1


def collect(db: sqlite3.Connection, order: Order, now: datetime) -> list[str]:
    """Write down what will be paid; the céntimos that do not divide come with the last
    instalment. Returns the operations."""
    each, rest = divmod(order.amount_cents, order.instalments)
    operations = []
    for number in range(order.instalments):
        at = now + timedelta(seconds=order.after_s + number * order.apart_s)
        placed = db.execute("SELECT COUNT(*) FROM collection").fetchone()[0]
        operation = identifier("col", order.reference, str(placed), clock.stamp(at))
        amount = each + (rest if number == order.instalments - 1 else 0)
        for _ in range(order.copies):
            db.execute(
                "INSERT INTO collection (operation, reference, payer, payer_name, amount_cents,"
                " business_date, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    operation,
                    order.reference,
                    order.payer,
                    order.payer_name,
                    amount,
                    clock.lima_day(at).isoformat(),
                    clock.stamp(at),
                ),
            )
        operations.append(operation)
    return operations


def of_day(db: sqlite3.Connection, day: date, now: datetime) -> list[sqlite3.Row]:
    """What was collected on the day, so far."""
    return db.execute(
        "SELECT * FROM collection WHERE business_date = ? AND at <= ? ORDER BY line_no",
        (day.isoformat(), clock.stamp(now)),
    ).fetchall()


def before(db: sqlite3.Connection, day: date, now: datetime) -> int:
    """What was collected before the day, in céntimos."""
    row = db.execute(
        "SELECT COALESCE(SUM(amount_cents), 0) FROM collection WHERE business_date < ? AND at <= ?",
        (day.isoformat(), clock.stamp(now)),
    ).fetchone()
    return int(row[0])
