"""Many varied decisions: questions as the rooms would give them, some against the rules."""

import random
from collections.abc import Iterator
from typing import Any

from services.eligibility.facts import (
    ApplicationReader,
    CallReader,
    Dossier,
    RegistryReader,
    question_of,
)
from services.kernel.clock import lima_date
from tests.factories.eligibility import application, call, registry_facts

Varied = tuple[ApplicationReader, Dossier]


def varied(count: int, *, seed: int = 32434) -> Iterator[Varied]:
    """So many applications and their questions, the same for the same seed but for their ids."""
    chance = random.Random(seed)
    for number in range(count):
        body = ApplicationReader.model_validate(application(round=1 + number % 3))
        facts = registry_facts(body.consortium_id, members=chance.randint(8, 13))
        facts["consortium"]["independent_accounting"] = chance.random() < 0.5
        if chance.random() < 0.05:
            facts["anchor_firm"]["ruc_condition"] = "NO HABIDO"
        for member in facts["members"]:
            if chance.random() < 0.08:
                _vary(member, chance)
        assert body.submitted_at is not None
        known = RegistryReader.model_validate(facts)
        question = question_of(
            body,
            CallReader.model_validate(call(body.call_id)),
            known,
            as_of=lima_date(body.submitted_at),
        )
        yield body, Dossier(question, (), known)


def _vary(member: dict[str, Any], chance: random.Random) -> None:
    area_ha = f"{chance.uniform(0.3, 7.0):.4f}"
    match chance.randrange(6):
        case 0:
            member["born_on"] = f"{chance.randint(1930, 2010)}-05-17"
        case 1:
            member["alive"] = False
        case 2:
            member["ppa"] = None
        case 3:
            member["contract"] = None
        case _:
            member["total_area_ha"] = area_ha
            member["parcels"][0]["area_ha"] = area_ha
