"""Reading a pain.001.001.09: safely parsed, held against the official XSD, then its facts."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as pain
from xsdata.formats.dataclass.parsers import XmlParser

from deploy.sandbox.problems import Problem, ProblemError

SCHEMAS = Path(__file__).parents[2] / "contracts" / "partners" / "iso20022"
MESSAGE = "pain.001.001.09"
FINDINGS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Transaction:
    payment_group: str
    instruction_id: str | None
    end_to_end_id: str
    amount_text: str
    currency: str
    creditor_name: str
    creditor_cci: str
    refused_with: str | None

    @property
    def amount_cents(self) -> int:
        return int(Decimal(self.amount_text).scaleb(2))


@dataclass(frozen=True, kw_only=True)
class PaymentFile:
    message_id: str
    control_sum: Decimal
    transactions: list[Transaction]
    refused_with: str | None


@cache
def schema_of(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / f"{message}.xsd")))


def _refuse_xml(code: str, line: int | None, rule: str, detail: str) -> Problem:
    finding = ProblemError(line=line, rule=rule, detail=detail)
    return Problem(422, code, "El archivo no se puede aceptar.", errors=[finding])


def read(body: bytes, *, debtor_account: str) -> PaymentFile:
    """The file's facts; raises a 422 problem with line and rule when it is not valid."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise _refuse_xml("xml_invalid", error.lineno, "well-formed", str(error.msg)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refuse_xml("xml_invalid", 1, "doctype", "No se acepta DOCTYPE.")
    schema = schema_of(MESSAGE)
    if not schema.validate(root):
        log: Any = schema.error_log
        findings = [
            ProblemError(line=item.line, rule=item.type_name, detail=item.message) for item in log
        ]
        findings = findings[:FINDINGS_SHOWN]
        raise Problem(422, "xsd_invalid", f"El archivo no cumple {MESSAGE}.xsd.", errors=findings)
    document = XmlParser().from_bytes(body, pain.Document)
    return _facts(document.cstmr_cdt_trf_initn, debtor_account)


def _facts(message: pain.CustomerCreditTransferInitiationV09, debtor_account: str) -> PaymentFile:
    transactions: list[Transaction] = []
    seen: set[str] = set()
    for group in message.pmt_inf:
        for entry in group.cdt_trf_tx_inf:
            transaction = _transaction(group.pmt_inf_id, entry, seen)
            seen.add(transaction.end_to_end_id)
            transactions.append(transaction)
    return PaymentFile(
        message_id=message.grp_hdr.msg_id,
        control_sum=_sum(transactions),
        transactions=transactions,
        refused_with=_refusal_of_file(message, transactions, debtor_account),
    )


def _sum(transactions: list[Transaction]) -> Decimal:
    return sum((Decimal(entry.amount_text) for entry in transactions), Decimal(0))


def _refusal_of_file(
    message: pain.CustomerCreditTransferInitiationV09,
    transactions: list[Transaction],
    debtor_account: str,
) -> str | None:
    """AM18 wrong count, AM10 wrong sum, FF01 not a transfer, AC02 another debtor account."""
    parts = [(message.grp_hdr.nb_of_txs, message.grp_hdr.ctrl_sum, transactions)]
    for group in message.pmt_inf:
        own = [entry for entry in transactions if entry.payment_group == group.pmt_inf_id]
        parts.append((group.nb_of_txs, group.ctrl_sum, own))
    for count, total, entries in parts:
        if count is not None and int(count) != len(entries):
            return "AM18"
        if total is not None and total != _sum(entries):
            return "AM10"
    if any(group.pmt_mtd is not pain.PaymentMethod3Code.TRF for group in message.pmt_inf):
        return "FF01"
    debtors = {_account(group.dbtr_acct) for group in message.pmt_inf}
    return None if debtors == {debtor_account} else "AC02"


def _account(account: pain.CashAccount38 | None) -> str:
    other = None if account is None else account.id.othr
    return "" if other is None else str(other.id)


def _transaction(
    group: str, entry: pain.CreditTransferTransaction34, seen: set[str]
) -> Transaction:
    amount = entry.amt.instd_amt
    value = Decimal(0) if amount is None else amount.value
    name = (entry.cdtr.nm if entry.cdtr is not None else None) or ""
    cci = _account(entry.cdtr_acct)
    refused_with = None
    if entry.pmt_id.end_to_end_id in seen:
        refused_with = "AM05"  # duplicate
    elif amount is None or amount.ccy != "PEN":
        refused_with = "AM03"  # currency not handled
    elif value <= 0:
        refused_with = "AM01"  # zero amount
    elif value != value.quantize(Decimal("0.01")):
        refused_with = "AM12"  # more than two decimals
    elif not (len(cci) == 20 and cci.isascii() and cci.isdigit()):
        refused_with = "AC03"  # not a CCI
    elif not name:
        refused_with = "BE22"  # creditor without a name
    return Transaction(
        payment_group=group,
        instruction_id=entry.pmt_id.instr_id,
        end_to_end_id=entry.pmt_id.end_to_end_id,
        amount_text=str(value),
        currency="XXX" if amount is None else amount.ccy,
        creditor_name=name,
        creditor_cci=cci,
        refused_with=refused_with,
    )
