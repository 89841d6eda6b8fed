"""Checking an acta from its file alone: no server, no network, no clock."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from operator import eq
from typing import Any

from pydantic import ValidationError

from clients.fondo.verifying import seats, signatures
from clients.fondo.verifying.form import SEATS, ActaFile, Attendee, Content, instant
from clients.fondo.verifying.matters import faults_of_matter
from clients.fondo.verifying.report import Fault, Report, seat_name
from clients.fondo.verifying.signatures import Keys, faults_of_acta
from services.kernel import proof
from services.paper import acta as paper
from services.paper.drawing import PaperError

KnownKeys = Mapping[str, Collection[str]]
"""Person → the key ids that are known here to be theirs."""
_AGREED = {"approved": "aprobado", "rejected": "no aprobado"}


def verify(
    data: bytes, *, previous: bytes | None = None, known_keys: KnownKeys | None = None
) -> Report:
    """Check an acta's file, JSON or PDF; `previous` is the file of the acta before it.

    A PDF must be, byte for byte, what this program draws from the file inside it. Never raises:
    what cannot be read is a fault too.
    """
    if not data.startswith(b"%PDF"):
        return _verify_json(data, previous, known_keys)
    try:
        inside = paper.acta_in(data)
    except PaperError:
        why = "El PDF está dañado o no lleva el acta dentro."
        return Report((Fault("unreadable", "archivo PDF", why),))
    report = _verify_json(inside, previous, known_keys)
    if not report.is_valid:
        return report
    drawn = paper.acta_pdf(inside)
    if drawn == data:
        return _with_note(
            report, "El papel es exactamente el que resulta del acta que lleva dentro."
        )
    where = f"archivo PDF, byte {_first_difference(drawn, data)}"
    why = (
        "El papel no es el que resulta del acta que lleva dentro: se alteró, o lo dibujó otra"
        " versión del programa. El acta de dentro sí es válida; pida su papel de nuevo."
    )
    return _with_fault(report, Fault("paper", where, why))


def _with_note(report: Report, note: str) -> Report:
    return _again(report, report.faults, (*report.notes, note))


def _with_fault(report: Report, fault: Fault) -> Report:
    return _again(report, (*report.faults, fault), report.notes)


def _again(report: Report, faults: tuple[Fault, ...], notes: tuple[str, ...]) -> Report:
    return Report(
        faults, notes, report.number, report.content_sha256, report.previous_sha256, report.results
    )


def _first_difference(first: bytes, second: bytes) -> int:
    return sum(1 for _ in takewhile(bool, map(eq, first, second)))


def _verify_json(data: bytes, previous: bytes | None, known_keys: KnownKeys | None) -> Report:
    try:
        document = json.loads(data.decode("utf-8"))
        again = proof.canonical(document)
    except (ValueError, RecursionError):
        why = "No es un archivo JSON que se pueda leer."
        return Report((Fault("unreadable", "archivo", why),))
    faults: list[Fault] = []
    if again != data:
        where = f"archivo, byte {_first_difference(again, data)}"
        faults.append(
            Fault("not_canonical", where, "El texto no está en su forma única (RFC 8785).")
        )
    try:
        file = ActaFile.model_validate(document)
    except ValidationError as error:
        return Report((*faults, *_faults_of_form(error), *_faults_of_hash(document)))
    content_sha256 = signatures.hash_of(document["content"])
    faults += _faults_of_hash(document)
    faults += _faults_of_file(file, content_sha256, known_keys)
    faults += _faults_of_chain(file.content, previous)
    return Report(
        tuple(faults),
        _notes(file, previous, known_keys),
        file.content.number,
        content_sha256,
        file.content.previous_sha256,
        tuple(_results(file.content)),
    )


def _faults_of_form(error: ValidationError) -> Iterator[Fault]:
    for one in error.errors(include_url=False, include_input=False):
        where = "/" + "/".join(str(step) for step in one["loc"])
        yield Fault("form", where, "Falta un dato, sobra o no tiene la forma de un acta.")


def _faults_of_hash(document: Any) -> Iterator[Fault]:
    content = document.get("content") if isinstance(document, dict) else None
    if isinstance(content, dict) and signatures.hash_of(content) != document.get("content_sha256"):
        why = "El contenido no es el que se firmó: su huella SHA-256 es otra."
        yield Fault("content_hash", "contenido", why)


def _faults_of_file(
    file: ActaFile, content_sha256: str, known_keys: KnownKeys | None
) -> Iterator[Fault]:
    content, keys = file.content, Keys(file)
    yield from keys.faults(known_keys)
    yield from faults_of_acta(file, keys, content_sha256)
    yield from seats.faults_of_terms(content)
    yield from _faults_of_attendance(content)
    if instant(content.drawn_at) < _ended_at(content):
        yield Fault("window", "fecha del acta", "Se levantó antes de que terminara lo que cuenta.")
    places = [matter.position for matter in content.matters]
    if places != list(range(1, len(places) + 1)):
        yield Fault("order", "asuntos", "Los asuntos no están numerados en orden.")
    if content.session is None and len(places) != 1:
        yield Fault("order", "asuntos", "Sin sesión, el acta es de un solo asunto.")
    for matter in content.matters:
        yield from faults_of_matter(content, matter, keys)


def _faults_of_attendance(content: Content) -> Iterator[Fault]:
    answers = [one for matter in content.matters for one in matter.answers]
    answered = {(one.seat, one.holder_sub, one.cast_at) for one in answers}
    put_off = [matter.deferral for matter in content.matters if matter.deferral is not None]
    answered |= {(d.statement.seat, d.statement.holder_sub, d.deferred_at) for d in put_off}
    present = [(one.seat, one.holder_sub) for one in content.attendance]
    if present != sorted(set(present), key=lambda one: (SEATS.index(one[0]), one[1])):
        yield Fault("attendance", "asistencia", "No está una vez cada uno y en orden.")
    for attendee in content.attendance:
        yield from _faults_of_attendee(content, attendee, answered)
    for seat, sub in sorted({(seat, sub) for seat, sub, _ in answered} - set(present)):
        where = f"asistencia, {seat_name(seat)}"
        yield Fault("attendance", where, f"{sub} votó y no consta como asistente.")
    found = content.presiding
    told = None if found is None else (found.seat, found.holder_sub)
    lead = seats.leading(content, _ended_at(content))
    first = next((who for seat in lead for who in present if who[0] == seat), None)
    if told != first:
        yield Fault("presiding", "presidencia", "No presidió quien dice el acta.")


def _faults_of_attendee(
    content: Content, attendee: Attendee, answered: Collection[tuple[str, str, str]]
) -> Iterator[Fault]:
    where = f"asistencia, {seat_name(attendee.seat)} ({attendee.holder_sub})"
    wrong = seats.fault_of_holder(
        content,
        term_id=attendee.term_id,
        seat=attendee.seat,
        sub=attendee.holder_sub,
        capacity=attendee.capacity,
        at=instant(attendee.attended_at),
        where=where,
    )
    if wrong is not None:
        yield wrong
    voted = (attendee.seat, attendee.holder_sub, attendee.attended_at) in answered
    if attendee.call is None and not voted:
        yield Fault("attendance", where, "Consta como asistente sin registrarse ni votar.")
    if attendee.call is not None and content.session is None:
        yield Fault("attendance", where, "Se registró en una sesión que no hubo.")


def _ended_at(content: Content) -> datetime:
    closed = [instant(matter.closed_at) for matter in content.matters]
    if content.session is not None:
        closed.append(instant(content.session.closed_at))
    return max(closed, default=instant(content.drawn_at))


def _faults_of_chain(content: Content, previous: bytes | None) -> Iterator[Fault]:
    if (content.previous_sha256 is None) != (content.previous_number is None):
        yield Fault("chain", "acta anterior", "Se nombra solo por su número o solo por su huella.")
    if previous is None:
        return
    try:
        text = paper.acta_in(previous) if previous.startswith(b"%PDF") else previous
        before = json.loads(text.decode("utf-8"))["content"]
        found = (before["number"], signatures.hash_of(before))
    except (ValueError, RecursionError, LookupError, TypeError):
        yield Fault("chain", "acta anterior", "El archivo del acta anterior no se puede leer.")
        return
    if found != (content.previous_number, content.previous_sha256):
        why = f"La cadena está rota: el archivo dado es {found[0]}, o se alteró después."
        yield Fault("chain", "acta anterior", why)


def _notes(file: ActaFile, previous: bytes | None, known_keys: KnownKeys | None) -> tuple[str, ...]:
    content = file.content
    votes = sum(len(matter.votes) for matter in content.matters)
    notes = [f"{votes} votos y {len(file.signatures)} firmas del acta, con sus llaves públicas."]
    if content.previous_number is None:
        notes.append("Es la primera acta de la cadena.")
    elif previous is None:
        notes.append(
            f"Sigue al acta {content.previous_number}, huella {content.previous_sha256}; no se"
            " comprobó porque no se dio su archivo."
        )
    else:
        notes.append(f"Sigue al acta {content.previous_number}, cuyo archivo se comparó.")
    strangers = {key.holder_sub for key in file.keys} - set(known_keys or {})
    if strangers:
        names = ", ".join(sorted(strangers))
        notes.append(f"No se conoce aquí la llave de {names}: compare su huella por otra vía.")
    return tuple(notes)


def _results(content: Content) -> Iterator[str]:
    for matter in content.matters:
        outcome = matter.outcome
        if outcome is None or outcome.result is None:
            end = {"lapsed": "sin quórum", "deferred": "aplazado"}.get(matter.state, "retirado")
            yield f"{matter.title}: {end}"
        else:
            yield f"{matter.title}: {_AGREED[outcome.result]}, acuerdo {outcome.resolution_number}"
