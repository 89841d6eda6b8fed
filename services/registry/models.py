"""Tables of the registry; each invariant that PostgreSQL can hold stands here by name."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kernel.db import instant_column, table_registry
from services.kernel.errors import FundError
from services.registry.domain import (
    ParentTitle,
    Title,
    Ubigeo,
    already_member,
    dni_taken,
    ruc_taken,
    to_area_ha,
)

ROOM = table_registry()

CONSTRAINT_ERRORS: dict[str, FundError] = {
    "uq_anchor_firm_ruc": ruc_taken(None),
    "uq_producer_dni": dni_taken(None),
    "uq_membership_current": already_member(),
}


class Table(SQLModel, registry=ROOM):
    """Base of the registry's tables."""


class AnchorFirm(Table, table=True):
    """An agro-export firm (empresa tractora), known by its RUC."""

    __tablename__ = "anchor_firm"
    __table_args__ = (
        UniqueConstraint("ruc", name="uq_anchor_firm_ruc"),
        CheckConstraint("ruc ~ '^(10|15|16|17|20)[0-9]{9}$'", name="ruc"),
        CheckConstraint("ruc_state IN ('ACTIVO', 'BAJA', 'SUSPENDIDO')", name="ruc_state"),
        CheckConstraint(
            "ruc_condition IN ('HABIDO', 'NO_HABIDO', 'NO_HALLADO')", name="ruc_condition"
        ),
        CheckConstraint("ubigeo_scheme IN ('INEI', 'RENIEC')", name="ubigeo_scheme"),
        CheckConstraint("ubigeo_code ~ '^[0-9]{6}$'", name="ubigeo_code"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    ruc: str = Field(sa_type=Text, nullable=False)
    legal_name: str = Field(sa_type=Text, nullable=False)
    ruc_state: str = Field(sa_type=Text, nullable=False)
    ruc_condition: str = Field(sa_type=Text, nullable=False)
    exporting: bool = Field(nullable=False)
    ubigeo_scheme: str = Field(sa_type=Text, nullable=False)
    ubigeo_code: str = Field(sa_type=Text, nullable=False)
    created_at: datetime = instant_column()

    @property
    def ubigeo(self) -> Ubigeo:
        """The district with its scheme."""
        return Ubigeo(scheme=self.ubigeo_scheme, code=self.ubigeo_code)


class Producer(Table, table=True):
    """A small producer, known by the DNI.

    `ppa_from` and `ppa_to` are the period in the PPA that was said when it was recorded here, and
    stay so; what is said later is a PpaRegistration.
    """

    __tablename__ = "producer"
    __table_args__ = (
        UniqueConstraint("dni", name="uq_producer_dni"),
        CheckConstraint(
            "octet_length(dni) = 8 AND octet_length(cci) = 20 AND (dni || cci) !~ '[^0-9]'",
            name="digits",
        ),
        CheckConstraint("sex = 'F' OR sex = 'M' OR sex = 'X'", name="sex"),
        CheckConstraint("born_on BETWEEN '1900-01-01' AND '2100-12-31'", name="born_on"),
        CheckConstraint(
            "(ppa_from IS NOT NULL OR ppa_to IS NULL) AND ppa_to > ppa_from"
            " AND ppa_from >= '1900-01-01' AND coalesce(ppa_to, ppa_from) <= '2100-12-31'",
            name="ppa",
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    dni: str = Field(sa_type=Text, nullable=False)
    full_name: str = Field(sa_type=Text, nullable=False)
    sex: str = Field(sa_type=Text, nullable=False)
    born_on: date = Field(nullable=False)
    alive: bool = Field(nullable=False)
    cci: str = Field(sa_type=Text, nullable=False)
    household: str | None = Field(default=None, sa_type=Text, nullable=True)
    created_at: datetime = instant_column()
    ppa_from: date | None = Field(default=None, nullable=True)
    ppa_to: date | None = Field(default=None, nullable=True)


class Parcel(Table, table=True):
    """A parcel (predio) that a producer declares. Two producers may declare the same one: a
    signal that the policy judges, so it is not refused here."""

    __tablename__ = "parcel"
    __table_args__ = (
        UniqueConstraint("producer_id", "code", name="uq_parcel_producer_id_code"),
        CheckConstraint("area_m2 BETWEEN 1 AND 100000000", name="area_m2"),
        CheckConstraint("ubigeo_scheme IN ('INEI', 'RENIEC')", name="ubigeo_scheme"),
        CheckConstraint("ubigeo_code ~ '^[0-9]{6}$'", name="ubigeo_code"),
        CheckConstraint("(title_number IS NULL) = (title_registered_on IS NULL)", name="title"),
        CheckConstraint(
            "(parent_title_number IS NULL) = (parent_area_m2 IS NULL)"
            " AND (parent_title_number IS NULL) = (cut_on IS NULL)"
            " AND (parent_title_number IS NULL OR title_number IS NOT NULL)",
            name="parent",
        ),
        CheckConstraint("parent_area_m2 > 0", name="parent_area_m2"),
        CheckConstraint(
            "title_registered_on BETWEEN '1900-01-01' AND '2100-12-31'"
            " AND cut_on BETWEEN '1900-01-01' AND '2100-12-31'",
            name="title_days",
        ),
        Index("ix_parcel_title_number", "title_number"),
        Index("ix_parcel_parent_title_number", "parent_title_number"),
        Index("ix_parcel_code", "code", "ubigeo_scheme", "ubigeo_code"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    producer_id: str = Field(sa_type=Text, foreign_key="producer.id", nullable=False)
    code: str = Field(sa_type=Text, nullable=False)
    area_m2: int = Field(sa_type=Integer, nullable=False)
    crop: str = Field(sa_type=Text, nullable=False)
    tenure: str = Field(sa_type=Text, nullable=False)
    ubigeo_scheme: str = Field(sa_type=Text, nullable=False)
    ubigeo_code: str = Field(sa_type=Text, nullable=False)
    title_number: str | None = Field(default=None, sa_type=Text, nullable=True)
    title_registered_on: date | None = Field(default=None, nullable=True)
    parent_title_number: str | None = Field(default=None, sa_type=Text, nullable=True)
    parent_area_m2: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    cut_on: date | None = Field(default=None, nullable=True)
    boundary: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), nullable=True
    )

    @property
    def ubigeo(self) -> Ubigeo:
        """The district with its scheme."""
        return Ubigeo(scheme=self.ubigeo_scheme, code=self.ubigeo_code)

    @property
    def area_ha(self) -> str:
        """The area as decimal text in hectares."""
        return to_area_ha(self.area_m2)

    @property
    def title(self) -> Title | None:
        """The registered title, with the one it was cut from, if any."""
        if self.title_number is None or self.title_registered_on is None:
            return None
        return Title(
            number=self.title_number, registered_on=self.title_registered_on, parent=self.parent
        )

    @property
    def parent(self) -> ParentTitle | None:
        """The title that the parcel was cut from, if any."""
        if self.parent_title_number is None or self.parent_area_m2 is None or self.cut_on is None:
            return None
        return ParentTitle(
            number=self.parent_title_number, area_m2=self.parent_area_m2, cut_on=self.cut_on
        )


class PpaRegistration(Table, table=True):
    """What the Padrón de Productores Agrarios said after the producer was recorded here.

    Valid in [valid_from, valid_to). Snapshots are added, never changed, so that past days can be
    asked about later; the first stands with the producer.
    """

    __tablename__ = "ppa_registration"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="period"),
        CheckConstraint(
            "valid_from >= '1900-01-01' AND coalesce(valid_to, valid_from) <= '2100-12-31'",
            name="bounds",
        ),
        Index("ix_ppa_registration_producer_id", "producer_id"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    producer_id: str = Field(sa_type=Text, foreign_key="producer.id", nullable=False)
    valid_from: date = Field(nullable=False)
    valid_to: date | None = Field(default=None, nullable=True)
    recorded_at: datetime = instant_column()


class Consortium(Table, table=True):
    """An alliance of an anchor firm and producers: a set of contracts, not a taxpayer."""

    __tablename__ = "consortium"
    __table_args__ = (
        CheckConstraint("cci ~ '^[0-9]{20}$'", name="cci"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_consortium_name", "name"),
        Index("ix_consortium_anchor_firm_id", "anchor_firm_id"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text, nullable=False)
    anchor_firm_id: str = Field(sa_type=Text, foreign_key="anchor_firm.id", nullable=False)
    cci: str = Field(sa_type=Text, nullable=False)
    independent_accounting: bool = Field(nullable=False)
    version: int = Field(sa_type=BigInteger, nullable=False)
    created_at: datetime = instant_column()
    updated_at: datetime = instant_column()


class Membership(Table, table=True):
    """A producer in a consortium, from joined_at to withdrawn_at, with its supply contract."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("annual_volume_kg BETWEEN 0 AND 2000000000", name="annual_volume_kg"),
        CheckConstraint("withdrawn_at >= joined_at", name="period"),
        Index(
            "uq_membership_current",
            "consortium_id",
            "producer_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_membership_producer_id", "producer_id"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    consortium_id: str = Field(sa_type=Text, foreign_key="consortium.id", nullable=False)
    producer_id: str = Field(sa_type=Text, foreign_key="producer.id", nullable=False)
    product: str = Field(sa_type=Text, nullable=False)
    annual_volume_kg: int = Field(sa_type=BigInteger, nullable=False)
    price_formula: str = Field(sa_type=Text, nullable=False)
    joined_at: datetime = instant_column()
    withdrawn_at: datetime | None = instant_column(nullable=True)


class ConsortiumProfile(Table, table=True):
    """What a consortium declared of itself, by number; the last one counts, all are kept."""

    __tablename__ = "consortium_profile"
    __table_args__ = (
        UniqueConstraint(
            "consortium_id", "number", name="uq_consortium_profile_consortium_id_number"
        ),
        CheckConstraint("number >= 1", name="number"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    consortium_id: str = Field(sa_type=Text, foreign_key="consortium.id", nullable=False)
    number: int = Field(sa_type=Integer, nullable=False)
    content: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    declared_by: str = Field(sa_type=Text, nullable=False)
    declared_at: datetime = instant_column()


class ImportRun(Table, table=True):
    """One import of the padrón: which files, as of which day, and what became of their rows.

    `producers` and `parcels` hold the counts read, new, changed, unchanged and rejected.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("parcels_sha256 ~ '^[0-9a-f]{64}$'", name="parcels_sha256"),
        CheckConstraint("finished_at >= started_at", name="period"),
        Index("ix_import_run_sha256", "sha256"),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    file_name: str = Field(sa_type=Text, nullable=False)
    sha256: str = Field(sa_type=Text, nullable=False)
    parcels_file_name: str | None = Field(default=None, sa_type=Text, nullable=True)
    parcels_sha256: str | None = Field(default=None, sa_type=Text, nullable=True)
    source: str = Field(sa_type=Text, nullable=False)
    as_of: date = Field(nullable=False)
    producers: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    parcels: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    snapshots_added: int = Field(sa_type=BigInteger, nullable=False)
    actor: str = Field(sa_type=Text, nullable=False)
    started_at: datetime = instant_column()
    finished_at: datetime = instant_column()
