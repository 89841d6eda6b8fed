"""Asking the policy about an application as it stands today, keeping nothing.

Facts are gathered and judged exactly as for a real assessment, as of today in Lima; only that
nothing is written and nobody is told.
"""

from dataclasses import dataclass
from datetime import date

from services.eligibility import policy
from services.eligibility.facts import ApplicationFacts, ApplicationReader, Dossier, Facts
from services.eligibility.questions import inquire
from services.kernel import clock
from services.kernel.db import Database
from services.kernel.opa import Opa


@dataclass(frozen=True, slots=True)
class Trial:
    """What an assessment would say today."""

    application: ApplicationReader
    as_of: date
    dossier: Dossier
    answer: policy.Answer


async def simulate(
    database: Database, facts: Facts, opa: Opa, *, application: ApplicationFacts
) -> Trial:
    """The answer that the application, in whatever state, would get today.

    Raises Missing, and Unavailable while a source or the policy does not answer.
    """
    as_of = clock.lima_date(clock.now())
    inquiry = await inquire(database, facts, application, as_of=as_of)
    answer = await policy.ask(opa, inquiry.question.document())
    return Trial(application.body, as_of, inquiry.dossier, answer)
