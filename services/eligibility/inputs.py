"""The input of the policy `fund.eligibility`: what is asked, in the policy's own units.

Its JSON Schema is the contract with the policy. Money is whole céntimos, areas are whole square
metres, the only time is `as_of`. Parts that came later are optional, so that stored questions stay
readable.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.eligibility import splitting
from services.eligibility.signals import Likeness

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Centimos = Annotated[int, Field(strict=True, ge=0)]
SquareMetres = Annotated[int, Field(strict=True, ge=0)]
Flag = Annotated[bool, Field(strict=True)]


class InputPart(BaseModel):
    """A part of the policy's input: exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BudgetLine(InputPart):
    """A line of the plan's budget and who pays which part of it."""

    line_no: Annotated[int, Field(strict=True)]
    item: Text
    description: Text
    total_centimos: Centimos
    agroideas_centimos: Centimos
    agrobanco_centimos: Centimos
    own_centimos: Centimos


class Tranche(InputPart):
    """A planned disbursement (desembolso) and the milestone (hito) that it waits for."""

    sequence: Annotated[int, Field(strict=True)]
    channel: Text
    amount_centimos: Centimos
    milestone: Text


class Plan(InputPart):
    """The parts of the business plan that rules read."""

    budget_lines: list[BudgetLine]
    tranches: list[Tranche]


class Requested(InputPart):
    """What the plan asks for, by programme."""

    agroideas_centimos: Centimos
    agrobanco_centimos: Centimos


class Application(InputPart):
    """The application (solicitud)."""

    id: Text
    submitted_on: date
    plan: Plan
    requested: Requested


class Call(InputPart):
    """The call (convocatoria) that the application answers."""

    id: Text
    opens_on: date
    closes_on: date
    instruments: list[Text]
    envelope_centimos: Centimos
    per_producer_cap_centimos: Centimos


class Consortium(InputPart):
    """The consortium (consorcio)."""

    id: Text
    name: Text
    independent_accounting: Flag


class AnchorFirm(InputPart):
    """The anchor firm (empresa tractora)."""

    id: Text
    ruc: Text
    legal_name: Text
    ruc_state: Text
    ruc_condition: Text
    exporting: Flag
    ubigeo: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


class Ppa(InputPart):
    """The period [valid_from, valid_to) for which the producer stands in the PPA."""

    valid_from: date
    valid_to: date | None


class Parcel(InputPart):
    """A parcel (predio)."""

    code: Text
    area_m2: SquareMetres
    crop: Text
    tenure: Text


class Contract(InputPart):
    """What the anchor firm undertook to buy from the producer."""

    product: Text
    annual_volume_kg: Annotated[int, Field(strict=True, ge=0)]
    price_formula: Text


class OtherConsortium(InputPart):
    """Another consortium of which the producer is a member, and whether it was there first."""

    consortium_id: Text
    name: Text
    joined_first: bool


class Member(InputPart):
    """A producer of the consortium."""

    producer_id: Text
    dni: Text
    full_name: Text
    sex: Literal["F", "M", "X"]
    born_on: date
    alive: Flag
    cci: Text
    ppa: Ppa | None
    parcels: list[Parcel]
    total_area_m2: SquareMetres
    contract: Contract | None
    other_consortia: list[OtherConsortium]
    other_loans: Annotated[int, Field(strict=True, ge=0)] | None = None
    annual_income_centimos: Centimos | None = None


class EarlierAgreement(InputPart):
    """An agreement (convenio) that the organisation had before."""

    agreement_id: Text
    channel: Text


class Concentration(InputPart):
    """What other applications of the call hold, of the same anchor firm, region or crop."""

    by_anchor_centimos: Centimos | None = None
    by_region_centimos: Centimos | None = None
    by_crop_centimos: Centimos | None = None


class TaxpayerOnRecord(InputPart):
    """SUNAT's word on a RUC; with `found` false the rest is null."""

    ruc: Text
    found: Flag
    legal_name: Text | None = None
    state: Text | None = None
    condition: Text | None = None
    registered_on: date | None = None
    exporting: Flag | None = None
    coercive_debt_centimos: Centimos | None = None


class PersonOnRecord(InputPart):
    """RENIEC's word on a DNI."""

    dni: Text
    found: Flag
    full_name: Text | None = None
    alive: Flag | None = None


class EnrolmentOnRecord(InputPart):
    """The PPA's word on a DNI: the period [valid_from, valid_to) and the area of the parcels."""

    dni: Text
    found: Flag
    valid_from: date | None = None
    valid_to: date | None = None
    total_area_m2: SquareMetres | None = None


class DirectorOnRecord(InputPart):
    """A director of a legal person and the term [term_from, term_to)."""

    dni: Text
    full_name: Text
    term_from: date
    term_to: date | None


class LegalPersonOnRecord(InputPart):
    """SUNARP's word on a RUC."""

    ruc: Text
    found: Flag
    registered_on: date | None = None
    directors: list[DirectorOnRecord] = []


class CreditOnRecord(InputPart):
    """The credit bureau's word on a DNI; nobody's record means no credit history."""

    dni: Text
    found: Flag
    classification: Text | None = None
    overdue_centimos: Centimos | None = None


class Registers(InputPart):
    """What public registers said; each was asked about everybody whom its rules judge."""

    sunat: TaxpayerOnRecord
    sunarp: LegalPersonOnRecord
    reniec: list[PersonOnRecord]
    ppa: list[EnrolmentOnRecord]
    credit: list[CreditOnRecord]


class GatheredFacts(InputPart):
    """What registers hold of the applicant; `registers` is null only where none is asked, and
    the decision then says so (REG-000)."""

    consortium: Consortium
    anchor_firm: AnchorFirm
    members: list[Member]
    history: list[EarlierAgreement] | None = None
    concentration: Concentration | None = None
    parcel_groups: list[splitting.ParcelGroup] = []
    shared_parcels: list[splitting.SharedParcel] = []
    family_units: list[splitting.FamilyUnit] = []
    likeness: Likeness | None = None
    registers: Registers | None = None


class PolicyInput(InputPart):
    """The whole question."""

    as_of: date
    application: Application
    call: Call
    facts: GatheredFacts

    def resembling(self, likeness: Likeness) -> Self:
        """The same question with what is known of likenesses to other consortia."""
        facts = self.facts.model_copy(update={"likeness": likeness})
        return self.model_copy(update={"facts": facts})

    def document(self) -> dict[str, Any]:
        """The question as the JSON that is sent and stored."""
        return self.model_dump(mode="json")
