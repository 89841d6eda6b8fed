"""Bodies of the registry's API; what they accept becomes drafts of the domain."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from services.kernel.schemas import (
    DAY_TEXT,
    Body,
    Cci,
    Count,
    Dni,
    Flag,
    Line,
    Prose,
    Ruc,
    example,
    identifier,
)
from services.registry import boundaries, domain
from services.registry.models import Consortium, Membership, Parcel
from services.registry.queries import ConsortiumView, MemberView, ProducerView

Day = Annotated[date, Field(ge=domain.FIRST_DAY, le=domain.LAST_DAY), DAY_TEXT]
"""A calendar day from 1900 to 2100."""
AreaHa = Annotated[
    str,
    StringConstraints(pattern=domain.AREA_PATTERN, max_length=10),
    AfterValidator(lambda area_ha: domain.to_area_ha(domain.to_area_m2(area_ha))),
]
"""Hectares as decimal text with at most four decimals, above 0 and at most 10 000."""
RucState = Literal["ACTIVO", "BAJA", "SUSPENDIDO"]
RucCondition = Literal["HABIDO", "NO_HABIDO", "NO_HALLADO"]
Sex = Literal["F", "M", "X"]
AnchorFirmId = Annotated[str, identifier("anc")]
ProducerId = Annotated[str, identifier("pro")]
ConsortiumId = Annotated[str, identifier("con")]

ANCHOR_FIRM_ID: Final = "anc_01kaw9yk2gf7z8v6e3m5q4r2t0"
PRODUCER_ID: Final = "pro_01kaw9yk2gf7z8v6e3m5q4r2t1"
CCI: Final = "00219300123456789013"
UBIGEO: Final = {"scheme": "INEI", "code": "120301"}
ANCHOR_FIRM: Final = {
    "ruc": "20100070970",
    "legal_name": "Agroexportadora Valle Verde S.A.C.",
    "ruc_state": "ACTIVO",
    "ruc_condition": "HABIDO",
    "exporting": True,
    "ubigeo": UBIGEO,
}
PERSON: Final = {"dni": "40123456", "full_name": "Rosa Quispe Huamán", "sex": "F", "alive": True}
PPA: Final = {"valid_from": "2025-03-01", "valid_to": "2028-03-01"}
TITLE: Final = {
    "number": "11005678",
    "registered_on": "2025-11-20",
    "parent": {"number": "11001234", "area_ha": "29.4000", "cut_on": "2025-11-03"},
}
PARCEL: Final = {
    "code": "P-0001",
    "area_ha": "1.8000",
    "crop": "palta",
    "tenure": "propietaria",
    "title": TITLE,
    "boundary": {"type": "Polygon", "coordinates": [boundaries.EXAMPLE_RING]},
}
HELD: Final = {"born_on": "1984-05-17", "cci": CCI, "ppa": PPA, "household": "H-0412"}
PRODUCER: Final = {**PERSON, **HELD, "parcels": [{**PARCEL, "ubigeo": UBIGEO}]}
CONTRACT: Final = {
    "product": "palta Hass",
    "annual_volume_kg": 9000,
    "price_formula": "70 % del FOB semanal, menos fletes",
}
MEMBER: Final = {"producer_id": PRODUCER_ID, **CONTRACT}
CONSORTIUM: Final = {
    "name": "Consorcio Palta del Mantaro",
    "anchor_firm_id": ANCHOR_FIRM_ID,
    "cci": CCI,
    "independent_accounting": False,
}


class Answer(Body):
    """Base of what is answered: read from the attributes of rows and views."""

    @classmethod
    def of(cls, source: object, **more: object) -> Self:
        """The body of a row; `more` are the fields that stand elsewhere."""
        found = {name: getattr(source, name) for name in cls.model_fields if name not in more}
        return cls.model_validate({**found, **more}, from_attributes=True)


class Ubigeo(Body):
    """A district's code with its scheme: INEI and RENIEC differ in most districts."""

    scheme: Literal["INEI", "RENIEC"]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]

    def draft(self) -> domain.Ubigeo:
        return domain.Ubigeo(scheme=self.scheme, code=self.code)


