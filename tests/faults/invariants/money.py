"""Money: conserved, never over-committed, paid at most once, and the books agree."""

from tests.faults.world import World, shown


def i1_money_conserved(world: World) -> list[str]:
    """Every transfer sums to zero, the trial balance is zero, stored balances are the entries'."""
    return shown(
        world.rows(
            "disbursement",
            """SELECT 'transfer' AS what, t.id, sum(e.amount_centimos) AS total
               FROM transfer t LEFT JOIN entry e ON e.transfer_id = t.id GROUP BY t.id
               HAVING coalesce(sum(e.amount_centimos), 1) <> 0 OR count(e) <> 2
               UNION ALL
               SELECT 'trial balance', '', sum(balance_centimos) FROM account
               HAVING sum(balance_centimos) <> 0
               UNION ALL
               SELECT 'account', a.code, a.balance_centimos FROM account a
               LEFT JOIN entry e ON e.account_code = a.code GROUP BY a.code
               HAVING a.balance_centimos <> coalesce(sum(e.amount_centimos), 0)""",
        )
    )


def i2_no_over_commitment(world: World) -> list[str]:
    """For each call: allocated = available + committed + in transit + paid; nothing negative."""
    return shown(
        world.rows(
            "disbursement",
            """SELECT e.call_id, a.code, sum(e.amount_centimos) AS balance
               FROM entry e JOIN account a ON a.code = e.account_code
               WHERE NOT a.may_overdraw GROUP BY e.call_id, a.code
               HAVING sum(e.amount_centimos) < 0
               UNION ALL
               SELECT '', code, balance_centimos FROM account
               WHERE balance_centimos < 0 AND NOT may_overdraw
               UNION ALL
               SELECT call_id, 'call', sum(amount_centimos) FROM entry GROUP BY call_id
               HAVING sum(amount_centimos) <> 0""",
        )
    )


def i3_paid_at_most_once(world: World) -> list[str]:
    """At most one executed payment a reference, one live instruction a share."""
    wrong = [
        f"{reference}: executed {row['executed_count']} times at the partner"
        for reference, row in world.book().items()
        if row["executed_count"] > 1
    ]
    return wrong + shown(
        world.rows(
            "disbursement",
            """SELECT tranche_id, item, count(*) FROM instruction
               WHERE state NOT IN ('rejected', 'returned') GROUP BY tranche_id, item
               HAVING count(*) > 1
               UNION ALL
               SELECT reference, 0, count(*) FROM transfer WHERE kind = 'settle'
               GROUP BY reference HAVING count(*) > 1""",
        )
    )


def i10_books_agree(world: World) -> list[str]:
    """What we hold for settled is what the partner paid, to the céntimo, reference by reference."""
    book = world.book()
    wrong = []
    for row in world.rows(
        "disbursement",
        """SELECT reference, state, amount_centimos FROM instruction""",
    ):
        paid = book.get(row["reference"])
        executed = paid is not None and paid["executed_count"] > 0
        if row["state"] == "settled" and not executed:
            wrong.append(f"{row['reference']}: settled here, never paid by the partner")
        if row["state"] in {"created", "rejected"} and executed:
            wrong.append(f"{row['reference']}: {row['state']} here, paid by the partner")
        if executed and paid is not None and _centimos(paid) != row["amount_centimos"]:
            wrong.append(f"{row['reference']}: amounts differ")
    settled = world.rows(
        "disbursement",
        """SELECT i.reference FROM instruction i
           LEFT JOIN transfer t ON t.reference = i.reference AND t.kind = 'settle'
           WHERE (i.state = 'settled') <> (t.id IS NOT NULL) AND i.state <> 'returned'""",
    )
    return wrong + shown(settled)


def _centimos(row: dict[str, object]) -> int:
    amount = row["amount"]
    text = str(amount["amount"]) if isinstance(amount, dict) else str(amount)
    soles, _, rest = text.partition(".")
    return int(soles) * 100 + int(rest.ljust(2, "0") or 0)
