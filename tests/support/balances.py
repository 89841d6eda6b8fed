"""A trial balance by kind of account: each channel has accounts of its own."""

from collections import Counter
from decimal import Decimal

from deploy.demo.client import Person
from services.kernel.values import to_amount


def balances_by_kind(reader: Person, call_id: str) -> dict[str, str]:
    """What the call's accounts of each kind hold together; asserts that all of it is zero."""
    balance = reader.read("/v1/ledger/trial-balance", call_id=call_id)
    assert balance["total"]["amount"] == "0.00"
    held: Counter[str] = Counter()
    for account in balance["accounts"]:
        held[account["kind"]] += int(Decimal(account["balance"]["amount"]).scaleb(2))
    return {kind: to_amount(centimos) for kind, centimos in held.items()}
