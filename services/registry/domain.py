"""Rules of the registry that need no database: areas, dates, repeated entries, who may join.

Whether a producer or a consortium is eligible is the policy's question, not asked here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.kernel.errors import Conflict, FieldError, Invalid, Stale
from services.kernel.values import cci_checks

AREA_PATTERN: Final = r"^(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?$"
MAX_AREA_M2: Final = 100_000_000
"""10 000 ha a parcel: far past any small producer's, so that what is larger is a typing error."""
MAX_MEMBERS: Final = 1000
MAX_PARCELS: Final = 100
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ubigeo:
    """A district's code; INEI and RENIEC number them differently, so the scheme goes with it."""

    scheme: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorFirmDraft:
    """What is declared of an anchor firm (empresa tractora)."""

    ruc: str
    legal_name: str
    ruc_state: str
    ruc_condition: str
    exporting: bool
    ubigeo: Ubigeo


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentTitle:
    """The title that a parcel was cut from (independización), and when."""

    number: str
    area_m2: int
    cut_on: date

    @property
    def area_ha(self) -> str:
        """The area as decimal text in hectares."""
        return to_area_ha(self.area_m2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The registered title (partida) of a parcel."""

    number: str
    registered_on: date
    parent: ParentTitle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelDraft:
    """A parcel (predio) of a producer."""

    code: str
    area_m2: int
    crop: str
    tenure: str
    ubigeo: Ubigeo
    title: Title | None = None
    boundary: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PpaPeriod:
    """Days on which a producer is in the PPA: [valid_from, valid_to), open when it has no end."""

    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerDraft:
    """What is declared of a producer."""

    dni: str
    full_name: str
    sex: str
    born_on: date
    alive: bool
    cci: str
    ppa: PpaPeriod | None
    parcels: Sequence[ParcelDraft]
    household: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDraft:
    """A producer and the supply contract that binds it to the anchor firm."""

    producer_id: str
    product: str
    annual_volume_kg: int
    price_formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsortiumDraft:
    """What is declared of a consortium."""

    name: str
    anchor_firm_id: str
    cci: str
    independent_accounting: bool
    members: Sequence[MemberDraft]


def to_area_m2(area_ha: str) -> int:
    """Square metres of a decimal text in hectares, `"1.8"` → 18000.

    Raises ValueError for more than four decimals, for zero and past 10 000 ha.
    """
    if not re.fullmatch(AREA_PATTERN, area_ha):
        raise ValueError("use hectáreas con hasta cuatro decimales, por ejemplo 1.8000")
    area_m2 = int(Decimal(area_ha) * 10_000)
    if not 0 < area_m2 <= MAX_AREA_M2:
        raise ValueError("el área debe ser mayor que 0 y no pasar de 10000 ha")
    return area_m2


def to_area_ha(area_m2: int) -> str:
    """The decimal text in hectares of an area, always with four decimals."""
    hectares, rest = divmod(area_m2, 10_000)
    return f"{hectares}.{rest:04d}"


def cci_warnings(cci: str) -> list[FieldError]:
    """What a person should confirm about a CCI: real accounts exist whose control digits fail."""
    if cci_checks(cci):
        return []
    return [
        FieldError(
            "/cci",
            "registry.cci_control_digits",
            "Los dígitos de control del CCI no coinciden; confírmelo con el banco y su titular.",
        )
    ]


def check_producer(draft: ProducerDraft, *, today: date) -> None:
    """Raise `registry.producer_invalid`, naming every field that contradicts another."""
    errors: list[FieldError] = []
    if draft.born_on > today:
        errors.append(
            FieldError("/born_on", "registry.born_in_future", "La fecha es posterior a hoy.")
        )
    ppa = draft.ppa
    if ppa is not None and ppa.valid_to is not None and ppa.valid_to <= ppa.valid_from:
        errors.append(
            FieldError(
                "/ppa/valid_to",
                "registry.ppa_period_empty",
                "Debe ser posterior a valid_from; el día final no se incluye.",
            )
        )
    errors += [
        FieldError(
            f"/parcels/{index}/code",
            "registry.parcel_repeated",
            "El predio ya figura antes en la lista; quite uno.",
        )
        for index in _repeated(parcel.code for parcel in draft.parcels)
    ]
    errors += [
        FieldError(
            f"/parcels/{index}/title/parent/number",
            "registry.parent_is_itself",
            "Un título no puede haberse cortado de sí mismo; indique el título matriz.",
        )
        for index, parcel in enumerate(draft.parcels)
        if parcel.title
        and parcel.title.parent
        and parcel.title.parent.number == parcel.title.number
    ]
    if errors:
        raise Invalid(
            "registry.producer_invalid",
            "Los datos del productor se contradicen; corrija los campos señalados.",
            errors=errors,
        )


def check_members(members: Sequence[MemberDraft], *, known: frozenset[str]) -> list[FieldError]:
    """The members that are nobody's id or that stand twice, each with its index."""
    unknown = [
        FieldError(
            f"/members/{index}/producer_id",
            "registry.producer_unknown",
            "No hay productor con ese id; regístrelo antes.",
        )
        for index, member in enumerate(members)
        if member.producer_id not in known
    ]
    repeated = [
        FieldError(
            f"/members/{index}/producer_id",
            "registry.member_repeated",
            "El productor ya figura antes en la lista; quite uno.",
        )
        for index in _repeated(member.producer_id for member in members)
    ]
    return unknown + repeated


def check_formation(
    draft: ConsortiumDraft, *, anchor_firm_known: bool, known_producers: frozenset[str]
) -> None:
    """Raise `registry.consortium_invalid` unless everybody that it names is registered, once."""
    errors = check_members(draft.members, known=known_producers)
    if not anchor_firm_known:
        errors.insert(
            0,
            FieldError(
                "/anchor_firm_id",
                "registry.anchor_firm_unknown",
                "No hay empresa tractora con ese id; regístrela antes.",
            ),
        )
    if errors:
        raise Invalid(
            "registry.consortium_invalid",
            "El consorcio nombra a quien no está registrado, o a alguien dos veces.",
            errors=errors,
        )


def check_joining(*, members_count: int, is_member: bool) -> None:
    """Raise unless one more member may join: not in it already, and the consortium not full."""
    if is_member:
        raise already_member()
    if members_count >= MAX_MEMBERS:
        raise Conflict(
            "registry.consortium_full",
            f"El consorcio ya tiene {MAX_MEMBERS} miembros, que es el máximo.",
        )


def check_version(*, current: int, expected: int | None) -> None:
    """Raise `registry.consortium_changed` when the caller saw another version than this one."""
    if expected is not None and expected != current:
        raise Stale(
            "registry.consortium_changed",
            f"El consorcio cambió (va por la versión {current}); léalo de nuevo y repita.",
        )


def already_member() -> Conflict:
    """The refusal of a second membership in the same consortium."""
    return Conflict(
        "registry.already_member", "El productor ya es miembro del consorcio; no hace falta más."
    )


def producer_unknown() -> Invalid:
    """The refusal of one member whose producer is not registered."""
    error = FieldError(
        "/producer_id",
        "registry.producer_unknown",
        "No hay productor con ese id; regístrelo antes.",
    )
    return Invalid("registry.producer_unknown", "El productor no está registrado.", errors=[error])


def ruc_taken(existing_id: str | None) -> Conflict:
    """The refusal of a second anchor firm with one RUC."""
    return Conflict("registry.ruc_taken", _taken("una empresa tractora", "RUC", existing_id))


def dni_taken(existing_id: str | None) -> Conflict:
    """The refusal of a second producer with one DNI."""
    return Conflict("registry.dni_taken", _taken("un productor", "DNI", existing_id))


def _taken(noun: str, document: str, existing_id: str | None) -> str:
    found = f": {existing_id}" if existing_id else ""
    return f"Ya hay {noun} con ese {document}{found}. Use ese registro."


def _repeated(values: Iterable[str]) -> list[int]:
    seen: set[str] = set()
    indexes: list[int] = []
    for index, value in enumerate(values):
        if value in seen:
            indexes.append(index)
        seen.add(value)
    return indexes
