"""Whether the ledger is what was written: every block follows from the one before and covers
exactly the transfers of its transaction, and every balance is the sum of its entries."""

import hashlib
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row

GENESIS: Final = bytes(32)
_BLOCKS: Final = """
SELECT b.seq, b.content_hash, b.prev_hash, b.hash, b.transfers,
       (SELECT count(*) FROM transfer t WHERE t.tx = b.tx) AS found, ledger_content(b.tx) AS content
FROM ledger_block b ORDER BY b.seq
"""
_LOOSE: Final = """
SELECT id FROM transfer t WHERE NOT EXISTS (SELECT FROM ledger_block b WHERE b.tx = t.tx) LIMIT 1
"""
_BALANCES: Final = """
SELECT a.code, a.balance_centimos, coalesce(sum(e.amount_centimos), 0)
FROM account a LEFT JOIN entry e ON e.account_code = a.code
GROUP BY a.code HAVING a.balance_centimos <> coalesce(sum(e.amount_centimos), 0) LIMIT 1
"""


def findings(connection: psycopg.Connection[Any]) -> list[str]:
    """The first fault of the ledger as the connection's transaction sees it; empty when whole."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        fault = _fault_of(cursor)
    return [] if fault is None else [fault]


def _fault_of(cursor: psycopg.Cursor[Any]) -> str | None:
    head, seq = GENESIS, 0
    for number, content_hash, prev_hash, link, sealed, found, content in cursor.execute(_BLOCKS):
        if number != seq + 1:
            return f"ledger block {number}: a gap after block {seq}"
        if sealed != found:
            return f"ledger block {number}: it sealed {sealed} transfers, {found} are there"
        if content_hash != content:
            return f"ledger block {number}: a transfer or an entry was changed"
        if prev_hash != head or hashlib.sha256(head + content_hash).digest() != link:
            return f"ledger block {number}: it does not follow from the one before"
        head, seq = link, number
    loose = cursor.execute(_LOOSE).fetchone()
    if loose is not None:
        return f"transfer {loose[0]} is in no ledger block"
    wrong = cursor.execute(_BALANCES).fetchone()
    if wrong is not None:
        return f"account {wrong[0]}: its balance is {wrong[1]}, its entries sum to {wrong[2]}"
    return None
