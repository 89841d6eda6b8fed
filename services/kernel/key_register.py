"""A room's register of public keys, and what a signature must prove before it counts there.

A private key never comes here: who registers a key proves by a signature that it holds one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.kernel import proof
from services.kernel.db import AsyncSession, SQLModel, rows_in
from services.kernel.errors import Conflict, Denied, FieldError, Invalid
from services.kernel.statements import key_statement
from services.kernel.work import Work

Key = TypeVar("Key", bound=SQLModel)

SLACK: Final = timedelta(minutes=5)
"""A statement is signed when it is sent, give or take this much."""


@dataclass(frozen=True, slots=True)
class KeyRegister(Generic[Key]):
    """The keys in one room's table, and what the room says (in Spanish) of those that are not
    good: a signature over another text, a key it does not know, another person's, a revoked one.
    """

    room: str
    table: type[Key]
    forged: str
    unknown: str
    foreign: str
    revoked: str

    async def enter(
        self, work: Work, *, jwk: dict[str, Any], signed_at: datetime, signature: str
    ) -> tuple[Key, bool]:
        """The caller's public key, which it proves to hold, and whether it is new: the same key
        again is the one that is there.

        Raises key_malformed, signed_at_off, signature_invalid, key_taken or key_revoked, each
        under the room's name.
        """
        self._check_instant(signed_at, work.now)
        try:
            kid, algorithm = proof.thumbprint(jwk), proof.algorithm_of(jwk)
        except proof.ProofError as error:
            raise self._invalid(
                "key_malformed", "/jwk", "La llave pública no es Ed25519 ni P-256; genere otra."
            ) from error
        statement = key_statement(jwk=jwk, holder_sub=work.actor.sub, signed_at=signed_at)
        self._check(statement, signature, jwk)
        row = insert(self.table).values(
            id=kid,
            holder_sub=work.actor.sub,
            algorithm=algorithm,
            jwk=jwk,
            signed_at=signed_at,
            signature=signature,
            registered_at=work.now,
        )
        created = await work.session.scalar(row.on_conflict_do_nothing().returning(text("id")))
        key: Any = await work.session.get_one(self.table, kid)
        if key.holder_sub != work.actor.sub:
            taken = "Esa llave es de otra persona; genere una propia."
            raise Conflict(f"{self.room}.key_taken", taken)
        if key.revoked_at is not None:
            raise self._revoked()
        return key, created is not None

    async def check_signed(
        self,
        session: AsyncSession,
        *,
        statement: dict[str, Any],
        signature: str | None,
        signed_at: datetime,
        now: datetime,
    ) -> str:
        """The id of the key with which the statement's `holder_sub` signed it just now; kept until
        the end of the transaction: a revocation waits, and is later than this use.

        Raises signature_required, signed_at_off, signature_invalid, key_unknown, key_not_yours or
        key_revoked, each under the room's name.
        """
        if signature is None:
            raise self.unsigned()
        self._check_instant(signed_at, now)
        try:
            kid = proof.key_id_of(signature)
        except proof.ProofError as error:
            raise self._forged() from error
        kept = await rows_in(
            session,
            "SELECT holder_sub, revoked_at IS NOT NULL, jwk"
            f" FROM {self.table.__tablename__} WHERE id = %s FOR SHARE",
            (kid,),
        )
        if not kept:
            raise self._invalid("key_unknown", "/signature", self.unknown)
        ((holder_sub, is_revoked, jwk),) = kept
        if holder_sub != statement["holder_sub"]:
            raise Denied(f"{self.room}.key_not_yours", self.foreign)
        if is_revoked:
            raise self._revoked()
        self._check(statement, signature, jwk)
        return kid

    def unsigned(self) -> Invalid:
        """The refusal of a statement without its signature, its time or its nonce."""
        return self._invalid(
            "signature_required",
            "/signature",
            "Falta la firma: envíe signed_at, nonce y signature, hechos con su llave registrada.",
        )

    def _check(self, statement: dict[str, Any], signature: str, jwk: dict[str, Any]) -> None:
        try:
            proof.check(statement, signature, jwk)
        except (proof.ProofError, ValueError) as error:
            raise self._forged() from error

    def _check_instant(self, signed_at: datetime, now: datetime) -> None:
        if abs(signed_at - now) > SLACK:
            raise self._invalid(
                "signed_at_off",
                "/signed_at",
                "La hora firmada difiere en más de cinco minutos de la del fondo; ajuste su reloj"
                " y firme de nuevo.",
            )

    def _forged(self) -> Invalid:
        return self._invalid("signature_invalid", "/signature", self.forged)

    def _revoked(self) -> Conflict:
        return Conflict(f"{self.room}.key_revoked", self.revoked)

    def _invalid(self, code: str, pointer: str, detail: str) -> Invalid:
        name = f"{self.room}.{code}"
        return Invalid(name, detail, errors=[FieldError(pointer, name, detail)])
