"""What a tranche pays again: to the same people, the same sums, for the same invoices.

Only where it pays back a part of what came back; a tranche that came back whole is drawn up anew.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.disbursement.domain import Share
from services.disbursement.models import Tranche
from services.kernel.db import rows_in
from services.kernel.errors import Conflict
from services.kernel.work import Work

_SHARE: Final = (
    "SELECT beneficiary_name, beneficiary_document, beneficiary_cci, amount_centimos,"
    " beneficiary_kind, budget_line, invoice FROM instruction"
)
_CAME_BACK: Final = f"{_SHARE} WHERE repaid_in = %s ORDER BY item"
_LAST: Final = f"""
{_SHARE} WHERE tranche_id = %s AND repaid_in IS NULL AND lineage = (
    SELECT max(lineage) FROM instruction WHERE tranche_id = %s AND lineage < %s)
ORDER BY item
"""
_GAVE: Final = "SELECT 1 FROM instruction WHERE tranche_id = %s AND repaid_in IS NOT NULL LIMIT 1"


async def owed(work: Work, tranche: Tranche) -> list[Share]:
    """The payments that did not stay and that the tranche makes again, with their old accounts;
    none if it is neither a part nor gave one."""
    if tranche.part == 1 and not await rows_in(work.session, _GAVE, (tranche.id,)):
        return []
    last = (tranche.id, tranche.id, tranche.lineage)
    rows = await rows_in(work.session, _LAST, last)
    rows = rows or await rows_in(work.session, _CAME_BACK, (tranche.id,))
    return [Share(*row) for row in rows]


def corrected(due: Sequence[Share], accounts: Mapping[str, tuple[str, str]]) -> list[Share]:
    """The same payments to the names and accounts that the registry has now, by document.

    Raises disbursement.account_not_told where it has none, as of a supplier.
    """
    strangers = [share.name for share in due if share.document not in accounts]
    if strangers:
        raise Conflict(
            "disbursement.account_not_told",
            f"El registro no tiene la cuenta de {strangers[0]}; prepare con una lista de pagos.",
        )
    return [
        replace(share, name=accounts[share.document][0], cci=accounts[share.document][1])
        for share in due
    ]


def differs(due: Sequence[Share], asked: Sequence[tuple[str, int, str | None]]) -> bool:
    """Whether a list, by document, céntimos and invoice, is anything but what is due."""
    expected = Counter((share.document, share.amount_centimos, share.invoice) for share in due)
    return expected != Counter(asked)
