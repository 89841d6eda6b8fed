"""What the registry tells others: ids and counts, never a DNI, a name of a person or an account."""

from typing import ClassVar

from services.kernel.work import Event


class AnchorFirmRegistered(Event):
    """An anchor firm is known from now on."""

    TYPE: ClassVar[str] = "fund.registry.anchor_firm.registered.v1"
    SUBJECT: ClassVar[str] = "anchor_firm_id"

    anchor_firm_id: str
    ruc: str
    legal_name: str


class ProducerRegistered(Event):
    """A producer is known from now on."""

    TYPE: ClassVar[str] = "fund.registry.producer.registered.v1"
    SUBJECT: ClassVar[str] = "producer_id"

    producer_id: str
    parcels_count: int


class ConsortiumFormed(Event):
    """A consortium exists, with these members."""

    TYPE: ClassVar[str] = "fund.registry.consortium.formed.v1"
    SUBJECT: ClassVar[str] = "consortium_id"

    consortium_id: str
    name: str
    anchor_firm_id: str
    producer_ids: list[str]


class MemberAdded(Event):
    """A producer joined a consortium; members_count is what it has now."""

    TYPE: ClassVar[str] = "fund.registry.member.added.v1"
    SUBJECT: ClassVar[str] = "consortium_id"

    consortium_id: str
    producer_id: str
    members_count: int


class MemberWithdrawn(Event):
    """A producer left a consortium; members_count is what it has now."""

    TYPE: ClassVar[str] = "fund.registry.member.withdrawn.v1"
    SUBJECT: ClassVar[str] = "consortium_id"

    consortium_id: str
    producer_id: str
    members_count: int
