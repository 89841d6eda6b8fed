"""Whether the ledger is in balance, checked over and over in small pieces.

At every step: all balances sum to zero, and what is in transit or available is what the tally of
entries says. Then the walk goes on: transfers by their ids (two sides, of the transfer's amount,
that sum to zero, in a block), and the accounts of agreements and consortia (the balance is the sum
of their entries). A fault is told from the step that finds it until a whole walk finds none; so a
fault of any age is found within one walk, and that of a new fund at every step.
"""

from typing import Any, Final

import psycopg

from services.kernel.gauges import Told

TRANSFERS: Final = 20_000
ACCOUNTS: Final = 5_000

_TOTAL: Final = "SELECT coalesce(abs(sum(balance_centimos)), 0)::bigint FROM account"

# The accounts that many entries meet in: their sums are tallied, which is as good as adding up.
_SHARED: Final = """
SELECT coalesce(sum(abs(coalesce(held, 0) - coalesce(tallied, 0))), 0)::bigint
FROM (SELECT kind, sum(balance_centimos) AS held FROM account
      WHERE kind IN ('available', 'in_transit') GROUP BY kind) AS balances
FULL JOIN (SELECT labels[3] AS kind, sum(amount) AS tallied FROM tally
      WHERE name = 'money' AND labels[3] IN ('available', 'in_transit') GROUP BY 1) AS entries
USING (kind)
"""
_TRANSFERS: Final = """
WITH piece AS MATERIALIZED (
    SELECT id, amount_centimos, tx FROM transfer WHERE id > %s ORDER BY id LIMIT %s
), summed AS (
    SELECT p.id, p.amount_centimos, p.tx, count(e.transfer_id) AS sides,
        coalesce(sum(e.amount_centimos), 0) AS total,
        coalesce(max(e.amount_centimos), 0) AS gained
    FROM piece p LEFT JOIN entry e ON e.transfer_id = p.id GROUP BY 1, 2, 3
)
SELECT max(id), count(*), coalesce(sum(CASE
    WHEN total <> 0 THEN abs(total)
    WHEN sides <> 2 OR gained <> amount_centimos THEN amount_centimos
    WHEN NOT EXISTS (SELECT FROM ledger_block b WHERE b.tx = summed.tx) THEN amount_centimos
    ELSE 0 END), 0)::bigint FROM summed
"""
_ACCOUNTS: Final = """
WITH piece AS MATERIALIZED (
    SELECT code, balance_centimos FROM account
    WHERE code > %s AND kind IN ('committed', 'grants', 'loans', 'accounted')
    ORDER BY code LIMIT %s
)
SELECT max(code), count(*), coalesce(sum(abs(balance_centimos - coalesce(
    (SELECT sum(amount_centimos) FROM entry WHERE account_code = code), 0))), 0)::bigint FROM piece
"""


class LedgerWatch:
    """The ledger's walk: where it is, and what it has found; so many rows a piece."""

    def __init__(self, *, transfers: int = TRANSFERS, accounts: int = ACCOUNTS) -> None:
        self._walks = ((_TRANSFERS, transfers), (_ACCOUNTS, accounts))
        self._now = 0
        self._walked = 0
        self._found_before = 0
        self._stage = 0
        self._after = ""
        self.measured = (
            Told(
                "fund_ledger_imbalance_centimos",
                "By how much the ledger is out of balance: 0 while debits equal credits and each"
                " balance is the sum of its entries.",
                (),
                lambda: [(self._now + max(self._walked, self._found_before),)],
            ),
        )

    def step(self, connection: psycopg.Connection[Any]) -> None:
        """Check the sums, then the next pieces; all of it while the ledger is small."""
        self._now = sum(_one(connection, query)[0] for query in (_TOTAL, _SHARED))
        while True:
            query, limit = self._walks[self._stage]
            last, count, wrong = _one(connection, query, (self._after, limit))
            self._walked += wrong
            if count == limit:
                self._after = last
                return
            self._after, self._stage = "", self._stage + 1
            if self._stage == len(self._walks):
                self._stage, self._found_before, self._walked = 0, self._walked, 0
                return


def _one(connection: psycopg.Connection[Any], query: str, values: tuple[Any, ...] = ()) -> Any:
    return connection.execute(query.encode(), values or None).fetchone()
