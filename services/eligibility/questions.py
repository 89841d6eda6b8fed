"""The whole question to the policy: the gathered facts, and whom the applicant resembles."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Known:
    """What the sources say of an application, before its likenesses are looked for."""

    consortium_id: str
    dossier: Dossier
    traits: likeness.Traits

    def resembling(self, shared: list[signals.Link]) -> Inquiry:
        """The whole question."""
        profile = signals.profile_of(self.dossier.registry.profile)
        found = signals.Likeness(profile=profile, links=shared)
        return Inquiry(self.dossier, self.traits, self.dossier.question.resembling(found))


async def known(facts: Facts, application: ApplicationFacts, *, as_of: date) -> Known:
    """What the sources say. Raises Missing, and Unavailable while one does not answer."""
    dossier = await facts.dossier(application, as_of=as_of)
    body = application.body
    return Known(body.consortium_id, dossier, likeness.traits_of(body, dossier.registry))


async def inquiries(database: Database, some: Sequence[Known]) -> list[Inquiry]:
    """The questions about these applications, whose likenesses are looked for together."""
    shown = [links.Shown(one.consortium_id, one.traits) for one in some]
    shared = await links.shared(database, shown)
    return [one.resembling(found) for one, found in zip(some, shared, strict=True)]


async def inquire(
    database: Database, facts: Facts, application: ApplicationFacts, *, as_of: date
) -> Inquiry:
    """The question about an application as of a day.

    Raises Missing, and Unavailable while a source does not answer.
    """
    (inquiry,) = await inquiries(database, [await known(facts, application, as_of=as_of)])
    return inquiry
