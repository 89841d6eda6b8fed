"""Agrobanco's payment orders out (pain.001) and status reports in (pain.002).

Every file is held against its published schema before it is believed or sent. Thousands of
payments take seconds.
"""

import re
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from functools import cache
from typing import Any, Final

from lxml import etree

from services.disbursement.channels.iso_xml import Part, meet_schema, sound, space_of
from services.disbursement.channels.protocol import Batch, PartnerUnclear, Payment, Status
from services.kernel.clock import lima_date
from services.kernel.values import to_amount

PAYMENT_ORDER: Final = "pain.001.001.09"
STATUS_REPORT: Final = "pain.002.001.10"
_NAMESPACE: Final = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:([a-z0-9.]{5,20})[\"']")
DEBTOR: Final = "FONDO DE CONSORCIOS PRODUCTIVOS"


# -- pain.001 ---------------------------------------------------------------------------------


def payment_order(batch: Batch, debtor_account: str) -> bytes:
    """The payment file of a batch: the same batch gives the same bytes.

    Raises ValueError when the file does not meet its own schema.
    """
    spaces: Any = {None: space_of(PAYMENT_ORDER)}
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
    meet_schema(root, PAYMENT_ORDER)
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
    return f"{{{space_of(PAYMENT_ORDER)}}}{name}"


# -- pain.002 ---------------------------------------------------------------------------------


def statuses(body: bytes, batch: Batch) -> Mapping[str, Status]:
    """The bank's word on each reference of the batch; raises PartnerUnclear."""
    report = Part(sound(body, STATUS_REPORT), space_of(STATUS_REPORT)).part("CstmrPmtStsRpt")
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


def original_of(body: bytes) -> str:
    """The MsgId of the file that a status report is of; raises PartnerUnclear."""
    report = Part(sound(body, STATUS_REPORT), space_of(STATUS_REPORT)).part("CstmrPmtStsRpt")
    return report.part("OrgnlGrpInfAndSts").text("OrgnlMsgId")


def message_of(body: bytes) -> str:
    """Which message a file says it is, by the namespace of its root; empty if it says none."""
    told = _NAMESPACE.search(body[:4_000])
    return told[1].decode() if told else ""


def _status(item: "Part", payment: Payment) -> Status:
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


def _reason(item: "Part") -> str:
    return next((code.own_text() for code in item.parts("StsRsnInf/Rsn/Cd")), "")
