"""The file of an acta and the public proof of one ballot: documents that prove themselves."""

from collections.abc import Sequence
from typing import Any, Final

from services.board import domain
from services.board.acta_content import Sitting, absence_of, key_history, matter_of, term_of
from services.board.models import ActaSignature, MemberKey
from services.kernel.statements import acta_statement, signed_instant

COMPLETE_SEAL: Final[dict[str, Any]] = {
    "kind": "complete",
    "key_id": None,
    "signature": None,
    "statement": None,
}
"""The seal that the signatures of all who were present make."""


def file_of(
    *,
    content: dict[str, Any],
    content_sha256: str,
    seal: dict[str, Any] | None,
    signatures: Sequence[ActaSignature],
    keys: Sequence[MemberKey],
) -> dict[str, Any]:
    """The whole file of an acta: content, signatures, seal, and the keys that made them."""
    ordered = sorted(signatures, key=lambda row: (domain.SEATS.index(row.seat), row.holder_sub))
    return {
        "content": content,
        "content_sha256": content_sha256,
        "keys": [_key(key) for key in sorted(keys, key=lambda key: key.id)],
        "seal": seal,
        "signatures": [_acta_signature(row) for row in ordered],
    }


def keys_used(content: dict[str, Any]) -> set[str]:
    """The keys that signed what an acta tells."""
    used = set()
    for matter in content["matters"]:
        used |= {vote["key_id"] for vote in (*matter["votes"], *matter["void_votes"])}
        if matter["deferral"] is not None:
            used.add(matter["deferral"]["key_id"])
    return used


def _key(key: MemberKey) -> dict[str, Any]:
    told = key.model_dump(include={"holder_sub", "jwk", "signature"})
    return {"key_id": key.id, **told, "signed_at": signed_instant(key.signed_at)}


def _acta_signature(row: ActaSignature) -> dict[str, Any]:
    signed = {"acta_id", "content_sha256", "seat", "holder_sub", "signed_at", "nonce"}
    return {
        **row.model_dump(include={"key_id", "signature"}),
        "statement": acta_statement(**row.model_dump(include=signed)),
    }


def proof_of(sitting: Sitting) -> dict[str, Any]:
    """What proves a ballot by itself: its part of an acta, the designations and the keys."""
    matter = sitting.matters[0]
    keys = sorted(sitting.keys, key=lambda key: key.id)
    return {
        "ballot_id": matter.ballot.id,
        "matter": matter_of(matter, 1),
        "terms": [term_of(term) for term in sitting.terms],
        "absences": [absence_of(absence) for absence in sitting.absences],
        "keys": [{**_key(key), **key_history(key)} for key in keys],
    }
