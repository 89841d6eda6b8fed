"""Every signature of an acta: keys, votes, deferrals, the members' signatures and the seal."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from clients.fondo.verifying.form import ActaFile, Content, Key, Signed, instant, plain
from clients.fondo.verifying.report import Fault, seat_name
from services.kernel import proof

SLACK: Final = timedelta(minutes=5)
"""How far a signed time may lie from the time at which the fund received it."""

Who = tuple[str, str]
"""Seat and person."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the file that prove themselves, and their history as the acta tells it."""

    file: ActaFile

    def faults(self, known: Mapping[str, Collection[str]] | None) -> Iterator[Fault]:
        """Keys that do not prove themselves, that nobody used, or that are not the ones known
        here (`known`: person → key ids)."""
        ids = [key.key_id for key in self.file.keys]
        if ids != sorted(set(ids)):
            yield Fault("key", "llaves", "Las llaves no están una vez cada una y en orden.")
        history = {one.key_id: one for one in self.file.content.keys}
        if len(history) != len(self.file.content.keys):
            yield Fault("key", "historia de llaves", "Una llave figura dos veces.")
        for unused in sorted(set(ids) - set(self._used())):
            yield Fault("key", f"llave {unused}", "Nadie firmó con esta llave en el acta.")
        for untold in sorted(set(self._told()) - set(history)):
            yield Fault("key", f"llave {untold}", "La historia no dice desde cuándo vale.")
        for key in self.file.keys:
            yield from self._faults_of(key, known)
            told = history.get(key.key_id)
            if told is not None and told.holder_sub != key.holder_sub:
                yield Fault("key", f"llave {key.key_id}", "La historia la da a otra persona.")

    def _faults_of(self, key: Key, known: Mapping[str, Collection[str]] | None) -> Iterator[Fault]:
        where = f"llave {key.key_id} de {key.holder_sub}"
        statement = {
            "type": "fondo.key.v1",
            "jwk": key.jwk,
            "holder_sub": key.holder_sub,
            "signed_at": key.signed_at,
        }
        if not _proves(statement, key.signature, key.jwk):
            yield Fault("key", where, "No está registrada por quien la tiene: su prueba no cuadra.")
        elif proof.thumbprint(key.jwk) != key.key_id:
            yield Fault("key", where, "La huella no es la de la llave.")
        ours = (known or {}).get(key.holder_sub)
        if ours is not None and key.key_id not in ours:
            yield Fault("key_unknown", where, "No es la llave que se conoce aquí de esa persona.")

    def _used(self) -> Iterator[str]:
        yield from (one.key_id for one in self.file.signatures)
        if self.file.seal is not None and self.file.seal.key_id is not None:
            yield self.file.seal.key_id
        yield from self._told()

    def _told(self) -> Iterator[str]:
        """The keys that signed what the content tells: their history stands there."""
        for matter in self.file.content.matters:
            yield from (vote.key_id for vote in (*matter.votes, *matter.void_votes))
            if matter.deferral is not None:
                yield matter.deferral.key_id

    def faults_of(
        self, signed: Signed, statement: dict[str, Any], *, at: datetime, code: str, where: str
    ) -> Iterator[Fault]:
        """Why a signature, received `at` an instant, does not prove its statement."""
        key = next((key for key in self.file.keys if key.key_id == signed.key_id), None)
        if key is None:
            yield Fault("key", where, "La llave con que se firmó no está en el acta.")
            return
        if not _proves(statement, signed.signature, key.jwk):
            yield Fault(code, where, "La firma no corresponde al texto: se alteró uno u otra.")
        if key.holder_sub != statement["holder_sub"]:
            yield Fault(code, where, "La llave es de otra persona.")
        told = next((one for one in self.file.content.keys if one.key_id == key.key_id), None)
        if told is not None and not _usable(told.registered_at, told.revoked_at, at):
            yield Fault("key", where, "La llave no estaba registrada o ya estaba revocada.")


