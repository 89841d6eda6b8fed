"""Statements and their signatures: what proves, and everything else that does not."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel import proof

STATEMENT: dict[str, Any] = {"type": "fondo.vote.v1", "choice": "for", "reason": "Sí, con ñ."}
KEYS = [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())]


@pytest.mark.parametrize("key", KEYS, ids=["ed25519", "p256"])
def test_what_was_signed_is_proved_and_nothing_else(key: Any) -> None:
    jwk, signature = proof.public_jwk(key), proof.sign(STATEMENT, key)
    proof.check(STATEMENT, signature, jwk)
    assert proof.key_id_of(signature) == proof.thumbprint(jwk)
    for changed in ({"choice": "against"}, {"reason": "Si, con ñ."}, {"more": 1}):
        with pytest.raises(proof.ProofError, match="signature"):
            proof.check({**STATEMENT, **changed}, signature, jwk)
    with pytest.raises(proof.ProofError, match="key"):
        proof.check({**STATEMENT, "type": "fondo.acta.v1"}, signature, jwk)


def test_another_persons_key_proves_nothing() -> None:
    mine, other = KEYS[0], ed25519.Ed25519PrivateKey.generate()
    signature = proof.sign(STATEMENT, mine)
    with pytest.raises(proof.ProofError, match="key"):
        proof.check(STATEMENT, signature, proof.public_jwk(other))
    with pytest.raises(proof.ProofError, match="algorithm"):
        proof.check(STATEMENT, signature, proof.public_jwk(KEYS[1]))


@pytest.mark.parametrize("signature", ["", "a.b", "a.b.c", "..", "e30..", "eyJhbGciOiJub25lIn0.."])
def test_a_malformed_signature_is_told(signature: str) -> None:
    with pytest.raises(proof.ProofError):
        proof.check(STATEMENT, signature, proof.public_jwk(KEYS[0]))


def test_a_private_or_foreign_key_is_no_public_key() -> None:
    jwk = proof.public_jwk(KEYS[0])
    for bad in ({**jwk, "d": "secret"}, {"kty": "oct", "k": "aa"}, {**jwk, "crv": "Ed448"}, {}):
        with pytest.raises(proof.ProofError, match="key"):
            proof.thumbprint(bad)
    with pytest.raises(proof.ProofError):
        proof.public_jwk(ec.generate_private_key(ec.SECP384R1()))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_flipped_character_of_a_signature_proves(data: st.DataObject) -> None:
    jwk, signature = proof.public_jwk(KEYS[0]), proof.sign(STATEMENT, KEYS[0])
    place = data.draw(st.integers(0, len(signature) - 1))
    other = data.draw(st.sampled_from("ABCdef0189-_.").filter(lambda c: c != signature[place]))
    with pytest.raises(proof.ProofError):
        proof.check(STATEMENT, signature[:place] + other + signature[place + 1 :], jwk)
