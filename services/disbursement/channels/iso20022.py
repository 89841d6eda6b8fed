"""Agrobanco's files: payment orders out (pain.001), status reports (pain.002) and statements
(camt.053) in.

Every file is held against its published schema before it is believed or sent; entities are never
resolved and nothing is fetched. Thousands of payments take seconds; of a statement only its lines
are held in memory.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from lxml import etree

from services.disbursement.channels.http import text_of
from services.disbursement.channels.plain import PlainFile
from services.disbursement.channels.protocol import (
    Batch,
    Line,
    Lines,
    PartnerUnclear,
    Payment,
    Status,
    sound_lines,
)
from services.kernel.clock import lima_date
from services.kernel.values import to_amount

PAYMENT_ORDER: Final = "pain.001.001.09"
STATUS_REPORT: Final = "pain.002.001.10"
STATEMENT: Final = "camt.053.001.08"
MAX_BYTES: Final = 20_000_000
MAX_STATEMENT_BYTES: Final = 500_000_000
DEBTOR: Final = "FONDO DE CONSORCIOS PRODUCTIVOS"
_SCHEMAS = Path(__file__).parents[3] / "contracts" / "partners" / "iso20022"
_SAFE: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}


def _space(message: str) -> str:
    return f"urn:iso:std:iso:20022:tech:xsd:{message}"


# -- pain.001 ---------------------------------------------------------------------------------


def payment_order(batch: Batch, debtor_account: str) -> bytes:
    """The payment file of a batch: the same batch gives the same bytes.

    Raises ValueError when the file does not meet its own schema.
    """
    spaces: Any = {None: _space(PAYMENT_ORDER)}
    root = etree.Element(_in_order("Document"), nsmap=spaces)
    order = _add(root, "CstmrCdtTrfInitn")
    total = to_amount(sum(payment.amount_centimos for payment in batch.payments))
    count = str(len(batch.payments))
    header = _add(order, "GrpHdr")
    _add(header, "MsgId", batch.message_id)
    _add(header, "CreDtTm", f"{batch.released_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    _add(header, "NbOfTxs", count)
    _add(header, "CtrlSum", total)
    _add(_add(header, "InitgPty"), "Nm", DEBTOR)
    group = _add(order, "PmtInf")
    _add(group, "PmtInfId", batch.message_id)
    _add(group, "PmtMtd", "TRF")
    _add(group, "NbOfTxs", count)
    _add(group, "CtrlSum", total)
    _add(_add(group, "ReqdExctnDt"), "Dt", lima_date(batch.released_at).isoformat())
    _add(_add(group, "Dbtr"), "Nm", DEBTOR)
    _add(_account(group, "DbtrAcct", debtor_account), "Ccy", "PEN")
    _add(_add(_add(group, "DbtrAgt"), "FinInstnId"), "Nm", "AGROBANCO")
    for payment in batch.payments:
        _transaction(group, payment, batch.concept[:140])
    _meet_schema(root, PAYMENT_ORDER)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _transaction(group: etree._Element, payment: Payment, concept: str) -> None:
    transaction = _add(group, "CdtTrfTxInf")
    _add(_add(transaction, "PmtId"), "EndToEndId", payment.reference)
    amount = _add(_add(transaction, "Amt"), "InstdAmt", to_amount(payment.amount_centimos))
    amount.set("Ccy", "PEN")
    _add(_add(transaction, "Cdtr"), "Nm", payment.beneficiary_name[:140])
    _account(transaction, "CdtrAcct", payment.beneficiary_cci)
    _add(_add(transaction, "RmtInf"), "Ustrd", concept)


def _account(parent: etree._Element, name: str, number: str) -> etree._Element:
    account = _add(parent, name)
    other = _add(_add(account, "Id"), "Othr")
    _add(other, "Id", number)
    _add(_add(other, "SchmeNm"), "Prtry", "CCI")
    return account


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """A child; a text that no XML may hold raises ValueError."""
    child = etree.SubElement(parent, _in_order(name))
    child.text = text
    return child


@cache
def _in_order(name: str) -> str:
    return f"{{{_space(PAYMENT_ORDER)}}}{name}"


# -- pain.002 ---------------------------------------------------------------------------------


def statuses(body: bytes, batch: Batch) -> Mapping[str, Status]:
    """The bank's word on each reference of the batch; raises PartnerUnclear."""
    report = _Part(_sound(body, STATUS_REPORT), _space(STATUS_REPORT)).part("CstmrPmtStsRpt")
    header = report.part("OrgnlGrpInfAndSts")
    if header.text("OrgnlMsgId") != batch.message_id:
        raise PartnerUnclear("a status report of another file")
    ours = {payment.reference: payment for payment in batch.payments}
    found: dict[str, Status] = {}
    for item in report.parts("OrgnlPmtInfAndSts/TxInfAndSts"):
        payment = ours.get(item.text("OrgnlEndToEndId"))
        if payment is None:
            continue
        status = _status(item, payment)
        if found.setdefault(payment.reference, status) != status:
            raise PartnerUnclear(f"two words on {payment.reference}")
    if header.text("GrpSts") != "RJCT":
        return found
    if any(status.outcome != "rejected" for status in found.values()):
        raise PartnerUnclear("a rejected file with a payment that is not")
    code = _reason(header)
    return {reference: found.get(reference, Status("rejected", code)) for reference in ours}