def _usable(registered_at: str, revoked_at: str | None, at: datetime) -> bool:
    ended = revoked_at is not None and at >= instant(revoked_at)
    return instant(registered_at) <= at and not ended


def _proves(statement: dict[str, Any], signature: str, jwk: dict[str, Any]) -> bool:
    try:
        proof.check(statement, signature, jwk)
    except (proof.ProofError, ValueError):
        return False
    return True


def hash_of(content: dict[str, Any]) -> str:
    """The SHA-256 of a content as it stands in the file; raises ValueError for what has none."""
    return hashlib.sha256(proof.canonical(content)).hexdigest()


def faults_of_acta(file: ActaFile, keys: Keys, content_sha256: str) -> Iterator[Fault]:
    """The members' signatures and the seal: who had to sign, who did, and over what."""
    content, signed = file.content, set[Who]()
    present: set[Who] = {(one.seat, one.holder_sub) for one in content.attendance}
    for one in file.signatures:
        statement = one.statement
        who = (statement.seat, statement.holder_sub)
        where = f"firma de {seat_name(statement.seat)} ({statement.holder_sub})"
        yield from keys.faults_of(
            one,
            plain(statement),
            at=instant(content.drawn_at),
            code="acta_signature",
            where=where,
        )
        if (statement.acta_id, statement.content_sha256) != (content.acta_id, content_sha256):
            yield Fault("acta_signature", where, "Firmó otro contenido que el de esta acta.")
        if who not in present:
            yield Fault("acta_signature", where, "Firma quien no consta como asistente.")
        if who in signed:
            yield Fault("acta_signature", where, "La misma persona firma dos veces.")
        if instant(statement.signed_at) < instant(content.drawn_at) - SLACK:
            yield Fault("acta_signature", where, "Firmó antes de que el acta se levantara.")
        signed.add(who)
    yield from _faults_of_seal(file, keys, content_sha256, present - signed)


def _faults_of_seal(
    file: ActaFile, keys: Keys, content_sha256: str, missing: set[Who]
) -> Iterator[Fault]:
    seal, content = file.seal, file.content
    if seal is None:
        yield Fault("not_sealed", "sello", "El acta no está sellada: es un borrador.")
        return
    for seat, sub in sorted(missing & _must_sign(content)):
        why = "Falta la firma de quien presidió o discrepó (LPAG art. 113.3)."
        yield Fault("missing_signature", f"firma de {seat_name(seat)} ({sub})", why)
    if seal.kind == "complete":
        for seat, sub in sorted(missing):
            where = f"firma de {seat_name(seat)} ({sub})"
            yield Fault("missing_signature", where, "El sello dice que firmaron todos, y falta.")
        if (seal.key_id, seal.signature, seal.statement) != (None, None, None):
            yield Fault("seal", "sello", "El sello completo no lleva firma propia.")
        if not file.signatures:
            yield Fault("seal", "sello", "Nadie firmó el acta.")
        return
    if seal.statement is None or seal.key_id is None or seal.signature is None:
        yield Fault("seal", "sello", "El sello de la secretaría no está firmado.")
        return
    by_key = Signed(key_id=seal.key_id, signature=seal.signature)
    drawn_at, statement = instant(content.drawn_at), plain(seal.statement)
    yield from keys.faults_of(by_key, statement, at=drawn_at, code="seal", where="sello")
    if (seal.statement.acta_id, seal.statement.content_sha256) != (content.acta_id, content_sha256):
        yield Fault("seal", "sello", "El sello es de otro contenido.")
    if {(one.seat, one.holder_sub) for one in seal.statement.missing} != missing:
        yield Fault("seal", "sello", "El sello no nombra a quienes faltan firmar.")


def _must_sign(content: Content) -> set[Who]:
    named: set[Who] = {
        (one.seat, one.holder_sub) for matter in content.matters for one in matter.dissent
    }
    if content.presiding is not None:
        named.add((content.presiding.seat, content.presiding.holder_sub))
    return named
