"""Bodies of the facts: all that the registry knows of a consortium on a day, for the policy."""

from datetime import date
from typing import Self

from services.registry.profiles import Profile
from services.registry.queries import Facts, MemberFacts
from services.registry.schemas import (
    AnchorFirmOut,
    Answer,
    ConsortiumId,
    Contract,
    ParcelFactsOut,
    PpaPeriod,
    ProducerId,
    Sex,
    land_of,
)


class ConsortiumFactsOut(Answer):
    """The consortium itself, within the facts."""

    id: ConsortiumId
    name: str
    cci: str
    independent_accounting: bool


class OtherConsortium(Answer):
    """Another consortium of the same producer, and whether the producer was there first."""

    consortium_id: ConsortiumId
    name: str
    joined_first: bool


class MemberFactsOut(Answer):
    """All that the registry knows of one member."""

    producer_id: ProducerId
    dni: str
    full_name: str
    sex: Sex
    born_on: date
    alive: bool
    cci: str
    ppa: PpaPeriod | None
    parcels: list[ParcelFactsOut]
    total_area_ha: str
    contract: Contract
    other_consortia: list[OtherConsortium]

    @classmethod
    def of_facts(cls, facts: MemberFacts) -> Self:
        return cls.of(
            facts.view.producer,
            producer_id=facts.view.producer.id,
            **land_of(facts.view, ParcelFactsOut),
            contract=Contract.of(facts.contract),
            other_consortia=[OtherConsortium.of(other) for other in facts.other_consortia],
        )


class FactsOut(Answer):
    """What the registry knows of a consortium on a day: the policy's facts."""

    consortium: ConsortiumFactsOut
    anchor_firm: AnchorFirmOut
    members: list[MemberFactsOut]
    profile: Profile | None
    as_of: date

    @classmethod
    def of_facts(cls, facts: Facts) -> Self:
        members = [MemberFactsOut.of_facts(member) for member in facts.members]
        return cls.of(facts, members=members, anchor_firm=AnchorFirmOut.of(facts.anchor_firm))
