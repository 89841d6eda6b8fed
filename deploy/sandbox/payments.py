"""What both partners do with a payment: accept it once, execute it once, perhaps return it."""

import hashlib
import json
import sqlite3
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from deploy.sandbox import clock
from deploy.sandbox.behaviours import Behaviour
from deploy.sandbox.money import money_of
from deploy.sandbox.settings import SandboxSettings

REJECTED_BY_DEFAULT = "AC04"  # account closed
RETURNED_BY_DEFAULT = "AC03"  # creditor account invalid
WITHOUT_FUNDS = "AM04"


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One payment as a partner was asked to make it."""

    partner: str
    end_to_end_id: str
    reference: str
    payment_group: str = ""
    digest: str
    beneficiary_name: str
    cci: str
    amount_cents: int
    callback_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """A payment that just reached a new status; counted and called back."""

    partner: str
    status: str


def identifier(prefix: str, *parts: str) -> str:
    """The same parts give the same id: a retried request cannot make a second one."""
    return f"{prefix}_{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:24]}"


def find(db: sqlite3.Connection, partner: str, end_to_end_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM payment WHERE partner = ? AND end_to_end_id = ?", (partner, end_to_end_id)
    ).fetchone()
    return row


def count_request(db: sqlite3.Connection, partner: str, reference: str) -> None:
    db.execute(
        "UPDATE payment SET requests = requests + 1 WHERE partner = ? AND reference = ?",
        (partner, reference),
    )


def copies_of(behaviour: Behaviour) -> int:
    """How often a callback is sent at once."""
    if behaviour.mode == "no_callback" or not behaviour.callback:
        return 0
    return behaviour.copies if behaviour.mode == "duplicate_callback" else 1


def accept(
    db: sqlite3.Connection,
    instruction: Instruction,
    *,
    behaviour: Behaviour,
    settings: SandboxSettings,
    now: datetime,
) -> None:
    """Write the payment down with the fate its behaviour gives it."""
    delay_s = settings.sandbox_execution_delay_s
    return_after_s = None
    if behaviour.mode == "timeout_after_executing":
        delay_s = 0
    elif behaviour.mode == "return":
        return_after_s = (
            settings.sandbox_return_delay_s if behaviour.delay_s is None else behaviour.delay_s
        )
    elif behaviour.mode not in {"slow", "late_arrival"} and behaviour.delay_s is not None:
        delay_s = behaviour.delay_s
    arrives = now + timedelta(seconds=behaviour.arrives_after_s)
    reason = behaviour.reason_code
    db.execute(
        "INSERT INTO payment (partner, end_to_end_id, reference, payment_group, digest,"
        " execution_id, beneficiary_name, cci, amount_cents, callback_url, callback_copies,"
        " status, accepted_at, execute_at, reject_with, return_after_s, return_with)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'accepted', ?, ?, ?, ?, ?)",
        (
            instruction.partner,
            instruction.end_to_end_id,
            instruction.reference,
            instruction.payment_group,
            instruction.digest,
            identifier("exe", instruction.partner, instruction.end_to_end_id),
            instruction.beneficiary_name,
            instruction.cci,
            instruction.amount_cents,
            instruction.callback_url,
            copies_of(behaviour) if instruction.callback_url else 0,
            clock.stamp(arrives),
            clock.stamp(arrives + timedelta(seconds=delay_s)),
            (reason or REJECTED_BY_DEFAULT) if behaviour.mode == "reject" else None,
            return_after_s,
            (reason or RETURNED_BY_DEFAULT) if return_after_s is not None else None,
        ),
    )


def settle_due(db: sqlite3.Connection, now: datetime) -> list[Change]:
    """Execute, reject or return whatever is due; each change writes its line and its callback."""
    at = clock.stamp(now)
    due = db.execute(
        "SELECT * FROM payment WHERE status = 'accepted' AND execute_at <= ?"
        " ORDER BY execute_at, end_to_end_id",
        (at,),
    ).fetchall()
    left = {row["partner"]: 0 for row in due}
    for partner in left:
        left[partner] = balance(db, partner)
    changes = []
    for row in due:
        changes.append(_settle(db, row, now, left[row["partner"]]))
        if changes[-1].status == "executed":
            left[row["partner"]] -= row["amount_cents"]
    back = db.execute(
        "SELECT * FROM payment WHERE status = 'executed' AND return_at <= ? ORDER BY return_at",
        (at,),
    ).fetchall()
    return changes + [_give_back(db, row, now) for row in back]


def _settle(db: sqlite3.Connection, row: sqlite3.Row, now: datetime, left_cents: int) -> Change:
    reason = row["reject_with"]
    if reason is None and left_cents < row["amount_cents"]:
        reason = WITHOUT_FUNDS
    if reason is not None:
        _move(db, row, status="rejected", reason_code=reason)
        _call_back(db, row, kind="payment.rejected", reason_code=reason, now=now)
        return Change(partner=row["partner"], status="rejected")
    wait_s = row["return_after_s"]
    return_at = None if wait_s is None else clock.stamp(now + timedelta(seconds=wait_s))
    _move(db, row, status="executed", executed_at=clock.stamp(now), return_at=return_at)
    _write_line(db, row, kind="payment", now=now)
    _call_back(db, row, kind="payment.executed", reason_code=None, now=now)
    return Change(partner=row["partner"], status="executed")


def _give_back(db: sqlite3.Connection, row: sqlite3.Row, now: datetime) -> Change:
    reason = row["return_with"]
    _move(db, row, status="returned", reason_code=reason, returned_at=clock.stamp(now))
    _write_line(db, row, kind="return", now=now)
    _call_back(db, row, kind="payment.returned", reason_code=reason, now=now)
    return Change(partner=row["partner"], status="returned")


def _move(db: sqlite3.Connection, row: sqlite3.Row, **columns: str | None) -> None:
    names = ", ".join(f"{name} = ?" for name in columns)
    db.execute(
        f"UPDATE payment SET {names} WHERE partner = ? AND end_to_end_id = ?",
        (*columns.values(), row["partner"], row["end_to_end_id"]),
    )


def _write_line(db: sqlite3.Connection, row: sqlite3.Row, *, kind: str, now: datetime) -> None:
    db.execute(
        "INSERT INTO line (partner, end_to_end_id, business_date, kind, amount_cents, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            row["partner"],
            row["end_to_end_id"],
            clock.lima_day(now).isoformat(),
            kind,
            row["amount_cents"],
            clock.stamp(now),
        ),
    )


def _call_back(
    db: sqlite3.Connection,
    row: sqlite3.Row,
    *,
    kind: str,
    reason_code: str | None,
    now: datetime,
) -> None:
    if not row["callback_copies"]:
        return
    event_id = identifier("evt", row["partner"], row["end_to_end_id"], kind)
    body: dict[str, Any] = {
        "event_id": event_id,
        "type": kind,
        "reference": row["end_to_end_id"],
        "execution_id": row["execution_id"],
        "amount": money_of(row["amount_cents"]),
        "occurred_at": clock.stamp(now),
    }
    if reason_code is not None:
        body["reason_code"] = reason_code
    db.execute(
        "INSERT INTO callback (event_id, url, body, copies, next_at, state)"
        " VALUES (?, ?, ?, ?, ?, 'pending')",
        (event_id, row["callback_url"], json.dumps(body), row["callback_copies"], clock.stamp(now)),
    )


def next_due(db: sqlite3.Connection) -> str | None:
    row = db.execute(
        "SELECT MIN(at) FROM ("
        " SELECT MIN(execute_at) AS at FROM payment WHERE status = 'accepted'"
        " UNION ALL SELECT MIN(return_at) FROM payment WHERE status = 'executed'"
        " AND return_at IS NOT NULL)"
    ).fetchone()
    due: str | None = row[0]
    return due


def _moved_cents(db: sqlite3.Connection, partner: str, before: str) -> int:
    total: int = db.execute(
        "SELECT COALESCE(SUM(CASE kind WHEN 'payment' THEN -amount_cents ELSE amount_cents END), 0)"
        " FROM line WHERE partner = ? AND business_date < ?",
        (partner, before),
    ).fetchone()[0]
    return total


def _opened_with(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT value FROM meta WHERE key = 'opening_balance_cents'").fetchone()
    return int(row[0])


def balance(db: sqlite3.Connection, partner: str) -> int:
    row = db.execute("SELECT cents FROM moved WHERE partner = ?", (partner,)).fetchone()
    return _opened_with(db) + (int(row[0]) if row else 0)


@dataclass(frozen=True, kw_only=True)
class Statement:
    day: date
    opening_cents: int
    closing_cents: int
    lines: list[sqlite3.Row]
    collections: list[sqlite3.Row] = field(default_factory=list)


def statement(
    db: sqlite3.Connection, partner: str, day: date, *, after: int = 0, limit: int = -1
) -> Statement:
    """A day's lines, or so many of them after one; the balances are the whole day's."""
    opened = _opened_with(db)
    following = (day + timedelta(days=1)).isoformat()
    lines = db.execute(
        "SELECT line.line_no, line.kind, line.at, payment.* FROM line"
        " JOIN payment USING (partner, end_to_end_id)"
        " WHERE partner = ? AND business_date = ? AND line_no > ? ORDER BY line_no LIMIT ?",
        (partner, day.isoformat(), after, limit),
    ).fetchall()
    return Statement(
        day=day,
        opening_cents=opened + _moved_cents(db, partner, day.isoformat()),
        closing_cents=opened + _moved_cents(db, partner, following),
        lines=lines,
    )


def book(db: sqlite3.Connection, reference: str | None) -> list[dict[str, Any]]:
    """Every payment of both partners; what was executed is counted from the statement lines."""
    rows = db.execute(
        "SELECT payment.*,"
        " (SELECT COUNT(*) FROM line WHERE line.partner = payment.partner AND kind = 'payment'"
        "  AND line.end_to_end_id = payment.end_to_end_id) AS executed_count,"
        " (SELECT COUNT(*) FROM line WHERE line.partner = payment.partner AND kind = 'return'"
        "  AND line.end_to_end_id = payment.end_to_end_id) AS returned_count"
        " FROM payment WHERE ?1 IS NULL OR reference = ?1 OR end_to_end_id = ?1"
        " ORDER BY accepted_at, partner, end_to_end_id",
        (reference,),
    ).fetchall()
    plain = [
        "partner",
        "reference",
        "end_to_end_id",
        "cci",
        "status",
        "reason_code",
        "execution_id",
        "requests",
        "executed_count",
        "returned_count",
        "accepted_at",
        "executed_at",
        "returned_at",
    ]
    return [
        {name: row[name] for name in plain} | {"amount": money_of(row["amount_cents"])}
        for row in rows
    ]
