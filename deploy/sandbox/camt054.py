"""Writing a camt.054.001.08: the entries of a day booked so far, without balances."""

from datetime import datetime

from deploy.sandbox import clock, payments
from deploy.sandbox.camt053 import OWNER
from deploy.sandbox.entries import add_account, collected, moved
from deploy.sandbox.iso20022 import add, document, render, render_part, to_the_second
from deploy.sandbox.money import CURRENCY
from deploy.sandbox.payments import Statement

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
END_OF_NOTIFICATION = b"    </Ntfctn>"


def write(found: Statement, *, account: str, now: datetime) -> bytes:
    day, at = found.day.isoformat(), clock.stamp(now)
    root = document(NAMESPACE)
    body = add(root, "BkToCstmrDbtCdtNtfctn")
    header = add(body, "GrpHdr")
    add(header, "MsgId", payments.identifier("ntf", day, at)[:35])
    add(header, "CreDtTm", to_the_second(at))
    notification = add(body, "Ntfctn")
    add(notification, "Id", f"NTF-{day}")
    add(notification, "CreDtTm", to_the_second(at))
    ours = add_account(notification, "Acct", account)
    add(ours, "Ccy", CURRENCY)
    add(ours, "Ownr/Nm", OWNER)
    head, end, tail = render(root).partition(END_OF_NOTIFICATION)
    entries = [moved(row, day, NAMESPACE) for row in found.lines]
    entries += [collected(row, day, NAMESPACE) for row in found.collections]
    parts = (render_part(entry, NAMESPACE, level=3) for entry in entries)
    return b"".join([head, *parts, end, tail])
