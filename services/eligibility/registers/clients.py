"""One client a register: where it is asked, what it may say, and how long its word is taken.

A client answers about every subject that it was asked for: the record, or None when the register
does not know the subject. It never leaves one out.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Generic, Protocol, TypeVar
from urllib.parse import quote

from services.eligibility.registers.answers import (
    CreditStanding,
    Enrolment,
    LegalPerson,
    Person,
    Said,
    Taxpayer,
)
from services.eligibility.registers.asking import Asking, read, register_unavailable

MOST_AT_ONCE = 200
"""Persons in one request."""
Record = TypeVar("Record", bound=Said)
Record_co = TypeVar("Record_co", bound=Said, covariant=True)


class Register(Protocol[Record_co]):
    """A public register, as the room sees all of them."""

    @property
    def name(self) -> str:
        """Its name in evidence, cache and errors."""

    @property
    def valid_for(self) -> timedelta:
        """How long what it said may be used again."""

    @property
    def reader(self) -> type[Record_co]:
        """The shape of its records."""

    def path(self, subject: str) -> str:
        """Where it is asked about this subject, as the evidence names it."""

    async def about(self, subjects: Sequence[str]) -> Mapping[str, Record_co | None]:
        """The record of each subject, None for one that it does not know. Raises
        eligibility.register_unavailable when it does not answer for all of them."""


class _One(Generic[Record]):
    """A register that is asked about one legal person at a time."""

    name: ClassVar[str]
    valid_for: ClassVar[timedelta]
    folder: ClassVar[str]
    key: ClassVar[str]
    reader: type[Record]

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def path(self, subject: str) -> str:
        return f"{self.folder}/{quote(subject, safe='')}"

    async def about(self, subjects: Sequence[str]) -> Mapping[str, Record | None]:
        return {subject: await self._one(subject) for subject in subjects}

    async def _one(self, subject: str) -> Record | None:
        text = await self._asking.ask(self.name, "GET", self.path(subject))
        if text is None:
            return None
        record = read(self.name, self.reader, text)
        if getattr(record, self.key) != subject:
            raise register_unavailable(self.name, "respondió por otro número")
        return record


class _Many(Generic[Record]):
    """A register that is asked about many persons in one request, by DNI."""

    name: ClassVar[str]
    valid_for: ClassVar[timedelta]
    folder: ClassVar[str]
    reader: type[Record]
    batch: type["_Batch"]

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def path(self, subject: str) -> str:
        return f"{self.folder}#{quote(subject, safe='')}"

    async def about(self, subjects: Sequence[str]) -> Mapping[str, Record | None]:
        answers: dict[str, Record | None] = {}
        for start in range(0, len(subjects), MOST_AT_ONCE):
            answers |= await self._asked(list(subjects[start : start + MOST_AT_ONCE]))
        return answers

    async def _asked(self, dnis: list[str]) -> dict[str, Record | None]:
        text = await self._asking.ask(self.name, "POST", self.folder, {"dnis": dnis})
        if text is None:
            raise register_unavailable(self.name, "no atiende consultas por lista")
        batch = read(self.name, self.batch, text)
        records: list[Record] = batch.encontrados  # type: ignore[attr-defined]
        answered = [record.dni for record in records]  # type: ignore[attr-defined]
        if sorted([*answered, *batch.no_encontrados]) != sorted(dnis):
            raise register_unavailable(self.name, "no respondió por cada DNI, una vez")
        return {
            **dict.fromkeys(batch.no_encontrados),
            **dict(zip(answered, records, strict=True)),
        }


class _Batch(Said):
    no_encontrados: list[str]


class _Persons(_Batch):
    encontrados: list[Person]


class _Enrolments(_Batch):
    encontrados: list[Enrolment]


class _Standings(_Batch):
    encontrados: list[CreditStanding]


class Sunat(_One[Taxpayer]):
    """Taxpayers by RUC."""

    name, folder, key = "sunat", "/contribuyentes", "ddp_numruc"
    valid_for = timedelta(days=1)
    reader = Taxpayer


class Sunarp(_One[LegalPerson]):
    """Legal persons by RUC."""

    name, folder, key = "sunarp", "/personas-juridicas", "ruc"
    valid_for = timedelta(days=7)
    reader = LegalPerson


class Reniec(_Many[Person]):
    """Persons by DNI."""

    name, folder = "reniec", "/personas"
    valid_for = timedelta(days=1)
    reader, batch = Person, _Persons


class Ppa(_Many[Enrolment]):
    """Producers by DNI."""

    name, folder = "ppa", "/productores"
    valid_for = timedelta(days=1)
    reader, batch = Enrolment, _Enrolments


class Credit(_Many[CreditStanding]):
    """Credit classifications by DNI; nobody's record means no credit history."""

    name, folder = "credit", "/clasificaciones"
    valid_for = timedelta(days=1)
    reader, batch = CreditStanding, _Standings
