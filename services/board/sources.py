"""What the board asks its neighbours for a dossier: each body read narrowly, all or nothing.

A neighbour that is down, or says what cannot be read, leaves the file uncompiled: the workflow
asks again, and no member decides on half a dossier.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from services.board.readers import (
    AddendumReader,
    AgreementReader,
    ApplicationReader,
    AssessmentReader,
    BudgetReader,
    CallReader,
    FactsReader,
    FootprintReader,
    FootprintsReader,
    KinReader,
    Reader,
    RoundReader,
    RoundsReader,
    SignalsReader,
)
from services.kernel.errors import FieldError, Invalid, Missing, Unavailable
from services.kernel.neighbours import Neighbours

ASKED_AT_ONCE = 4
FOOTPRINTS_AT_ONCE = 100


class Kin(NamedTuple):
    """A consortium of the same parties, and what makes it so."""

    name: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that was asked for one dossier."""

    application: ApplicationReader
    rounds: Sequence[RoundReader]
    call: CallReader
    assessment: AssessmentReader | None
    signals: SignalsReader | None
    facts: FactsReader
    budget: BudgetReader
    call_agreements: Sequence[AgreementReader]
    footprints: dict[str, FootprintReader]
    kin: dict[str, Kin]
    """By consortium id: this one, and those that share its anchor firm or a producer."""
    kin_agreements: Sequence[AgreementReader]
    addendum: AddendumReader | None = None


Read = TypeVar("Read", bound=Reader)


class Asking:
    """GETs on the neighbours, a few at a time, each answer read by its reader."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._places = asyncio.Semaphore(ASKED_AT_ONCE)

    async def one(self, reader: type[Read], room: str, path: str) -> Read:
        """One body. Raises Unavailable when it is not there or cannot be read."""
        async with self._places:
            try:
                return reader.model_validate(await self._neighbours.read(room, path))
            except (Missing, ValidationError) as error:
                raise _incomplete(room) from error

    async def all(self, reader: type[Read], room: str, path: str) -> list[Read]:
        """Every item of a list, page after page."""
        items: list[Read] = []
        cursor: str | None = None
        while True:
            at = f"{path}&limit=200" + (f"&cursor={quote(cursor)}" if cursor else "")
            page = await self.one(_Page, room, at)
            try:
                items += [reader.model_validate(item) for item in page.data]
            except ValidationError as error:
                raise _incomplete(room) from error
            cursor = page.next_cursor
            if cursor is None:
                return items


def _incomplete(room: str) -> Unavailable:
    return Unavailable(
        "board.dossier_incomplete",
        f"El servicio {room} no dio completa una parte del expediente; no se abrió ni cambió"
        " ninguna votación. Vuelva a intentarlo.",
        retry_after_s=5,
    )


class _Page(Reader):
    data: list[dict[str, Any]]
    next_cursor: str | None = None


async def gather(
    neighbours: Neighbours, application_id: str, addendum_id: str | None = None
) -> Sources:
    """Everything a file says that is not the board's own, with an addendum if one is named.
    Raises Unavailable, and board.application_unknown when there is no such application."""
    ask = Asking(neighbours)
    application = await _application(neighbours, application_id)
    at = f"/v1/applications/{application_id}"
    rounds, call, facts, budget, of_call = await asyncio.gather(
        ask.one(RoundsReader, "applications", f"{at}/rounds"),
        ask.one(CallReader, "applications", f"/v1/calls/{application.call_id}"),
        ask.one(FactsReader, "registry", f"/v1/consortia/{application.consortium_id}/facts"),
        ask.one(BudgetReader, "disbursement", f"/v1/budgets?call_id={application.call_id}"),
        ask.all(AgreementReader, "disbursement", f"/v1/agreements?call_id={application.call_id}"),
    )
    assessment, signals = await asyncio.gather(
        _assessed(ask, AssessmentReader, application.assessment_id, ""),
        _assessed(ask, SignalsReader, application.assessment_id, "/signals"),
    )
    same_firm = await ask.all(
        KinReader, "registry", f"/v1/consortia?anchor_firm_id={facts.anchor_firm.id}"
    )
    kin = _kin(facts, same_firm)
    kin_agreements = await asyncio.gather(
        *(
            ask.all(AgreementReader, "disbursement", f"/v1/agreements?consortium_id={other}")
            for other in sorted(kin)
        )
    )
    owners = {application.consortium_id, *(agreement.consortium_id for agreement in of_call)}
    return Sources(
        application=application,
        rounds=rounds.data,
        call=call,
        assessment=assessment,
        signals=signals,
        facts=facts,
        budget=budget,
        call_agreements=of_call,
        footprints=await _footprints(ask, sorted(owners)),
        kin=kin,
        kin_agreements=[agreement for found in kin_agreements for agreement in found],
        addendum=await ask.one(AddendumReader, "disbursement", f"/v1/addenda/{addendum_id}")
        if addendum_id
        else None,
    )


def _kin(facts: FactsReader, same_firm: Sequence[KinReader]) -> dict[str, Kin]:
    shared = [other for member in facts.members for other in member.other_consortia]
    kin = {other.consortium_id: Kin(other.name, "shared_producers") for other in shared}
    kin |= {other.id: Kin(other.name, "same_anchor_firm") for other in same_firm}
    return kin | {facts.consortium.id: Kin(facts.consortium.name, "same_consortium")}


async def _application(neighbours: Neighbours, application_id: str) -> ApplicationReader:
    try:
        body = await neighbours.read("applications", f"/v1/applications/{application_id}")
    except Missing as error:
        detail = "No existe una solicitud con ese id; abra la votación de una que exista."
        raise Invalid(
            "board.application_unknown",
            detail,
            errors=[FieldError("/application_id", "board.application_unknown", detail)],
        ) from error
    try:
        return ApplicationReader.model_validate(body)
    except ValidationError as error:
        raise _incomplete("applications") from error


async def _assessed(
    ask: Asking, reader: type[Read], assessment_id: str | None, part: str
) -> Read | None:
    if assessment_id is None:
        return None
    return await ask.one(reader, "eligibility", f"/v1/assessments/{assessment_id}{part}")


async def _footprints(ask: Asking, owners: Sequence[str]) -> dict[str, FootprintReader]:
    asked = [
        "&".join(f"consortium_id={owner}" for owner in owners[start : start + FOOTPRINTS_AT_ONCE])
        for start in range(0, len(owners), FOOTPRINTS_AT_ONCE)
    ]
    answers = await asyncio.gather(
        *(ask.one(FootprintsReader, "registry", f"/v1/footprints?{query}") for query in asked)
    )
    return {found.consortium_id: found for answer in answers for found in answer.data}
