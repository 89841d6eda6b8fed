"""The facts of the rooms together with what the public registers say of the same people."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.eligibility import inputs
from services.eligibility.facts import ApplicationFacts, Dossier, Evidence, Facts
from services.eligibility.land import square_metres
from services.eligibility.registers import cache
from services.eligibility.registers.answers import (
    CreditStanding,
    Enrolment,
    LegalPerson,
    Person,
    Taxpayer,
)
from services.eligibility.registers.asking import Asking, Read, read
from services.eligibility.registers.clients import (
    Credit,
    Ppa,
    Register,
    Reniec,
    Sunarp,
    Sunat,
)
from services.kernel import clock
from services.kernel.db import Database
from services.kernel.errors import Unavailable
from services.kernel.values import to_centimos


@dataclass(frozen=True, slots=True)
class Answered:
    """What one register said, by subject."""

    register: str
    kept: dict[str, cache.Kept]

    def record(self, subject: str, reader: type[Read]) -> Read | None:
        """The record of a subject; None when the register does not know it."""
        said = self.kept[subject]
        return None if said.status == cache.NOT_FOUND else read(self.register, reader, said.body)

    def evidence(self) -> Iterable[Evidence]:
        """Who said it, about whom, when; the hash stands for what is kept of it."""
        for said in self.kept.values():
            yield Evidence(said.register, said.path, said.sha256, said.asked_at)


class RegisterFacts:
    """Facts of the rooms, and of the registers."""

    def __init__(self, rooms: Facts, database: Database, asking: Asking) -> None:
        self._rooms = rooms
        self._database = database
        self._sunat, self._sunarp = Sunat(asking), Sunarp(asking)
        self._reniec, self._ppa, self._credit = Reniec(asking), Ppa(asking), Credit(asking)
        self._of_people = (self._reniec, self._ppa, self._credit)

    async def application(self, application_id: str) -> ApplicationFacts:
        """The application; raises Missing when there is none."""
        return await self._rooms.application(application_id)

    async def dossier(self, application: ApplicationFacts, *, as_of: date) -> Dossier:
        """The rooms' dossier with the registers' part. Raises Unavailable while any source is
        silent; what the others said is kept meanwhile.

        An amended dossier is judged by answers asked after it was handed in, so that what was
        put right at a register counts.
        """
        dossier = await self._rooms.dossier(application, as_of=as_of)
        facts = dossier.question.facts
        ruc = facts.anchor_firm.ruc
        dnis = sorted({member.dni for member in facts.members})
        since = application.body.submitted_at if application.body.round > 1 else None
        people = [(register.name, dni) for register in self._of_people for dni in dnis]
        firm = [(self._sunat.name, ruc), (self._sunarp.name, ruc)]
        known = await self._known([*firm, *people], since)
        sunat, sunarp, reniec, ppa = await _all(
            self._asked(self._sunat, [ruc], known),
            self._asked(self._sunarp, [ruc], known),
            self._asked(self._reniec, dnis, known),
            self._asked(self._ppa, dnis, known),
        )
        entry = sunarp.record(ruc, LegalPerson)
        directors = {one.dni for one in entry.directivos} if entry is not None else set()
        others = sorted(directors.difference(dnis))
        if others:
            known |= await self._known([(self._credit.name, dni) for dni in others], since)
        credit = await self._asked(self._credit, sorted({*dnis, *directors}), known)
        registers = inputs.Registers(
            sunat=_taxpayer(ruc, sunat.record(ruc, Taxpayer)),
            sunarp=_legal_person(ruc, entry),
            reniec=[_person(dni, reniec.record(dni, Person)) for dni in dnis],
            ppa=[_enrolment(dni, ppa.record(dni, Enrolment)) for dni in dnis],
            credit=[_credit(dni, credit.record(dni, CreditStanding)) for dni in credit.kept],
        )
        whole = facts.model_copy(update={"registers": registers})
        answered = (sunat, sunarp, reniec, ppa, credit)
        return Dossier(
            dossier.question.model_copy(update={"facts": whole}),
            (*dossier.evidence, *(one for register in answered for one in register.evidence())),
            dossier.registry,
        )

    async def _known(
        self, wanted: Sequence[tuple[str, str]], since: datetime | None
    ) -> cache.Known:
        return await cache.valid(self._database, wanted, now=clock.now(), since=since)

    async def _asked(
        self, register: Register[Read], subjects: Sequence[str], known: cache.Known
    ) -> Answered:
        unknown = [one for one in subjects if (register.name, one) not in known]
        if unknown:
            said = await register.about(unknown)
            known = known | await cache.keep(self._database, register, said, now=clock.now())
        return Answered(register.name, {one: known[register.name, one] for one in subjects})


async def _all(*asked: Coroutine[Any, Any, Answered]) -> list[Answered]:
    """All answers; when some are missing, the others are kept before the first error is raised."""
    ended = await asyncio.gather(*asked, return_exceptions=True)
    errors = [one for one in ended if isinstance(one, BaseException)]
    for error in sorted(errors, key=lambda one: isinstance(one, Unavailable)):
        raise error
    return [one for one in ended if isinstance(one, Answered)]


def _taxpayer(ruc: str, said: Taxpayer | None) -> inputs.TaxpayerOnRecord:
    if said is None:
        return inputs.TaxpayerOnRecord(ruc=ruc, found=False)
    return inputs.TaxpayerOnRecord(
        ruc=ruc,
        found=True,
        legal_name=said.ddp_nombre,
        state=said.ddp_estado,
        condition=said.ddp_flag22,
        registered_on=said.ddp_fecalt,
        exporting=said.exportador,
        coercive_debt_centimos=to_centimos(said.deuda_coactiva),
    )


def _legal_person(ruc: str, said: LegalPerson | None) -> inputs.LegalPersonOnRecord:
    if said is None:
        return inputs.LegalPersonOnRecord(ruc=ruc, found=False)
    directors = [
        inputs.DirectorOnRecord(
            dni=one.dni, full_name=one.nombre, term_from=one.desde, term_to=one.hasta
        )
        for one in said.directivos
    ]
    return inputs.LegalPersonOnRecord(
        ruc=ruc, found=True, registered_on=said.inscrita_el, directors=directors
    )


def _person(dni: str, said: Person | None) -> inputs.PersonOnRecord:
    if said is None:
        return inputs.PersonOnRecord(dni=dni, found=False)
    return inputs.PersonOnRecord(
        dni=dni, found=True, full_name=said.nombre_completo, alive=said.vive
    )


def _enrolment(dni: str, said: Enrolment | None) -> inputs.EnrolmentOnRecord:
    if said is None:
        return inputs.EnrolmentOnRecord(dni=dni, found=False)
    return inputs.EnrolmentOnRecord(
        dni=dni,
        found=True,
        valid_from=said.vigente_desde,
        valid_to=said.vigente_hasta,
        total_area_m2=sum(square_metres(plot.area_ha) for plot in said.predios),
    )


def _credit(dni: str, said: CreditStanding | None) -> inputs.CreditOnRecord:
    if said is None:
        return inputs.CreditOnRecord(dni=dni, found=False)
    return inputs.CreditOnRecord(
        dni=dni,
        found=True,
        classification=said.clasificacion,
        overdue_centimos=to_centimos(said.vencido),
    )