def _status(item: "_Part", payment: Payment) -> Status:
    code = _reason(item)
    execution_id = item.text("AcctSvcrRef")
    if item.text("TxSts") == "RJCT":
        return Status("rejected", code, execution_id)
    if item.text("TxSts") != "ACSC":
        return Status("pending", code, execution_id)
    amount = item.find("OrgnlTxRef/Amt/InstdAmt")
    if (
        amount is None
        or amount.get("Ccy") != "PEN"
        or (Decimal(amount.text or "").scaleb(2) != payment.amount_centimos)
    ):
        raise PartnerUnclear(f"another amount for {payment.reference}")
    notes = [note.own_text() for note in item.parts("StsRsnInf/AddtlInf")]
    returned = any(note.startswith("RETURNED") for note in notes)
    return Status("returned" if returned else "executed", code, execution_id)


def _reason(item: "_Part") -> str:
    return next((code.own_text() for code in item.parts("StsRsnInf/Rsn/Cd")), "")


# -- camt.053 ---------------------------------------------------------------------------------


def statement_lines(body: bytes | BinaryIO, day: date, account: str) -> Lines:
    """The booked lines of the account's statement of a day; raises PartnerUnclear unless its
    balances and every amount are sound: a statement is believed whole or not at all."""
    file = io.BytesIO(body) if isinstance(body, bytes) else body
    try:
        statements = list(_statements(file, day))
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise PartnerUnclear(f"not a sound {STATEMENT}: {_placed(error, file)}") from error
    whole = Lines(day)
    for statement in statements:
        checked = statement.checked(day, account)
        if len(statements) == 1:
            return checked
        for line in checked:
            whole.append(line)
    if len({line.line_id for line in whole}) != len(whole):
        raise PartnerUnclear("a line stands twice")
    return whole


def _placed(error: Exception, file: BinaryIO) -> str:
    """The error with its line. Reading piece by piece, lxml knows of no line where a schema is
    broken; so a file that is not very long is read once more as a whole."""
    if not isinstance(error, etree.XMLSyntaxError) or error.lineno:
        return str(error)
    file.seek(0)
    body = file.read(MAX_BYTES + 1)
    if len(body) <= MAX_BYTES:
        try:
            _meet_schema(etree.fromstring(body, etree.XMLParser(**_SAFE)), STATEMENT)
        except (ValueError, etree.LxmlError) as placed:
            return str(placed)
    return str(error)


@dataclass(slots=True)
class _Statement:
    """What was read of one statement until its end."""

    lines: Lines
    account: str = ""
    balances: dict[str, tuple[int, date]] = field(default_factory=dict)

    def checked(self, day: date, account: str) -> Lines:
        if self.account != account:
            raise PartnerUnclear("a statement of another account")
        if not self.balances.keys() >= {"OPBD", "CLBD"}:
            raise PartnerUnclear("no opening or no closing balance")
        (opening, _), (closing, closed_on) = self.balances["OPBD"], self.balances["CLBD"]
        if closed_on != day:
            raise PartnerUnclear("a statement of another day")
        return sound_lines(self.lines, opening, closing)


def _statements(file: BinaryIO, day: date) -> Iterator[_Statement]:
    """Each statement of the file, read piece by piece while the schema is held against it."""
    space = _space(STATEMENT)
    names = ("Acct", "Bal", "Ntry", "Stmt")
    tags = {f"{{{space}}}{name}": name for name in names}
    statement = _Statement(Lines(day))
    plain = PlainFile(file, MAX_STATEMENT_BYTES)
    # With `resolve_entities=False` and a schema, lxml 6.1 keeps silent about a file that is cut.
    # Entities are off all the same: `PlainFile` lets no declaration through, in no encoding.
    safe = {**_SAFE, "resolve_entities": "internal", "encoding": "UTF-8"}
    pieces = etree.iterparse(plain, tag=list(tags), schema=_schema(STATEMENT), **safe)
    for _, element in pieces:
        name, parent = tags[str(element.tag)], element.getparent()
        if name == "Stmt":
            yield statement
            statement = _Statement(Lines(day))
        elif parent is None or parent.tag != f"{{{space}}}Stmt":
            continue  # a part of a line
        else:
            _take(statement, name, _Part(element, space), day)
        element.clear()
        while element.getprevious() is not None and parent is not None:
            del parent[0]


