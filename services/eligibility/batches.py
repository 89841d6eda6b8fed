"""Assessing many applications in one call: facts side by side, few questions to the policy, one
transaction. What cannot be assessed now is told for itself and holds back no other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.eligibility import policy, service
from services.eligibility.facts import Facts
from services.eligibility.models import Assessment
from services.eligibility.service import Gathered, Prepared
from services.kernel.db import Database
from services.kernel.errors import FundError
from services.kernel.opa import Opa
from services.kernel.work import Work

AT_ONCE: Final = 8
"""Applications whose facts are gathered side by side."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An application that was not assessed, and why."""

    code: str
    detail: str


Outcome = Assessment | Refused


async def prepare(
    database: Database, facts: Facts, opa: Opa, *, application_ids: Sequence[str]
) -> dict[str, Prepared | Assessment | Refused]:
    """By application: the decision not yet kept, the one kept before, or why there is none."""
    places = asyncio.Semaphore(AT_ONCE)

    async def gathered(application_id: str) -> Gathered | Assessment | Refused:
        async with places:
            try:
                return await service.gather(database, facts, application_id=application_id)
            except FundError as error:
                return Refused(error.code, error.detail)

    wanted = list(dict.fromkeys(application_ids))
    found = dict(zip(wanted, await asyncio.gather(*map(gathered, wanted)), strict=True))
    asked = {name: one for name, one in found.items() if isinstance(one, Gathered)}
    questions = [one.inquiry.question.document() for one in asked.values()]
    answers = dict(zip(asked, await policy.ask_many(opa, questions), strict=True))
    prepared: dict[str, Prepared | Assessment | Refused] = {}
    for name, one in found.items():
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


async def assess(
    work: Work, *, prepared: dict[str, Prepared | Assessment | Refused]
) -> dict[str, Outcome]:
    """Keep all decisions in one transaction, each with its event and audit row."""
    outcomes: dict[str, Outcome] = {}
    for name in sorted(prepared):  # everybody locks in this order
        one = prepared[name]
        outcomes[name] = (
            one if isinstance(one, Refused) else await service.assess(work, prepared=one)
        )
    return {name: outcomes[name] for name in prepared}
