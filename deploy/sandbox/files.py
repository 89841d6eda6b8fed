"""Agrobanco's files: each is taken once, and each of its transactions lives on its own."""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.sandbox import behaviours, clock, magic, payments
from deploy.sandbox.behaviours import Behaviour
from deploy.sandbox.pain001 import PaymentFile, Transaction
from deploy.sandbox.problems import Problem
from deploy.sandbox.settings import SandboxSettings

PARTNER = "agrobanco"
PER_TRANSACTION = frozenset({"reject", "return"})


@dataclass(frozen=True, kw_only=True)
class Receipt:
    file_id: str
    behaviour: Behaviour
    changes: list[payments.Change]


def receive(
    db: sqlite3.Connection,
    file: PaymentFile,
    body: bytes,
    *,
    settings: SandboxSettings,
    now: datetime,
) -> Receipt:
    """Book the file; the same MsgId and bytes give the first answer, other bytes a conflict."""
    digest = hashlib.sha256(body).hexdigest()
    file_id = payments.identifier("fil", file.message_id)
    known = db.execute("SELECT * FROM file WHERE message_id = ?", (file.message_id,)).fetchone()
    if known is not None and known["digest"] != digest:
        raise Problem(409, "file_conflict", "El MsgId ya se usó con otro contenido.")
    modes = behaviours.ANSWERING if known else behaviours.ANSWERING | behaviours.LATE
    behaviour = behaviours.take(db, PARTNER, modes)
    if settings.test_keys and known is None and behaviour.mode == "normal":
        behaviour = magic.of_file(file.message_id)
        magic.refuse_if_down(behaviour)
    changes: list[payments.Change] = []
    if known is not None:
        db.execute(
            "UPDATE file SET requests = requests + 1 WHERE message_id = ?", (file.message_id,)
        )
        payments.count_request(db, PARTNER, file.message_id)
        return Receipt(file_id=file_id, behaviour=behaviour, changes=changes)
    db.execute(
        "INSERT INTO file (message_id, file_id, digest, transactions, control_cents, reject_with,"
        " received_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            file.message_id,
            file_id,
            digest,
            len(file.transactions),
            int(file.control_sum.scaleb(2)),
            file.refused_with,
            clock.stamp(now + timedelta(seconds=behaviour.arrives_after_s)),
        ),
    )
    for seq, entry in enumerate(file.transactions, start=1):
        refusal = _take_in(db, file, entry, seq, digest, behaviour, settings, now)
        status = "accepted" if refusal is None else "rejected"
        changes.append(payments.Change(partner=PARTNER, status=status))
    if behaviour.mode == "timeout_after_executing":
        changes += payments.settle_due(db, now)
    return Receipt(file_id=file_id, behaviour=behaviour, changes=changes)


def _take_in(
    db: sqlite3.Connection,
    file: PaymentFile,
    entry: Transaction,
    seq: int,
    digest: str,
    behaviour: Behaviour,
    settings: SandboxSettings,
    now: datetime,
) -> str | None:
    refusal = file.refused_with or entry.refused_with
    if refusal is None and payments.find(db, PARTNER, entry.end_to_end_id) is not None:
        refusal = "AM05"
    db.execute(
        "INSERT INTO file_transaction VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            file.message_id,
            seq,
            entry.payment_group,
            entry.instruction_id,
            entry.end_to_end_id,
            entry.amount_text,
            entry.currency,
            refusal,
        ),
    )
    if refusal is not None:
        return refusal
    fate = behaviour
    if behaviour.mode == "normal":
        fate = behaviours.take(db, PARTNER, PER_TRANSACTION)
    if settings.test_keys and fate.mode == "normal":
        fate = magic.of_transaction(entry.end_to_end_id, entry.amount_cents)
    payments.accept(
        db,
        payments.Instruction(
            partner=PARTNER,
            end_to_end_id=entry.end_to_end_id,
            reference=file.message_id,
            payment_group=entry.payment_group,
            digest=digest,
            beneficiary_name=entry.creditor_name,
            cci=entry.creditor_cci,
            amount_cents=entry.amount_cents,
        ),
        behaviour=fate,
        settings=settings,
        now=now,
    )
    return None


@dataclass(frozen=True, kw_only=True)
class TransactionStatus:
    payment_group: str
    instruction_id: str | None
    end_to_end_id: str
    amount_text: str
    currency: str
    status: str
    reason_code: str | None
    returned_at: str | None
    execution_id: str | None
    accepted_at: str | None


@dataclass(frozen=True, kw_only=True)
class FileStatus:
    message_id: str
    transactions: list[TransactionStatus]
    control_cents: int
    group_status: str
    reason_code: str | None


def status_of(db: sqlite3.Connection, message_id: str, now: datetime) -> FileStatus | None:
    file = db.execute("SELECT * FROM file WHERE message_id = ?", (message_id,)).fetchone()
    if file is None or file["received_at"] > clock.stamp(now):
        return None
    rows = db.execute(
        "SELECT entry.*, payment.status, payment.reason_code, payment.returned_at,"
        " payment.execution_id, payment.accepted_at"
        " FROM file_transaction AS entry LEFT JOIN payment ON payment.partner = ?"
        " AND payment.end_to_end_id = entry.end_to_end_id AND entry.refused_with IS NULL"
        " WHERE entry.message_id = ? ORDER BY seq",
        (PARTNER, message_id),
    ).fetchall()
    transactions = [_status_of_row(row) for row in rows]
    return FileStatus(
        message_id=message_id,
        transactions=transactions,
        control_cents=file["control_cents"],
        group_status=_group_status({entry.status for entry in transactions}),
        reason_code=file["reject_with"],
    )


def _status_of_row(row: sqlite3.Row) -> TransactionStatus:
    codes = {"accepted": "ACCP", "executed": "ACSC", "returned": "ACSC", "rejected": "RJCT"}
    return TransactionStatus(
        payment_group=row["payment_group"],
        instruction_id=row["instruction_id"],
        end_to_end_id=row["end_to_end_id"],
        amount_text=row["amount_text"],
        currency=row["currency"],
        status="RJCT" if row["refused_with"] else codes[row["status"]],
        reason_code=row["refused_with"] or row["reason_code"],
        returned_at=row["returned_at"],
        execution_id=row["execution_id"],
        accepted_at=row["accepted_at"],
    )


def _group_status(statuses: set[str]) -> str:
    if statuses == {"RJCT"}:
        return "RJCT"
    if "RJCT" in statuses:
        return "PART"
    return "ACSC" if statuses == {"ACSC"} else "ACCP"
