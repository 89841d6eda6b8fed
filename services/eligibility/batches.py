"""Assessing many applications in one call: facts side by side, few questions to the policy, one
transaction. What cannot be assessed now is told for itself and holds back no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from services.eligibility import policy, queries, service
from services.eligibility.facts import ApplicationFacts, Facts
from services.eligibility.keeping import Prepared, keep
from services.eligibility.models import Assessment
from services.eligibility.service import Gathered
from services.kernel.db import Database
from services.kernel.errors import FundError
from services.kernel.opa import Opa
from services.kernel.work import Work

AT_ONCE: Final = 8
"""Applications that are read side by side."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An application that was not assessed, and why."""

    code: str
    detail: str


Outcome = Assessment | Refused
Asked = TypeVar("Asked")
Found = TypeVar("Found")


async def prepare(
    database: Database, facts: Facts, opa: Opa, *, application_ids: Sequence[str]
) -> dict[str, Prepared | Assessment | Refused]:
    """By application: the decision not yet kept, the one kept before, or why there is none."""
    wanted = list(dict.fromkeys(application_ids))
    read = dict(zip(wanted, await _each(facts.application, wanted), strict=True))
    known = {name: one for name, one in read.items() if isinstance(one, ApplicationFacts)}
    rounds = [(name, one.body.round) for name, one in known.items()]
    kept = await queries.kept_of(database, rounds)
    new = {name: one for name, one in known.items() if name not in kept}
    gathered = await _each(lambda one: service.facts_of(database, facts, one), list(new.values()))
    found: dict[str, Gathered | Assessment | Refused] = {
        name: one for name, one in read.items() if isinstance(one, Refused)
    }
    found |= kept
    found |= dict(zip(new, gathered, strict=True))
    asked = {name: one for name, one in found.items() if isinstance(one, Gathered)}
    questions = [one.inquiry.question.document() for one in asked.values()]
    answers = dict(zip(asked, await policy.ask_many(opa, questions), strict=True))
    prepared: dict[str, Prepared | Assessment | Refused] = {}
    for name in wanted:
        one = found[name]
        if isinstance(one, Gathered):
            answer = answers[name]
            prepared[name] = (
                one.answered(answer)
                if isinstance(answer, policy.Answer)
                else Refused(answer.code, answer.detail)
            )
        else:
            prepared[name] = one
    return prepared


async def _each(
    ask: Callable[[Asked], Awaitable[Found]], items: Sequence[Asked]
) -> list[Found | Refused]:
    """What each gives, a few side by side, or why it gives nothing."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(item: Asked) -> Found | Refused:
        async with places:
            try:
                return await ask(item)
            except FundError as error:
                return Refused(error.code, error.detail)

    return list(await asyncio.gather(*map(one, items)))


async def assess(
    work: Work, *, prepared: dict[str, Prepared | Assessment | Refused]
) -> dict[str, Outcome]:
    """Keep all decisions in one transaction, each with its event and audit row."""
    decided = [one for one in prepared.values() if isinstance(one, Prepared)]
    kept = await keep(work, decided) if decided else {}
    return {
        name: kept[name] if isinstance(one, Prepared) else one for name, one in prepared.items()
    }