class Advice(Answer):
    """Something that was accepted and that a person should confirm."""

    pointer: Annotated[str, Field(examples=["/cci"])]
    code: Annotated[str, Field(examples=["cci_check_digit"])]
    detail: Annotated[str, Field(examples=["Los dígitos de control del CCI no coinciden."])]


class AnchorFirmIn(Body):
    """An anchor firm to register."""

    model_config = example(ANCHOR_FIRM)

    ruc: Ruc
    legal_name: Line
    ruc_state: RucState
    ruc_condition: RucCondition
    exporting: Flag
    ubigeo: Ubigeo

    def draft(self) -> domain.AnchorFirmDraft:
        return domain.AnchorFirmDraft(**{**dict(self), "ubigeo": self.ubigeo.draft()})


class AnchorFirmOut(Answer):
    """A registered anchor firm."""

    model_config = example({"id": ANCHOR_FIRM_ID, **ANCHOR_FIRM})

    id: AnchorFirmId
    ruc: str
    legal_name: str
    ruc_state: RucState
    ruc_condition: RucCondition
    exporting: bool
    ubigeo: Ubigeo


class PpaPeriod(Answer):
    """Days in the Padrón de Productores Agrarios: valid_to is the first day out, or null."""

    valid_from: Day
    valid_to: Day | None

    def draft(self) -> domain.PpaPeriod:
        return domain.PpaPeriod(valid_from=self.valid_from, valid_to=self.valid_to)


class ParentTitle(Answer):
    """The title that a parcel was cut from (título matriz), and when."""

    number: Line
    area_ha: AreaHa
    cut_on: Day

    def draft(self) -> domain.ParentTitle:
        area_m2 = domain.to_area_m2(self.area_ha)
        return domain.ParentTitle(number=self.number, area_m2=area_m2, cut_on=self.cut_on)


class Title(Answer):
    """The registered title (partida) of a parcel."""

    number: Line
    registered_on: Day
    parent: ParentTitle | None

    def draft(self) -> domain.Title:
        parent = self.parent.draft() if self.parent else None
        return domain.Title(number=self.number, registered_on=self.registered_on, parent=parent)


class ParcelIn(Body):
    """A parcel of a producer."""

    code: Line
    area_ha: AreaHa
    crop: Line
    tenure: Line
    ubigeo: Ubigeo
    title: Title | None = None
    boundary: boundaries.Boundary | None = None

    def draft(self) -> domain.ParcelDraft:
        return domain.ParcelDraft(
            code=self.code,
            area_m2=domain.to_area_m2(self.area_ha),
            crop=self.crop,
            tenure=self.tenure,
            ubigeo=self.ubigeo.draft(),
            title=self.title.draft() if self.title else None,
            boundary=self.boundary.model_dump(mode="json") if self.boundary else None,
        )


class ParcelFactsOut(Answer):
    """A parcel as the facts tell it."""

    code: str
    area_ha: str
    crop: str
    tenure: str
    title: Title | None
    boundary: boundaries.BoundaryOut | None


class ParcelOut(ParcelFactsOut):
    """A registered parcel."""

    ubigeo: Ubigeo


class ProducerIn(Body):
    """A producer to register, with the parcels and the PPA enrolment that the registers show."""

    model_config = example(PRODUCER)

    dni: Dni
    full_name: Line
    sex: Sex
    born_on: Day
    alive: Flag
    cci: Cci
    ppa: PpaPeriod | None
    parcels: Annotated[list[ParcelIn], Field(max_length=domain.MAX_PARCELS)]
    household: Line | None = None

    def draft(self) -> domain.ProducerDraft:
        return domain.ProducerDraft(
            **{
                **dict(self),
                "ppa": self.ppa.draft() if self.ppa else None,
                "parcels": [parcel.draft() for parcel in self.parcels],
            }
        )


class ProducerOut(Answer):
    """A registered producer; warnings name what a person should confirm."""

    model_config = example(
        {"id": PRODUCER_ID, **PRODUCER, "total_area_ha": "1.8000", "warnings": []}
    )

    id: ProducerId
    dni: str
    full_name: str
    sex: Sex
    born_on: date
    alive: bool
    cci: str
    ppa: PpaPeriod | None
    parcels: list[ParcelOut]
    total_area_ha: str
    household: str | None
    warnings: list[Advice]

    @classmethod
    def of_view(cls, view: ProducerView) -> Self:
        warnings = [*_warnings(view.producer), *_drawn_otherwise(view.parcels)]
        return cls.of(view.producer, **land_of(view, ParcelOut.of), warnings=warnings)


