"""What the release policy must know of purchases: how much each supplier of the tranche is to be
paid of which budget line, and how much of that the programme did not object to."""

from typing import Any, Final

from services.disbursement.models import Tranche
from services.kernel.db import AsyncSession, rows_in

MOST: Final = 200
"""Of thousands of suppliers those are told of which most is missing; one of them is enough."""
_COVERED: Final = f"""
WITH asked AS (
    SELECT DISTINCT beneficiary_document AS supplier, budget_line AS line FROM instruction
    WHERE tranche_id = %s AND lineage = %s AND beneficiary_kind = 'supplier'
), paid AS (
    SELECT beneficiary_document AS supplier, budget_line AS line, sum(amount_centimos) AS centimos
    FROM instruction
    WHERE live AND tranche_id IN (SELECT id FROM tranche WHERE agreement_id = %s)
        AND beneficiary_kind = 'supplier'
    GROUP BY 1, 2
), granted AS (
    SELECT supplier_ruc AS supplier, budget_line AS line, sum(amount_centimos) AS centimos
    FROM purchase WHERE agreement_id = %s AND state = 'granted' GROUP BY 1, 2
)
SELECT asked.supplier, asked.line, paid.centimos::bigint,
    coalesce(granted.centimos, 0)::bigint AS granted
FROM asked
JOIN paid ON paid.supplier = asked.supplier AND paid.line IS NOT DISTINCT FROM asked.line
LEFT JOIN granted ON granted.supplier = asked.supplier AND granted.line = asked.line
ORDER BY paid.centimos - coalesce(granted.centimos, 0) DESC, 1, 2
LIMIT {MOST}
"""


async def covered(session: AsyncSession, tranche: Tranche) -> dict[str, list[dict[str, Any]]]:
    """The suppliers that the prepared tranche pays; all of the agreement's live payments to one of
    them count against its no-objections. Loans buy nothing by themselves."""
    if tranche.channel != "agroideas":
        return {"purchases": []}
    values = (tranche.id, tranche.lineage, tranche.agreement_id, tranche.agreement_id)
    return {
        "purchases": [
            {
                "supplier": supplier,
                "budget_line": line,
                "paid_centimos": int(paid),
                "granted_centimos": int(granted),
            }
            for supplier, line, paid, granted in await rows_in(session, _COVERED, values)
        ]
    }
