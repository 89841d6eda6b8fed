"""An account's entries as both the statement (camt.053) and the notification (camt.054) have them:
the same entry bears the same number in each."""

import sqlite3

from lxml import etree

from deploy.sandbox.iso20022 import add, document, to_the_second
from deploy.sandbox.money import CURRENCY, text_of


def add_account(parent: etree._Element, name: str, number: str) -> etree._Element:
    account = add(parent, name)
    other = add(account, "Id/Othr")
    add(other, "Id", number)
    add(other, "SchmeNm/Prtry", "CCI")
    return account


def add_money(parent: etree._Element, amount_cents: int) -> None:
    add(parent, "Amt", text_of(amount_cents), Ccy=CURRENCY)


def moved(row: sqlite3.Row, day: str, namespace: str) -> etree._Element:
    """PMNT/ICDT is a credit transfer we issued; DMCT a domestic one, RRTN its return."""
    returned = row["kind"] == "return"
    direction = "CRDT" if returned else "DBIT"
    entry = add(document(namespace), "Ntry")
    add(entry, "NtryRef", f"AGB-{row['line_no']:010d}")
    add_money(entry, row["amount_cents"])
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
    add_money(details, row["amount_cents"])
    add(details, "CdtDbtInd", direction)
    parties = add(details, "RltdPties")
    add(parties, "Cdtr/Pty/Nm", row["beneficiary_name"])
    add_account(parties, "CdtrAcct", row["cci"])
    if row["kind"] == "return":
        add(details, "RtrInf/Rsn/Cd", row["return_with"])


def collected(row: sqlite3.Row, day: str, namespace: str) -> etree._Element:
    """PMNT/RCDT is a credit transfer we received: a loan repaid, by a person or by a firm."""
    entry = add(document(namespace), "Ntry")
    add(entry, "NtryRef", f"AGC-{row['line_no']:010d}")
    add_money(entry, row["amount_cents"])
    add(entry, "CdtDbtInd", "CRDT")
    add(entry, "Sts/Cd", "BOOK")
    add(entry, "BookgDt/DtTm", to_the_second(row["at"]))
    add(entry, "ValDt/Dt", day)
    add(entry, "AcctSvcrRef", row["operation"])
    domain = add(entry, "BkTxCd/Domn")
    add(domain, "Cd", "PMNT")
    family = add(domain, "Fmly")
    add(family, "Cd", "RCDT")
    add(family, "SubFmlyCd", "DMCT")
    details = add(entry, "NtryDtls/TxDtls")
    refs = add(details, "Refs")
    add(refs, "AcctSvcrRef", row["operation"])
    add(refs, "EndToEndId", "NOTPROVIDED")
    add_money(details, row["amount_cents"])
    add(details, "CdtDbtInd", "CRDT")
    party = add(details, "RltdPties/Dbtr/Pty")
    add(party, "Nm", row["payer_name"])
    kind = "PrvtId" if len(row["payer"]) == 8 else "OrgId"
    add(party, f"Id/{kind}/Othr/Id", row["payer"])
    add(details, "RmtInf/Strd/CdtrRefInf/Ref", row["reference"])
    return entry
