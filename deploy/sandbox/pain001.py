"""Reading a pain.001.001.09: safely parsed, held against the official XSD, then its facts."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from deploy.sandbox.problems import Problem, ProblemError

SCHEMAS = Path(__file__).parents[2] / "contracts" / "partners" / "iso20022"
MESSAGE = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGE}"
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
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
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
    return _facts(_only(root, "CstmrCdtTrfInitn"), debtor_account)


@cache
def _path(path: str) -> str:
    return "/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/"))


def _only(element: etree._Element, path: str) -> etree._Element:
    """A part that the schema demands."""
    found = element.find(_path(path))
    if found is None:
        raise AssertionError(f"the schema demands {path}")
    return found


def _text(element: etree._Element, path: str) -> str | None:
    return element.findtext(_path(path))


@dataclass(frozen=True, kw_only=True)
class Group:
    """What a group, or the whole file, says of its own transactions."""

    transactions: list[Transaction]
    stated_count: str | None
    stated_total: str | None

    def refusal(self) -> str | None:
        """AM18 wrong count, AM10 wrong sum."""
        if self.stated_count is not None and int(self.stated_count) != len(self.transactions):
            return "AM18"
        if self.stated_total is not None and Decimal(self.stated_total) != self.total():
            return "AM10"
        return None

    def total(self) -> Decimal:
        return sum((Decimal(entry.amount_text) for entry in self.transactions), Decimal(0))


def _facts(message: etree._Element, debtor_account: str) -> PaymentFile:
    groups = message.findall(_path("PmtInf"))
    seen: set[str] = set()
    parts = [_group(group, _taken(group, seen)) for group in groups]
    transactions = [entry for part in parts for entry in part.transactions]
    header = _only(message, "GrpHdr")
    whole = _group(header, transactions)
    return PaymentFile(
        message_id=str(_text(header, "MsgId")),
        control_sum=whole.total(),
        transactions=transactions,
        refused_with=_refusal_of_file([whole, *parts], groups, debtor_account),
    )


def _group(element: etree._Element, transactions: list[Transaction]) -> Group:
    return Group(
        transactions=transactions,
        stated_count=_text(element, "NbOfTxs"),
        stated_total=_text(element, "CtrlSum"),
    )


def _taken(group: etree._Element, seen: set[str]) -> list[Transaction]:
    name = str(_text(group, "PmtInfId"))
    found = []
    for entry in group.iterfind(_path("CdtTrfTxInf")):
        transaction = _transaction(name, entry, seen)
        seen.add(transaction.end_to_end_id)
        found.append(transaction)
    return found


def _refusal_of_file(
    parts: list[Group], groups: list[etree._Element], debtor_account: str
) -> str | None:
    """What the parts refuse, FF01 not a transfer, AC02 another debtor account."""
    refused = next((code for part in parts if (code := part.refusal()) is not None), None)
    if refused is not None:
        return refused
    if any(_text(group, "PmtMtd") != "TRF" for group in groups):
        return "FF01"
    debtors = {_text(group, "DbtrAcct/Id/Othr/Id") for group in groups}
    return None if debtors == {debtor_account} else "AC02"


def _transaction(group: str, entry: etree._Element, seen: set[str]) -> Transaction:
    amount = entry.find(_path("Amt/InstdAmt"))
    value = Decimal(0) if amount is None else Decimal((amount.text or "0").strip())
    currency = "XXX" if amount is None else str(amount.get("Ccy"))
    name = _text(entry, "Cdtr/Nm") or ""
    cci = _text(entry, "CdtrAcct/Id/Othr/Id") or ""
    end_to_end_id = str(_text(entry, "PmtId/EndToEndId"))
    refused_with = None
    if end_to_end_id in seen:
        refused_with = "AM05"  # duplicate
    elif currency != "PEN":
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
        instruction_id=_text(entry, "PmtId/InstrId"),
        end_to_end_id=end_to_end_id,
        amount_text=str(value),
        currency=currency,
        creditor_name=name,
        creditor_cci=cci,
        refused_with=refused_with,
    )