def _take(statement: _Statement, name: str, part: "_Part", day: date) -> None:
    try:
        if name == "Acct":
            statement.account = part.text("Id/Othr/Id")
        elif name == "Bal":
            text = part.text("Dt/Dt")
            dated = date.fromisoformat(text.strip()[:10]) if text else date.min
            statement.balances[part.text("Tp/CdOrPrtry/Cd")] = _signed(part), dated
        elif part.text("Sts/Cd") == "BOOK":
            for line in _lines(part, day):
                statement.lines.append(line)
    except (PartnerUnclear, TypeError, ValueError) as error:  # optional parts that we need
        raise PartnerUnclear(f"line {part.element.sourceline}: {error}") from error


def _lines(entry: "_Part", day: date) -> Iterator[Line]:
    """The payments of one entry: one, or those that the bank booked together, each with an amount
    of its own; together they are what the entry moved."""
    amount = _amount(entry.part("Amt"))
    number = entry.text("NtryRef")
    if not number:
        raise ValueError("an entry without its number (NtryRef)")
    transactions = list(entry.parts("NtryDtls/TxDtls"))
    if not transactions:
        raise ValueError(f"entry {number} without details (TxDtls)")
    if len(transactions) == 1:
        shares = [(number, amount)]
    else:
        shares = [
            (f"{number}/{place}", _amount(one.part("Amt")))
            for place, one in enumerate(transactions, start=1)
        ]
    if sum(share for _, share in shares) != amount:
        raise ValueError(f"the parts of entry {number} do not sum to its amount")
    for (line_id, share), one in zip(shares, transactions, strict=True):
        yield Line(
            line_id=text_of(line_id),
            reference=text_of(one.part("Refs").text("EndToEndId")),
            kind="return" if entry.text("CdtDbtInd") == "CRDT" else "payment",
            amount_centimos=share,
            business_date=day,
        )


def _signed(balance: "_Part") -> int:
    centimos = _amount(balance.part("Amt"))
    return centimos if balance.text("CdtDbtInd") == "CRDT" else -centimos


def _amount(amount: "_Part") -> int:
    if amount.get("Ccy") != "PEN":
        raise PartnerUnclear(f"currency {amount.get('Ccy')}: only PEN is agreed")
    return _centimos(amount.own_text())


def _centimos(text: str) -> int:
    scaled = Decimal(text).scaleb(2)
    if scaled != scaled.to_integral_value():
        raise PartnerUnclear(f"amount {text}")
    return int(scaled)


# -- what they have in common -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """An element and its namespace: parts by their plain names, missing texts as none."""

    element: etree._Element
    space: str

    def find(self, path: str) -> etree._Element | None:
        return self.element.find(_path(self.space, path))

    def part(self, path: str) -> "_Part":
        """The part that must be there; raises ValueError."""
        found = self.find(path)
        if found is None:
            raise ValueError(f"no {path}")
        return _Part(found, self.space)

    def parts(self, path: str) -> Iterator["_Part"]:
        return (_Part(one, self.space) for one in self.element.iterfind(_path(self.space, path)))

    def text(self, path: str) -> str:
        return self.element.findtext(_path(self.space, path)) or ""

    def own_text(self) -> str:
        return self.element.text or ""

    def get(self, name: str) -> str | None:
        return self.element.get(name)


@cache
def _path(space: str, path: str) -> str:
    return "/".join(f"{{{space}}}{name}" for name in path.split("/"))


def _sound(body: bytes, message: str) -> etree._Element:
    """The root of a file that meets its schema; raises PartnerUnclear."""
    try:
        if len(body) > MAX_BYTES:
            raise ValueError("the file is too large")
        root = etree.fromstring(body, etree.XMLParser(**_SAFE))
        _plain(root.getroottree().docinfo)
        _meet_schema(root, message)
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise PartnerUnclear(f"not a sound {message}: {error}") from error
    return root


def _plain(told: etree.DocInfo) -> None:
    if told.internalDTD is not None:
        raise ValueError("a document type is not accepted")
    if str(told.encoding or "UTF-8").upper() not in {"UTF-8", "US-ASCII"}:
        raise ValueError(f"encoding {told.encoding} is not accepted: UTF-8 is the agreed one")


def _meet_schema(root: etree._Element, message: str) -> None:
    schema: Any = _schema(message)
    if not schema.validate(root):
        first = schema.error_log[0]
        raise ValueError(f"line {first.line}: {first.message}")


@cache
def _schema(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_SCHEMAS / f"{message}.xsd")))
