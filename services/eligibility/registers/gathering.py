"""The facts of the rooms together with what the public registers say of the same people."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.eligibility import inputs
from services.eligibility.facts import ApplicationFacts, Dossier, Evidence, Facts
from services.eligibility.land import square_metres
from services.eligibility.models import RegisterAnswer
from services.eligibility.registers import cache
from services.eligibility.registers.answers import (
    CreditStanding,
    Enrolment,
    LegalPerson,
    Person,
    Taxpayer,
)
from services.eligibility.registers.asking import Asking, Read, read, text_of
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
    """The rows of one register, by subject."""

    register: str
    rows: dict[str, RegisterAnswer]

    def record(self, subject: str, reader: type[Read]) -> Read | None:
        """The record of a subject; None when the register does not know it."""
        row = self.rows[subject]
        if row.status == cache.NOT_FOUND:
            return None
        return read(self.register, reader, text_of(row.body))

    def evidence(self) -> Iterable[Evidence]:
        """Who said it, about whom, when; the hash stands for what is kept of it."""
        for row in self.rows.values():
            yield Evidence(row.register_name, row.path, row.sha256, row.asked_at)


class RegisterFacts:
    """Facts of the rooms, and of the registers."""

    def __init__(self, rooms: Facts, database: Database, asking: Asking) -> None:
        self._rooms = rooms
        self._database = database
        self._sunat, self._sunarp = Sunat(asking), Sunarp(asking)
        self._reniec, self._ppa, self._credit = Reniec(asking), Ppa(asking), Credit(asking)

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
        sunat, sunarp, reniec, ppa = await _all(
            self._asked(self._sunat, [ruc], since),
            self._asked(self._sunarp, [ruc], since),
            self._asked(self._reniec, dnis, since),
            self._asked(self._ppa, dnis, since),
        )
        entry = sunarp.record(ruc, LegalPerson)
        directors = {one.dni for one in entry.directivos} if entry is not None else set()
        credit = await self._asked(self._credit, sorted({*dnis, *directors}), since)
        registers = inputs.Registers(
            sunat=_taxpayer(ruc, sunat.record(ruc, Taxpayer)),
            sunarp=_legal_person(ruc, entry),
            reniec=[_person(dni, reniec.record(dni, Person)) for dni in dnis],
            ppa=[_enrolment(dni, ppa.record(dni, Enrolment)) for dni in dnis],
            credit=[_credit(dni, credit.record(dni, CreditStanding)) for dni in credit.rows],
        )
        whole = facts.model_copy(update={"registers": registers})
        answered = (sunat, sunarp, reniec, ppa, credit)
        return Dossier(
            dossier.question.model_copy(update={"facts": whole}),
            (*dossier.evidence, *(one for register in answered for one in register.evidence())),
            dossier.registry,
        )

    async def _asked(
        self, register: Register[Read], subjects: Sequence[str], since: datetime | None
    ) -> Answered:
        rows = await cache.valid(
            self._database, register.name, subjects, now=clock.now(), since=since
        )
        unknown = [subject for subject in subjects if subject not in rows]
        if unknown:
            said = await register.about(unknown)
            rows |= await cache.keep(self._database, register, said, now=clock.now())
        return Answered(register.name, {subject: rows[subject] for subject in subjects})


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
