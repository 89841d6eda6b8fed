"""The books: one SQLite file, short transactions, nothing lost when the process is killed."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTNERS = ("agroideas", "agrobanco")
REGISTERS = ("sunat", "reniec", "ppa", "sunarp", "credit")

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS behaviour (
    partner TEXT PRIMARY KEY,
    mode TEXT NOT NULL,
    remaining INTEGER CHECK (remaining > 0),
    options TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS payment (
    partner TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    payment_group TEXT NOT NULL DEFAULT '',
    digest TEXT NOT NULL,
    execution_id TEXT NOT NULL UNIQUE,
    beneficiary_name TEXT NOT NULL,
    cci TEXT NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    callback_url TEXT,
    callback_copies INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 1,
    status TEXT NOT NULL CHECK (status IN ('accepted', 'executed', 'rejected', 'returned')),
    reason_code TEXT,
    accepted_at TEXT NOT NULL,
    execute_at TEXT NOT NULL,
    reject_with TEXT,
    return_after_s REAL,
    return_with TEXT,
    executed_at TEXT,
    return_at TEXT,
    returned_at TEXT,
    PRIMARY KEY (partner, end_to_end_id)
) STRICT;
CREATE INDEX IF NOT EXISTS payment_due ON payment (execute_at) WHERE status = 'accepted';
CREATE INDEX IF NOT EXISTS payment_return_due ON payment (return_at) WHERE return_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS payment_reference ON payment (reference);
CREATE TABLE IF NOT EXISTS line (
    line_no INTEGER PRIMARY KEY AUTOINCREMENT,
    partner TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    business_date TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'return')),
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    at TEXT NOT NULL,
    UNIQUE (partner, end_to_end_id, kind)
) STRICT;
CREATE INDEX IF NOT EXISTS line_day ON line (partner, business_date);
CREATE TABLE IF NOT EXISTS moved (partner TEXT PRIMARY KEY, cents INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO moved SELECT partner,
    SUM(CASE kind WHEN 'payment' THEN -amount_cents ELSE amount_cents END)
    FROM line GROUP BY partner;
CREATE TRIGGER IF NOT EXISTS line_moves AFTER INSERT ON line BEGIN
    INSERT INTO moved VALUES (NEW.partner,
        CASE NEW.kind WHEN 'payment' THEN -NEW.amount_cents ELSE NEW.amount_cents END)
        ON CONFLICT (partner) DO UPDATE SET cents = cents + excluded.cents;
END;
CREATE TRIGGER IF NOT EXISTS line_undone AFTER DELETE ON line BEGIN
    UPDATE moved SET cents = cents
        + CASE OLD.kind WHEN 'payment' THEN OLD.amount_cents ELSE -OLD.amount_cents END
        WHERE partner = OLD.partner;
END;
CREATE TABLE IF NOT EXISTS collection (
    line_no INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL,
    reference TEXT NOT NULL,
    payer TEXT NOT NULL,
    payer_name TEXT NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    business_date TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS collection_day ON collection (business_date);
CREATE TABLE IF NOT EXISTS file (
    message_id TEXT PRIMARY KEY,
    file_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    requests INTEGER NOT NULL DEFAULT 1,
    transactions INTEGER NOT NULL,
    control_cents INTEGER NOT NULL,
    reject_with TEXT,
    received_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS file_transaction (
    message_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    payment_group TEXT NOT NULL,
    instruction_id TEXT,
    end_to_end_id TEXT NOT NULL,
    amount_text TEXT NOT NULL,
    currency TEXT NOT NULL,
    refused_with TEXT,
    PRIMARY KEY (message_id, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS no_objection (
    reference TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    outcome TEXT NOT NULL CHECK (outcome IN ('granted', 'observed', 'denied')),
    answers_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS callback (
    event_id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    copies INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    last_error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS callback_due ON callback (next_at) WHERE state = 'pending';
"""

BOOK_TABLES = (
    "payment",
    "line",
    "file",
    "file_transaction",
    "no_objection",
    "callback",
    "collection",
)


class Books:
    """One connection, one lock: the sandbox is small and its transactions take milliseconds."""

    def __init__(self, path: Path, *, opening_balance_cents: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)
        with self.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO meta VALUES ('opening_balance_cents', ?)",
                (str(opening_balance_cents),),
            )

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                self._db.execute("ROLLBACK")

    @property
    def ahead_s(self) -> float:
        """How far the clock had been pushed when it was last kept."""
        with self.read() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'clock_ahead_s'").fetchone()
        return 0.0 if row is None else float(row[0])

    def keep_ahead(self, ahead_s: float) -> None:
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('clock_ahead_s', ?)", (str(ahead_s),))

    def wipe(self) -> None:
        with self.write() as db:
            for table in BOOK_TABLES:
                db.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        with self._lock:
            self._db.close()
