"""The whole question to the policy: the gathered facts, and whom the applicant resembles."""

from dataclasses import dataclass
from datetime import date

from services.eligibility import inputs, likeness, links, signals
from services.eligibility.facts import ApplicationFacts, Dossier, Facts
from services.kernel.db import Database


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked, where its facts come from, and the traits that they show."""

    dossier: Dossier
    traits: likeness.Traits
    question: inputs.PolicyInput


async def inquire(
    database: Database, facts: Facts, application: ApplicationFacts, *, as_of: date
) -> Inquiry:
    """The question about an application as of a day.

    Raises Missing, and Unavailable while a source does not answer.
    """
    dossier = await facts.dossier(application, as_of=as_of)
    body = application.body
    traits = likeness.traits_of(body, dossier.registry)
    shared = await links.shared(database, traits, consortium_id=body.consortium_id)
    profile = signals.profile_of(dossier.registry.profile)
    question = dossier.question.resembling(signals.Likeness(profile=profile, links=shared))
    return Inquiry(dossier, traits, question)
