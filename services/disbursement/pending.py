"""The addendum that an agreement waits for, if any: what it changes must not move meanwhile."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from services.disbursement.addendum_tables import OPEN_STATES
from services.disbursement.models import Addendum, Tranche
from services.kernel.db import AsyncSession
from services.kernel.errors import Conflict


async def open_addendum(session: AsyncSession, agreement_id: str) -> Addendum | None:
    """The agreement's addendum that is neither in force nor refused nor withdrawn."""
    query = select(Addendum).where(
        col(Addendum.agreement_id) == agreement_id, col(Addendum.state).in_(OPEN_STATES)
    )
    found: Addendum | None = await session.scalar(query)
    return found


def touches(addendum: Addendum, tranche: Tranche) -> bool:
    """Whether the addendum changes the tranche."""
    named = [tranche.sequence, tranche.channel]
    return named in [[one["sequence"], one["channel"]] for one in addendum.changes["tranches"]]


async def standing(session: AsyncSession, tranche: Tranche) -> dict[str, Any]:
    """What the release policy must know of a pending addendum."""
    addendum = await open_addendum(session, tranche.agreement_id)
    told = addendum and {
        "number": addendum.number,
        "state": addendum.state,
        "due_on": addendum.due_on.isoformat(),
        "touches": touches(addendum, tranche),
    }
    return {"addendum": told}


async def demand_untouched(session: AsyncSession, tranche: Tranche) -> None:
    """Raise disbursement.addendum_open while an addendum that changes the tranche is pending."""
    addendum = await open_addendum(session, tranche.agreement_id)
    if addendum is not None and touches(addendum, tranche):
        raise Conflict(
            "disbursement.addendum_open",
            f"La adenda n.º {addendum.number} cambia este desembolso; espere su firma o su retiro.",
        )
