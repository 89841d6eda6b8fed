"""Assessing many applications in one call: facts side by side, many questions in one call to the
policy while the next ones' facts are gathered, one transaction.

What cannot be assessed now is told for itself and holds back no other."""

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
    new = [name for name in known if name not in kept]
    found: dict[str, Prepared | Assessment | Refused] = {
        name: one for name, one in read.items() if isinstance(one, Refused)
    }
    found |= kept
    turn = asyncio.Lock()

    async def decided(names: Sequence[str]) -> dict[str, Prepared | Refused]:
        async with turn:  # the policy answers one part while the next one's facts are gathered
            gathered = await _each(
                lambda name: service.facts_of(database, facts, known[name]), names
            )
        return await _asked(opa, dict(zip(names, gathered, strict=True)))

    for part in await asyncio.gather(*map(decided, policy.batched(new, policy.ASKED_TOGETHER))):
        found |= part
    return {name: found[name] for name in wanted}


async def _asked(
    opa: Opa, gathered: dict[str, Gathered | Refused]
) -> dict[str, Prepared | Refused]:
    """What the policy says of those whose facts are known, in one call."""
    known = {name: one for name, one in gathered.items() if isinstance(one, Gathered)}
    found: dict[str, Prepared | Refused] = {
        name: one for name, one in gathered.items() if isinstance(one, Refused)
    }
    if not known:
        return found
    questions = [one.inquiry.question.document() for one in known.values()]
    answers = await policy.ask_together(opa, questions)
    for (name, one), answer in zip(known.items(), answers, strict=True):
        found[name] = (
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