def _drawn_otherwise(parcels: Sequence[Parcel]) -> list[Advice]:
    """The parcels whose boundary bounds another area than they declare."""
    return [
        Advice(
            pointer=f"/parcels/{index}/boundary",
            code="registry.boundary_area",
            detail=f"El lindero encierra {domain.to_area_ha(drawn_m2)} ha y se declaran"
            f" {parcel.area_ha} ha; confirme cuál corresponde.",
        )
        for index, parcel in enumerate(parcels)
        if parcel.boundary is not None
        for drawn_m2 in [boundaries.area_m2(parcel.boundary["coordinates"])]
        if boundaries.area_differs(drawn_m2, declared_m2=parcel.area_m2)
    ]


def land_of(view: ProducerView, shown: Callable[[Parcel], ParcelFactsOut]) -> dict[str, Any]:
    """A producer's parcels and PPA enrolment, as fields of a body."""
    parcels: Sequence[Parcel] = view.parcels
    return {
        "ppa": None if view.ppa is None else PpaPeriod.of(view.ppa),
        "parcels": [shown(parcel) for parcel in parcels],
        "total_area_ha": domain.to_area_ha(sum(parcel.area_m2 for parcel in parcels)),
    }


def _warnings(holder: Any) -> list[Advice]:
    return [Advice.of(found) for found in domain.cci_warnings(holder.cci)]


class Contract(Answer):
    """The supply contract between a member and the anchor firm."""

    product: Line
    annual_volume_kg: Count
    price_formula: Prose


class MemberIn(Contract):
    """A producer who joins, with its contract."""

    model_config = example(MEMBER)

    producer_id: ProducerId

    def draft(self) -> domain.MemberDraft:
        return domain.MemberDraft(**dict(self))


class MembershipOut(Answer):
    """A membership after it began or ended, with its consortium's new version."""

    consortium_id: ConsortiumId
    consortium_version: int
    producer_id: ProducerId
    contract: Contract
    joined_at: datetime
    withdrawn_at: datetime | None

    @classmethod
    def of_result(cls, result: tuple[Membership, int]) -> Self:
        row, version = result
        return cls.of(row, consortium_version=version, contract=Contract.of(row))


class ConsortiumIn(Body):
    """A consortium to form: the anchor firm and the members with their contracts."""

    model_config = example({**CONSORTIUM, "members": [MEMBER]})

    name: Line
    anchor_firm_id: AnchorFirmId
    cci: Cci
    independent_accounting: Flag = False
    members: Annotated[list[MemberIn], Field(max_length=domain.MAX_MEMBERS)]

    def draft(self) -> domain.ConsortiumDraft:
        members = [member.draft() for member in self.members]
        return domain.ConsortiumDraft(**{**dict(self), "members": members})


class MemberOut(Answer):
    """A current member of a consortium."""

    producer_id: ProducerId
    full_name: str
    dni: str
    cci: str
    total_area_ha: str
    contract: Contract
    joined_at: datetime

    @classmethod
    def of_view(cls, view: MemberView) -> Self:
        return cls.of(
            view.producer,
            producer_id=view.producer.id,
            total_area_ha=domain.to_area_ha(view.total_area_m2),
            contract=Contract.of(view.membership),
            joined_at=view.membership.joined_at,
        )


class ConsortiumSummary(Answer):
    """A consortium without its members, as lists show it."""

    id: ConsortiumId
    name: str
    anchor_firm_id: AnchorFirmId
    cci: str
    independent_accounting: bool
    version: int
    created_at: datetime
    updated_at: datetime
    warnings: list[Advice]

    @classmethod
    def of_row(cls, row: Consortium) -> Self:
        return cls.of(row, warnings=_warnings(row))


class ConsortiumOut(ConsortiumSummary):
    """A consortium with its current members."""

    members: list[MemberOut]

    @classmethod
    def of_view(cls, view: ConsortiumView) -> Self:
        members = [MemberOut.of_view(member) for member in view.members]
        return cls.of(view.consortium, warnings=_warnings(view.consortium), members=members)
