"""Writing a camt.053.001.08: one day of the fund's account, between two balances."""

import sqlite3
from datetime import datetime
from decimal import Decimal

from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as camt
from xsdata.models.datatype import XmlDate, XmlDateTime

from deploy.sandbox import clock, payments
from deploy.sandbox.iso20022 import render
from deploy.sandbox.money import CURRENCY, decimal_of
from deploy.sandbox.payments import Statement

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
OWNER = "FONDO DE CONSORCIOS PRODUCTIVOS"


def write(found: Statement, *, account: str, now: datetime) -> bytes:
    day = found.day.isoformat()
    written_at = XmlDateTime.from_datetime(now.replace(microsecond=0))
    statement = camt.AccountStatement9(
        id=f"STMT-{day}",
        cre_dt_tm=written_at,
        acct=camt.CashAccount39(
            id=_account(account), ccy=CURRENCY, ownr=camt.PartyIdentification135(nm=OWNER)
        ),
        bal=[
            _balance("OPBD", found.opening_cents, day),
            _balance("CLBD", found.closing_cents, day),
        ],
        txs_summry=_summary(found.lines),
        ntry=[_entry(row, day) for row in found.lines],
    )
    message_id = payments.identifier("stm", day, clock.stamp(now))[:35]
    body = camt.BankToCustomerStatementV08(
        grp_hdr=camt.GroupHeader81(msg_id=message_id, cre_dt_tm=written_at), stmt=[statement]
    )
    return render(camt.Document(bk_to_cstmr_stmt=body), NAMESPACE)


def _account(number: str) -> camt.AccountIdentification4Choice:
    scheme = camt.AccountSchemeName1Choice(prtry="CCI")
    other = camt.GenericAccountIdentification1(id=number, schme_nm=scheme)
    return camt.AccountIdentification4Choice(othr=other)


def _money(amount_cents: int) -> camt.ActiveOrHistoricCurrencyAndAmount:
    return camt.ActiveOrHistoricCurrencyAndAmount(value=decimal_of(amount_cents), ccy=CURRENCY)


def _day(day: str) -> camt.DateAndDateTime2Choice:
    return camt.DateAndDateTime2Choice(dt=XmlDate.from_string(day))


def _balance(code: str, amount_cents: int, day: str) -> camt.CashBalance8:
    credit = amount_cents >= 0
    return camt.CashBalance8(
        tp=camt.BalanceType13(cd_or_prtry=camt.BalanceType10Choice(cd=code)),
        amt=_money(abs(amount_cents)),
        cdt_dbt_ind=camt.CreditDebitCode.CRDT if credit else camt.CreditDebitCode.DBIT,
        dt=_day(day),
    )


def _summary(lines: list[sqlite3.Row]) -> camt.TotalTransactions6:
    def total(kind: str) -> camt.NumberAndSumOfTransactions1:
        amounts = [row["amount_cents"] for row in lines if row["kind"] == kind]
        return camt.NumberAndSumOfTransactions1(
            nb_of_ntries=str(len(amounts)), sum=decimal_of(sum(amounts))
        )

    every: Decimal = decimal_of(sum(row["amount_cents"] for row in lines))
    return camt.TotalTransactions6(
        ttl_ntries=camt.NumberAndSumOfTransactions4(nb_of_ntries=str(len(lines)), sum=every),
        ttl_cdt_ntries=total("return"),
        ttl_dbt_ntries=total("payment"),
    )


def _bank_code(*, returned: bool) -> camt.BankTransactionCodeStructure4:
    """PMNT/ICDT: a credit transfer we issued; DMCT domestic, RRTN its return."""
    family = camt.BankTransactionCodeStructure6(
        cd="ICDT", sub_fmly_cd="RRTN" if returned else "DMCT"
    )
    return camt.BankTransactionCodeStructure4(
        domn=camt.BankTransactionCodeStructure5(cd="PMNT", fmly=family)
    )


def _entry(row: sqlite3.Row, day: str) -> camt.ReportEntry10:
    returned = row["kind"] == "return"
    direction = camt.CreditDebitCode.CRDT if returned else camt.CreditDebitCode.DBIT
    booked_at = clock.parse(row["at"]).replace(microsecond=0)
    reason = None
    if returned:
        reason = camt.PaymentReturnReason5(rsn=camt.ReturnReason5Choice(cd=row["return_with"]))
    creditor = camt.Party40Choice(pty=camt.PartyIdentification135(nm=row["beneficiary_name"]))
    details = camt.EntryTransaction10(
        refs=camt.TransactionReferences6(
            msg_id=row["reference"],
            acct_svcr_ref=row["execution_id"],
            pmt_inf_id=row["payment_group"],
            end_to_end_id=row["end_to_end_id"],
        ),
        amt=_money(row["amount_cents"]),
        cdt_dbt_ind=direction,
        rltd_pties=camt.TransactionParties6(
            cdtr=creditor, cdtr_acct=camt.CashAccount38(id=_account(row["cci"]))
        ),
        rtr_inf=reason,
    )
    return camt.ReportEntry10(
        ntry_ref=f"AGB-{row['line_no']:010d}",
        amt=_money(row["amount_cents"]),
        cdt_dbt_ind=direction,
        rvsl_ind=True if returned else None,
        sts=camt.EntryStatus1Choice(cd="BOOK"),
        bookg_dt=camt.DateAndDateTime2Choice(dt_tm=XmlDateTime.from_datetime(booked_at)),
        val_dt=_day(day),
        acct_svcr_ref=row["execution_id"],
        bk_tx_cd=_bank_code(returned=returned),
        ntry_dtls=[camt.EntryDetails9(tx_dtls=[details])],
    )
