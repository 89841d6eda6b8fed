"""What the registers say, read strictly: the names are theirs (PIDE), and only what a rule needs
is read and kept (Ley 29733, proportionality).
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[
    str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Ruc = Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")]
Dni = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
Soles = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}\.[0-9]{2}$")]
Hectares = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")]
Flag = Annotated[bool, Field(strict=True)]


class Said(BaseModel):
    """A part of a register's answer: these fields in these types; others are not ours."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Taxpayer(Said):
    """SUNAT, DatosPrincipales with the coercive debt; it must agree with itself."""

    ddp_numruc: Ruc
    ddp_nombre: Text
    ddp_estado: Text
    ddp_flag22: Text
    ddp_fecalt: date
    es_activo: Annotated[Flag, Field(alias="esActivo")]
    es_habido: Annotated[Flag, Field(alias="esHabido")]
    exportador: Flag
    deuda_coactiva: Soles

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.es_activo is not (self.ddp_estado == "ACTIVO"):
            raise ValueError("esActivo and ddp_estado contradict each other")
        if self.es_habido is not (self.ddp_flag22 == "HABIDO"):
            raise ValueError("esHabido and ddp_flag22 contradict each other")
        return self


class Person(Said):
    """RENIEC, consulta DNI."""

    dni: Dni
    nombre_completo: Text
    vive: Flag


class Plot(Said):
    """A parcel of the PPA."""

    codigo: Text
    area_ha: Hectares


class Enrolment(Said):
    """PPA: the period [vigente_desde, vigente_hasta) of a producer, and the parcels."""

    dni: Dni
    vigente_desde: date
    vigente_hasta: date | None
    predios: Annotated[list[Plot], Field(max_length=500)]

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if self.vigente_hasta is not None and self.vigente_hasta <= self.vigente_desde:
            raise ValueError("the period ends before it begins")
        return self


class Director(Said):
    """A director of a legal person and the term [desde, hasta)."""

    dni: Dni
    nombre: Text
    cargo: Text
    desde: date
    hasta: date | None


class LegalPerson(Said):
    """SUNARP, the entry of a legal person."""

    ruc: Ruc
    razon_social: Text
    inscrita_el: date
    directivos: Annotated[list[Director], Field(max_length=200)]


class CreditStanding(Said):
    """The credit bureau: the worst SBS class of a person, and what is overdue in soles."""

    dni: Dni
    clasificacion: Literal["NORMAL", "CPP", "DEFICIENTE", "DUDOSO", "PERDIDA"]
    vencido: Soles
