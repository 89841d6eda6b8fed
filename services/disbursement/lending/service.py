"""Telling the day of the harvest, at which an agreement's loans are due."""

from datetime import date

from services.disbursement.models import LoanTerms
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict, Invalid
from services.kernel.rows import locked
from services.kernel.work import Work


async def tell_harvest(work: Work, *, agreement_id: str, harvest_on: date) -> LoanTerms:
    """Say once on which day, from today on, the harvest pays the agreement's loans; the term after
    the first disbursement stays the latest day.

    Raises Missing for an agreement without credit, disbursement.harvest_told and
    disbursement.harvest_past: arrears of a day that has passed are never changed.
    """
    terms = await locked(work.session, LoanTerms, agreement_id)
    if terms.harvest_on is not None:
        raise Conflict("disbursement.harvest_told", "El día de la cosecha ya se registró.")
    if harvest_on < lima_date(work.now):
        raise Invalid("disbursement.harvest_past", "Diga un día de cosecha de hoy en adelante.")
    terms.harvest_on, terms.told_by, terms.told_at = harvest_on, work.actor.sub, work.now
    work.record("loan_terms.harvest", agreement_id, {"harvest_on": harvest_on.isoformat()})
    return terms
