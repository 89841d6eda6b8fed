"""The member's signing key: made here, kept here encrypted, never sent.

A key is a PKCS#8 PEM file named by the key's thumbprint (RFC 7638). It is encrypted with what
scrypt makes of the member's passphrase, since the format's own stretching is quick to guess
through. The passphrase is asked for each signature; scripts give it in FONDO_PASSPHRASE.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from clients.fondo import store
from clients.fondo.errors import Wrong
from services.kernel import proof

Algorithm = Literal["EdDSA", "ES256"]
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PASSPHRASE_MIN: Final = 12
SCRYPT_N: Final = 2**16
"""Memory and time of one guess: 64 MiB, some tenths of a second."""
VARIABLE: Final = "FONDO_PASSPHRASE"


@dataclass(frozen=True)
class LocalKey:
    """A key of this computer: what may be known of it without its passphrase."""

    kid: str
    algorithm: Algorithm
    jwk: dict[str, Any]
    created_at: str
    salt: str

    def document(self) -> dict[str, Any]:
        """For lists and `--json`."""
        return {
            "id": self.kid,
            "algorithm": self.algorithm,
            "jwk": self.jwk,
            "created_at": self.created_at,
        }


def create(profile: str, algorithm: Algorithm, passphrase: str, created_at: str) -> LocalKey:
    """Make a key, keep it encrypted, and sign with it from now on."""
    private: PrivateKey = (
        Ed25519PrivateKey.generate() if algorithm == "EdDSA" else generate_private_key(SECP256R1())
    )
    jwk = proof.public_jwk(private)
    salt = secrets.token_bytes(16)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_stretched(passphrase, salt)),
    )
    key = LocalKey(proof.thumbprint(jwk), algorithm, jwk, created_at, salt.hex())
    store.write_bytes(pem, "keys", profile, f"{key.kid}.pem")
    kept = _kept(profile)
    told = {"algorithm": algorithm, "jwk": jwk, "created_at": created_at, "salt": salt.hex()}
    kept["keys"][key.kid] = told
    kept["active"] = key.kid
    store.write(kept, _index(profile))
    return key


def local_keys(profile: str) -> list[LocalKey]:
    """The keys of this computer, oldest first."""
    kept = _kept(profile)["keys"]
    found = [LocalKey(kid=kid, **told) for kid, told in kept.items()]
    return sorted(found, key=lambda key: key.created_at)


def active(profile: str) -> LocalKey:
    """The key that signs; raises Wrong when there is none."""
    kid = _kept(profile)["active"]
    for key in local_keys(profile):
        if key.kid == kid:
            return key
    detail = "No hay una llave de firma en esta computadora."
    cure = "Cree una y regístrela: `fondo key create`, `fondo key register`."
    raise Wrong("client.key_missing", detail, cure)


def activate(profile: str, kid: str) -> None:
    """Sign with this key of this computer from now on."""
    kept = _kept(profile)
    if kid not in kept["keys"]:
        detail = "Esa llave no está en esta computadora."
        raise Wrong("client.key_elsewhere", detail, "Use la suya: `fondo key list`.")
    store.write({**kept, "active": kid}, _index(profile))


def unlock(profile: str, key: LocalKey, passphrase: str) -> PrivateKey:
    """The private key; raises Wrong when the passphrase does not open it."""
    path = store.home() / "keys" / profile / f"{key.kid}.pem"
    try:
        password = _stretched(passphrase, bytes.fromhex(key.salt))
        found = serialization.load_pem_private_key(path.read_bytes(), password)
    except FileNotFoundError:
        detail = f"Falta el archivo de la llave: {path}."
        raise Wrong("client.key_missing", detail, "Cree otra: `fondo key create`.") from None
    except (ValueError, TypeError):
        detail = "La frase no abre la llave."
        raise Wrong("client.passphrase_wrong", detail, "Escríbala otra vez; no se firmó.") from None
    if not isinstance(found, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise Wrong("client.key_kind", f"{path} no es una llave de firma de este comando.")
    return found


def _stretched(passphrase: str, salt: bytes) -> bytes:
    kdf = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=8, p=1)
    return base64.b64encode(kdf.derive(passphrase.encode("utf-8")))


def passphrase() -> str:
    """The passphrase of the key, from FONDO_PASSPHRASE or asked without showing it."""
    given = os.environ.get(VARIABLE)
    return given or str(typer.prompt("Frase de su llave", hide_input=True, err=True))


def new_passphrase() -> str:
    """A passphrase for a new key, typed twice; raises Wrong when it is too short."""
    chosen = os.environ.get(VARIABLE) or str(
        typer.prompt("Frase nueva", hide_input=True, confirmation_prompt="Repítala", err=True)
    )
    if len(chosen) < PASSPHRASE_MIN:
        detail = f"La frase tiene menos de {PASSPHRASE_MIN} caracteres."
        raise Wrong("client.passphrase_short", detail, "Use cuatro o cinco palabras al azar.")
    return chosen


def _kept(profile: str) -> dict[str, Any]:
    kept = store.read(_index(profile), default={})
    return {"keys": kept.get("keys", {}), "active": kept.get("active")}


def _index(profile: str) -> str:
    return f"keys-{profile}.json"
