"""Agrobanco's statements (camt.053) and notifications of single entries (camt.054), read piece by
piece.

A file is believed whole or not at all; of a long one only its lines are held in memory.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO, Final, Literal

from lxml import etree

from services.disbursement.channels.http import text_of
from services.disbursement.channels.iso_xml import (
    MAX_BYTES,
    SAFE,
    Part,
    meet_schema,
    schema_of,
    space_of,
)
from services.disbursement.channels.plain import PlainFile
from services.disbursement.channels.protocol import (
    Line,
    Lines,
    PartnerUnclear,
    moved_by,
    sound_lines,
)
from services.kernel.clock import lima_date

STATEMENT: Final = "camt.053.001.08"
NOTIFICATION: Final = "camt.054.001.08"
MAX_STATEMENT_BYTES: Final = 500_000_000


def statement_lines(body: bytes | BinaryIO, day: date, account: str) -> Lines:
    """The booked lines of the account's statement of a day; raises PartnerUnclear unless its
    balances and every amount are sound: a statement is believed whole or not at all."""
    file = io.BytesIO(body) if isinstance(body, bytes) else body
    try:
        statements = list(_statements(file, day))
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise _unsound(error, file, STATEMENT) from error
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


def day_of(body: bytes) -> date:
    """The day that a statement file closes; raises PartnerUnclear where none or several do."""
    file = io.BytesIO(body)
    days = set()
    try:
        for name, part in _pieces(file, STATEMENT, "Stmt"):
            if name == "Bal" and part.text("Tp/CdOrPrtry/Cd") == "CLBD":
                days.add(date.fromisoformat(part.text("Dt/Dt").strip()[:10]))
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise _unsound(error, file, STATEMENT) from error
    if len(days) != 1:
        raise PartnerUnclear("no day, or not one day, that the statement closes")
    return days.pop()


def notified_lines(body: bytes | BinaryIO, account: str) -> list[Lines]:
    """The booked entries of the account that a notification tells, by the day they were booked on;
    raises PartnerUnclear as a statement does. Each bears the number (NtryRef) under which the
    day's statement has it later, so that it counts once."""
    file = io.BytesIO(body) if isinstance(body, bytes) else body
    days: dict[date, Lines] = {}
    try:
        for name, part in _pieces(file, NOTIFICATION, "Ntfctn"):
            with _at(part):
                if name == "Acct":
                    _demand_account(part, account)
                elif name == "Ntry" and part.text("Sts/Cd") == "BOOK":
                    day = _booked_on(part)
                    lines = days.setdefault(day, Lines(day))
                    for line in _lines(part, day):
                        lines.append(line)
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise _unsound(error, file, NOTIFICATION) from error
    for lines in days.values():
        moved_by(lines)
    return [days[day] for day in sorted(days)]


def _demand_account(part: Part, account: str) -> None:
    if part.text("Id/Othr/Id") != account:
        raise PartnerUnclear("a notification of another account")


def _booked_on(entry: Part) -> date:
    """The day an entry was booked on: told as a day, or as an instant, which has its day in
    Lima."""
    told = entry.text("BookgDt/Dt").strip()
    if told:
        return date.fromisoformat(told[:10])
    at = datetime.fromisoformat(entry.part("BookgDt/DtTm").own_text().strip())
    return lima_date(at) if at.tzinfo else at.date()


def _unsound(error: Exception, file: BinaryIO, message: str) -> PartnerUnclear:
    return PartnerUnclear(f"not a sound {message}: {_placed(error, file, message)}")


def _placed(error: Exception, file: BinaryIO, message: str) -> str:
    """The error with its line. Reading piece by piece, lxml knows of no line where a schema is
    broken; so a file that is not very long is read once more as a whole."""
    if not isinstance(error, etree.XMLSyntaxError) or error.lineno:
        return str(error)
    file.seek(0)
    body = file.read(MAX_BYTES + 1)
    if len(body) <= MAX_BYTES:
        try:
            meet_schema(etree.fromstring(body, etree.XMLParser(**SAFE)), message)
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
    """Each statement of the file."""
    statement = _Statement(Lines(day))
    for name, part in _pieces(file, STATEMENT, "Stmt"):
        if name == "Stmt":
            yield statement
            statement = _Statement(Lines(day))
        else:
            with _at(part):
                _take(statement, name, part, day)


