"""Writing a pain.002.001.10: what became of a file and of each of its transactions."""

from datetime import datetime
from itertools import groupby

from lxml import etree

from deploy.sandbox import clock, pain001, payments
from deploy.sandbox.files import FileStatus, TransactionStatus
from deploy.sandbox.iso20022 import add, document, render, to_the_second
from deploy.sandbox.money import text_of

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
AGENT = "AGROBANCO"


def write(status: FileStatus, *, now: datetime) -> bytes:
    root = document(NAMESPACE)
    report = add(root, "CstmrPmtStsRpt")
    header = add(report, "GrpHdr")
    message_id = payments.identifier("sts", status.message_id, clock.stamp(now))[:35]
    add(header, "MsgId", message_id)
    add(header, "CreDtTm", to_the_second(clock.stamp(now)))
    add(header, "InitgPty/Nm", AGENT)
    original = add(report, "OrgnlGrpInfAndSts")
    add(original, "OrgnlMsgId", status.message_id)
    add(original, "OrgnlMsgNmId", pain001.MESSAGE)
    add(original, "OrgnlNbOfTxs", str(len(status.transactions)))
    add(original, "OrgnlCtrlSum", text_of(status.control_cents))
    add(original, "GrpSts", status.group_status)
    _reason(original, status.reason_code)
    for name, entries in groupby(status.transactions, key=lambda entry: entry.payment_group):
        group = add(report, "OrgnlPmtInfAndSts")
        add(group, "OrgnlPmtInfId", name)
        for entry in entries:
            _transaction(group, entry)
    return render(root)


def _reason(parent: etree._Element, code: str | None, note: str | None = None) -> None:
    if code is None:
        return
    reason = add(parent, "StsRsnInf")
    add(reason, "Rsn/Cd", code)
    if note:
        add(reason, "AddtlInf", note)


def _transaction(group: etree._Element, entry: TransactionStatus) -> None:
    """A returned payment was settled (ACSC) and says so with a reason and RETURNED <moment>."""
    told = add(group, "TxInfAndSts")
    if entry.instruction_id is not None:
        add(told, "OrgnlInstrId", entry.instruction_id)
    add(told, "OrgnlEndToEndId", entry.end_to_end_id)
    add(told, "TxSts", entry.status)
    _reason(told, entry.reason_code, f"RETURNED {entry.returned_at}" if entry.returned_at else None)
    if entry.accepted_at is not None:
        add(told, "AccptncDtTm", to_the_second(entry.accepted_at))
    if entry.execution_id is not None:
        add(told, "AcctSvcrRef", entry.execution_id)
    add(told, "OrgnlTxRef/Amt/InstdAmt", entry.amount_text, Ccy=entry.currency)
