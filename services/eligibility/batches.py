"""Assessing many applications in one call: facts side by side, many questions in one call to the
policy while the next ones' facts are gathered, one transaction.

What cannot be assessed now is told for itself and holds back no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from services.eligibility import policy, queries, questions, service
from services.eligibility.facts import ApplicationFacts, Facts
from services.eligibility.keeping import Prepared, keep
from services.eligibility.models import Assessment
from services.eligibility.service import Collected, Gathered
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
    turn = asyncio.Lock()

    async def decided(names: Sequence[str]) -> dict[str, Prepared | Assessment | Refused]:
        async with turn:  # the policy answers one part while the next one's facts are gathered
            gathered = await _gathered(database, facts, names)
        return await _asked(opa, gathered)

    parts = await asyncio.gather(*map(decided, policy.batched(wanted, policy.ASKED_TOGETHER)))
    found = {name: one for part in parts for name, one in part.items()}
    return {name: found[name] for name in wanted}


async def _gathered(
    database: Database, facts: Facts, names: Sequence[str]
) -> dict[str, Gathered | Assessment | Refused]:
    """The facts of each, with the likenesses of all looked for in one go."""
    read = dict(zip(names, await _each(facts.application, names), strict=True))
    known = {name: one for name, one in read.items() if isinstance(one, ApplicationFacts)}
    found: dict[str, Gathered | Assessment | Refused] = {
        name: one for name, one in read.items() if isinstance(one, Refused)
    }
    kept = await queries.kept_of(database, [(name, one.body.round) for name, one in known.items()])
    found |= kept
    new = [name for name in known if name not in kept]
    collected = await _each(lambda name: service.collect(database, facts, known[name]), new)
    found |= {
        name: one for name, one in zip(new, collected, strict=True) if isinstance(one, Refused)
    }
    told = [one for one in collected if isinstance(one, Collected)]
    inquiries = await questions.inquiries(database, [one.known for one in told])
    found |= {
        one.application.id: one.asking(inquiry)
        for one, inquiry in zip(told, inquiries, strict=True)
    }
    return found


async def _asked(
    opa: Opa, gathered: dict[str, Gathered | Assessment | Refused]
) -> dict[str, Prepared | Assessment | Refused]:
    """What the policy says of those of whom it was not asked yet, in one call."""
    asking = [one for one in gathered.values() if isinstance(one, Gathered)]
    found: dict[str, Prepared | Assessment | Refused] = {
        name: one for name, one in gathered.items() if not isinstance(one, Gathered)
    }
    if not asking:
        return found
    asked = [one.inquiry.question.document() for one in asking]
    for one, answer in zip(asking, await policy.ask_together(opa, asked), strict=True):
        found[one.application.id] = (
            one.answered(answer)
            if isinstance(answer, policy.Answer)
            else Refused(answer.code, answer.detail)
        )
    return found


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