def _pieces(file: BinaryIO, message: str, whole: str) -> Iterator[tuple[str, Part]]:
    """The account, balances and entries of each statement or notification, and each as a whole at
    its end, read piece by piece while the schema is held against the file."""
    space = space_of(message)
    tags = {f"{{{space}}}{name}": name for name in ("Acct", "Bal", "Ntry", whole)}
    plain = PlainFile(file, MAX_STATEMENT_BYTES)
    # With `resolve_entities=False` and a schema, lxml 6.1 keeps silent about a file that is cut.
    # Entities are off all the same: `PlainFile` lets no declaration through, in no encoding.
    safe = {**SAFE, "resolve_entities": "internal", "encoding": "UTF-8"}
    pieces = etree.iterparse(plain, tag=list(tags), schema=schema_of(message), **safe)
    for _, element in pieces:
        name, parent = tags[str(element.tag)], element.getparent()
        if name != whole and (parent is None or parent.tag != f"{{{space}}}{whole}"):
            continue  # a part of a line
        yield name, Part(element, space)
        element.clear()
        while element.getprevious() is not None and parent is not None:
            del parent[0]


@contextmanager
def _at(part: Part) -> Iterator[None]:
    """What is wrong with a part, mostly an optional one that we need, is told with its line."""
    try:
        yield
    except (PartnerUnclear, TypeError, ValueError) as error:
        raise PartnerUnclear(f"line {part.element.sourceline}: {error}") from error


def _take(statement: _Statement, name: str, part: Part, day: date) -> None:
    if name == "Acct":
        statement.account = part.text("Id/Othr/Id")
    elif name == "Bal":
        text = part.text("Dt/Dt")
        dated = date.fromisoformat(text.strip()[:10]) if text else date.min
        statement.balances[part.text("Tp/CdOrPrtry/Cd")] = _signed(part), dated
    elif part.text("Sts/Cd") == "BOOK":
        for line in _lines(part, day):
            statement.lines.append(line)


def _lines(entry: Part, day: date) -> Iterator[Line]:
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
    kind = _kind(entry)
    for (line_id, share), one in zip(shares, transactions, strict=True):
        refs = one.part("Refs")
        lent = kind == "repayment"
        yield Line(
            line_id=text_of(line_id),
            reference=text_of((lent and _creditor_reference(one)) or refs.text("EndToEndId")),
            kind=kind,
            amount_centimos=share,
            business_date=day,
            payer=text_of(_payer(one)) if lent else "",
            operation=text_of(refs.text("AcctSvcrRef")) if lent else "",
        )


def _kind(entry: Part) -> Literal["payment", "return", "repayment"]:
    """A credit is money of others (a received transfer, RCDT) or one of our payments come back."""
    if entry.text("CdtDbtInd") != "CRDT":
        return "payment"
    received = entry.text("BkTxCd/Domn/Fmly/Cd") == "RCDT" and entry.text("RvslInd") != "true"
    return "repayment" if received else "return"


def _creditor_reference(transaction: Part) -> str:
    """Our reference of the loan, as whoever pays it quotes it."""
    return transaction.text("RmtInf/Strd/CdtrRefInf/Ref")


def _payer(transaction: Part) -> str:
    """The DNI or RUC of who paid, if the bank tells it."""
    told = "RltdPties/Dbtr/Pty/Id"
    return transaction.text(f"{told}/PrvtId/Othr/Id") or transaction.text(f"{told}/OrgId/Othr/Id")


def _signed(balance: Part) -> int:
    centimos = _amount(balance.part("Amt"))
    return centimos if balance.text("CdtDbtInd") == "CRDT" else -centimos


def _amount(amount: Part) -> int:
    if amount.get("Ccy") != "PEN":
        raise PartnerUnclear(f"currency {amount.get('Ccy')}: only PEN is agreed")
    return _centimos(amount.own_text())


def _centimos(text: str) -> int:
    scaled = Decimal(text).scaleb(2)
    if scaled != scaled.to_integral_value():
        raise PartnerUnclear(f"amount {text}")
    return int(scaled)
