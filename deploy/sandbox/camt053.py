"""Writing a camt.053.001.08: one day of the fund's account, between two balances.

Its lines are written one after another: tens of thousands stand in one file.
"""

from datetime import datetime

from lxml import etree

from deploy.sandbox import clock, payments
from deploy.sandbox.entries import add_account, add_money, collected, moved
from deploy.sandbox.iso20022 import add, document, render, render_part, to_the_second
from deploy.sandbox.money import CURRENCY, text_of
from deploy.sandbox.payments import Statement

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
OWNER = "FONDO DE CONSORCIOS PRODUCTIVOS"
END_OF_STATEMENT = b"    </Stmt>"


def write(found: Statement, *, account: str, now: datetime) -> bytes:
    whole = render(_without_lines(found, account, now))
    head, end, tail = whole.partition(END_OF_STATEMENT)
    day = found.day.isoformat()
    lines = (render_part(moved(row, day, NAMESPACE), NAMESPACE, level=3) for row in found.lines)
    in_came = (
        render_part(collected(row, day, NAMESPACE), NAMESPACE, level=3) for row in found.collections
    )
    return b"".join([head, *lines, *in_came, end, tail])


def _without_lines(found: Statement, account: str, now: datetime) -> etree._Element:
    day = found.day.isoformat()
    root = document(NAMESPACE)
    body = add(root, "BkToCstmrStmt")
    header = add(body, "GrpHdr")
    add(header, "MsgId", payments.identifier("stm", day, clock.stamp(now))[:35])
    add(header, "CreDtTm", to_the_second(clock.stamp(now)))
    statement = add(body, "Stmt")
    add(statement, "Id", f"STMT-{day}")
    add(statement, "CreDtTm", to_the_second(clock.stamp(now)))
    ours = add_account(statement, "Acct", account)
    add(ours, "Ccy", CURRENCY)
    add(ours, "Ownr/Nm", OWNER)
    _balance(statement, "OPBD", found.opening_cents, day)
    _balance(statement, "CLBD", found.closing_cents, day)
    _summary(statement, found)
    return root


def _balance(statement: etree._Element, code: str, amount_cents: int, day: str) -> None:
    balance = add(statement, "Bal")
    add(balance, "Tp/CdOrPrtry/Cd", code)
    add_money(balance, abs(amount_cents))
    add(balance, "CdtDbtInd", "CRDT" if amount_cents >= 0 else "DBIT")
    add(balance, "Dt/Dt", day)


def _summary(statement: etree._Element, found: Statement) -> None:
    summary = add(statement, "TxsSummry")
    told = [(row["kind"], row["amount_cents"]) for row in found.lines]
    told += [("collection", row["amount_cents"]) for row in found.collections]
    for name, kinds in (
        ("TtlNtries", {"payment", "return", "collection"}),
        ("TtlCdtNtries", {"return", "collection"}),
        ("TtlDbtNtries", {"payment"}),
    ):
        amounts = [amount for kind, amount in told if kind in kinds]
        total = add(summary, name)
        add(total, "NbOfNtries", str(len(amounts)))
        add(total, "Sum", text_of(sum(amounts)))
