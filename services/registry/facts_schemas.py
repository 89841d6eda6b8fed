"""Bodies of the facts: all that the registry knows of a consortium on a day, for the policy."""

from datetime import date
from typing import Self

from services.registry.models import Parcel
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


class ClaimOut(Answer):
    """Another producer's parcel that is the same plot, by its title or by code and district."""

    producer_id: ProducerId
    code: str
    consortium_id: ConsortiumId
    consortium_name: str
    same_title: bool


class MemberParcelOut(ParcelFactsOut):
    """A member's parcel, and who else claims it."""

    also_claimed_by: list[ClaimOut]


class SiblingOut(Answer):
    """A parcel of another consortium's member that was cut from the same title."""

    parent_title: str
    producer_id: ProducerId
    code: str
    area_ha: str
    consortium_id: ConsortiumId
    consortium_name: str


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
    parcels: list[MemberParcelOut]
    total_area_ha: str
    contract: Contract
    other_consortia: list[OtherConsortium]
    household: str | None

    @classmethod
    def of_facts(cls, facts: MemberFacts) -> Self:
        def shown(parcel: Parcel) -> MemberParcelOut:
            claims = [ClaimOut.of(claim) for claim in facts.claims.get(parcel.id, ())]
            return MemberParcelOut.of(parcel, also_claimed_by=claims)

        return cls.of(
            facts.view.producer,
            producer_id=facts.view.producer.id,
            **land_of(facts.view, shown),
            contract=Contract.of(facts.contract),
            other_consortia=[OtherConsortium.of(other) for other in facts.other_consortia],
        )


class FactsOut(Answer):
    """What the registry knows of a consortium on a day: the policy's facts."""

    consortium: ConsortiumFactsOut
    anchor_firm: AnchorFirmOut
    members: list[MemberFactsOut]
    split_siblings: list[SiblingOut]
    profile: Profile | None
    as_of: date

    @classmethod
    def of_facts(cls, facts: Facts) -> Self:
        members = [MemberFactsOut.of_facts(member) for member in facts.members]
        return cls.of(
            facts,
            members=members,
            anchor_firm=AnchorFirmOut.of(facts.anchor_firm),
            split_siblings=[SiblingOut.of(sibling) for sibling in facts.split_siblings],
        )
