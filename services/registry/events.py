"""What the registry tells others: ids and counts, never a DNI, a name of a person or an account."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from services.kernel.schemas import identifier
from services.kernel.work import Event

AnchorFirmId = Annotated[str, identifier("anc")]
ConsortiumId = Annotated[str, identifier("con")]
ProducerId = Annotated[str, identifier("pro")]
ImportRunId = Annotated[str, identifier("imp")]


class AnchorFirmRegistered(Event):
    """An anchor firm is known from now on."""

    TYPE: ClassVar[str] = "fund.registry.anchor_firm.registered.v1"
    SUBJECT: ClassVar[str] = "anchor_firm_id"

    anchor_firm_id: AnchorFirmId
    ruc: Annotated[str, Field(examples=["20100070970"])]
    legal_name: Annotated[str, Field(examples=["Agroexportadora Valle Verde S.A.C."])]


class ProducerRegistered(Event):
    """A producer is known from now on."""

    TYPE: ClassVar[str] = "fund.registry.producer.registered.v1"
    SUBJECT: ClassVar[str] = "producer_id"

    producer_id: ProducerId
    parcels_count: int


class ConsortiumFormed(Event):
    """A consortium exists, with these members."""

    TYPE: ClassVar[str] = "fund.registry.consortium.formed.v1"
    SUBJECT: ClassVar[str] = "consortium_id"

    consortium_id: ConsortiumId
    name: Annotated[str, Field(examples=["Consorcio Palta del Mantaro"])]
    anchor_firm_id: AnchorFirmId
    producer_ids: list[ProducerId]


class MemberAdded(Event):
    """A producer joined a consortium; members_count is what it has now."""

    TYPE: ClassVar[str] = "fund.registry.member.added.v1"
    SUBJECT: ClassVar[str] = "consortium_id"

    consortium_id: ConsortiumId
    producer_id: ProducerId
    members_count: int


class MemberWithdrawn(Event):
    """A producer left a consortium; members_count is what it has now."""

    TYPE: ClassVar[str] = "fund.registry.member.withdrawn.v1"
    SUBJECT: ClassVar[str] = "consortium_id"

    consortium_id: ConsortiumId
    producer_id: ProducerId
    members_count: int


class PadronImported(Event):
    """A file of the padrón was imported, as it looked on a day; who is in it is not told here."""

    TYPE: ClassVar[str] = "fund.registry.padron.imported.v1"
    SUBJECT: ClassVar[str] = "import_run_id"

    import_run_id: ImportRunId
    as_of: date
    producers_new: int
    producers_changed: int
    parcels_new: int
    parcels_changed: int
    snapshots_added: int
