"""Writing a camt.053.001.08: one day of the fund's account, between two balances.

Its lines are written one after another: tens of thousands stand in one file.
"""

import sqlite3
from datetime import datetime

from lxml import etree

from deploy.sandbox import clock, payments
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
    lines = (render_part(_entry(row, day), NAMESPACE, level=3) for row in found.lines)
    return b"".join([head, *lines, end, tail])


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
    ours = _account(statement, "Acct", account)
    add(ours, "Ccy", CURRENCY)
    add(ours, "Ownr/Nm", OWNER)
    _balance(statement, "OPBD", found.opening_cents, day)
    _balance(statement, "CLBD", found.closing_cents, day)
    _summary(statement, found.lines)
    return root


def _account(parent: etree._Element, name: str, number: str) -> etree._Element:
    account = add(parent, name)
    other = add(account, "Id/Othr")
    add(other, "Id", number)
    add(other, "SchmeNm/Prtry", "CCI")
    return account


def _money(parent: etree._Element, amount_cents: int) -> None:
    add(parent, "Amt", text_of(amount_cents), Ccy=CURRENCY)


def _balance(statement: etree._Element, code: str, amount_cents: int, day: str) -> None:
    balance = add(statement, "Bal")
    add(balance, "Tp/CdOrPrtry/Cd", code)
    _money(balance, abs(amount_cents))
    add(balance, "CdtDbtInd", "CRDT" if amount_cents >= 0 else "DBIT")
    add(balance, "Dt/Dt", day)


def _summary(statement: etree._Element, lines: list[sqlite3.Row]) -> None:
    summary = add(statement, "TxsSummry")
    for name, kinds in (
        ("TtlNtries", {"payment", "return"}),
        ("TtlCdtNtries", {"return"}),
        ("TtlDbtNtries", {"payment"}),
    ):
        amounts = [row["amount_cents"] for row in lines if row["kind"] in kinds]
        total = add(summary, name)
        add(total, "NbOfNtries", str(len(amounts)))
        add(total, "Sum", text_of(sum(amounts)))


def _entry(row: sqlite3.Row, day: str) -> etree._Element:
    """PMNT/ICDT is a credit transfer we issued; DMCT a domestic one, RRTN its return."""
    returned = row["kind"] == "return"
    direction = "CRDT" if returned else "DBIT"
    entry = add(document(NAMESPACE), "Ntry")
    add(entry, "NtryRef", f"AGB-{row['line_no']:010d}")
    _money(entry, row["amount_cents"])
    add(entry, "CdtDbtInd", direction)
    if returned:
        add(entry, "RvslInd", "true")
    add(entry, "Sts/Cd", "BOOK")
    add(entry, "BookgDt/DtTm", to_the_second(row["at"]))
    add(entry, "ValDt/Dt", day)
    add(entry, "AcctSvcrRef", row["execution_id"])
    domain = add(entry, "BkTxCd/Domn")
    add(domain, "Cd", "PMNT")
    family = add(domain, "Fmly")
    add(family, "Cd", "ICDT")
    add(family, "SubFmlyCd", "RRTN" if returned else "DMCT")
    _details(add(entry, "NtryDtls/TxDtls"), row, direction)
    return entry


def _details(details: etree._Element, row: sqlite3.Row, direction: str) -> None:
    refs = add(details, "Refs")
    add(refs, "MsgId", row["reference"])
    add(refs, "AcctSvcrRef", row["execution_id"])
    add(refs, "PmtInfId", row["payment_group"])
    add(refs, "EndToEndId", row["end_to_end_id"])
    _money(details, row["amount_cents"])
    add(details, "CdtDbtInd", direction)
    parties = add(details, "RltdPties")
    add(parties, "Cdtr/Pty/Nm", row["beneficiary_name"])
    _account(parties, "CdtrAcct", row["cci"])
    if row["kind"] == "return":
        add(details, "RtrInf/Rsn/Cd", row["return_with"])
