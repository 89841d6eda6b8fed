"""Receipts: what a member signed and what the server answered, kept here with a hash.

The hash is SHA-256 over the canonical text of everything else in the receipt, so that a member
can write down sixteen characters and prove later what was sent.
"""

import json
from pathlib import Path
from typing import Any, Final

from clients.fondo import store, times
from clients.fondo.errors import Wrong
from clients.fondo.profiles import Profile
from clients.fondo.signing import Signed
from services.kernel import proof

TYPE: Final = "fondo.receipt.v1"


def keep(profile: Profile, action: str, signed: Signed, answer: dict[str, Any]) -> dict[str, Any]:
    """Make and store a receipt; `action` is what was done, in Spanish."""
    receipt: dict[str, Any] = {
        "type": TYPE,
        "profile": profile.name,
        "base_url": profile.base_url,
        "action": action,
        "kept_at": times.stamp(times.now()),
        "signed": signed.document(),
        "answer": answer,
    }
    receipt["sha256"] = _hash(receipt)
    name = receipt["kept_at"].replace(":", "").replace("-", "") + f"-{receipt['sha256'][:12]}"
    store.write(receipt, "receipts", profile.name, f"{name}.json")
    return receipt


def names(profile: str) -> list[str]:
    """The receipts of a profile, newest first."""
    folder = store.home() / "receipts" / profile
    return sorted((path.stem for path in folder.glob("*.json")), reverse=True)


def read(profile: str, name: str) -> dict[str, Any]:
    """One receipt."""
    found: dict[str, Any] | None = store.read("receipts", profile, f"{Path(name).name}.json")
    if found is None:
        raise Wrong("client.receipt_unknown", "No hay tal constancia.", "Vea `fondo receipt list`.")
    return found


def read_file(path: Path) -> dict[str, Any]:
    """A receipt from anywhere."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or found.get("type") != TYPE:
        raise Wrong("client.receipt_malformed", f"{path} no es una constancia de este comando.")
    return found


def faults(receipt: dict[str, Any]) -> list[str]:
    """What is wrong with a receipt, in Spanish; nothing when it is whole."""
    found = []
    if receipt.get("sha256") != _hash(receipt):
        found.append("la huella no corresponde al contenido: la constancia fue cambiada")
    try:
        signed = receipt["signed"]
        proof.check(signed["text"], signed["signature"], signed["jwk"])
    except proof.ProofError as error:
        found.append(f"la firma no vale para el texto firmado ({error.reason})")
    except (KeyError, TypeError, ValueError):
        found.append("falta el texto firmado o su firma")
    return found


def _hash(receipt: dict[str, Any]) -> str:
    told = {name: value for name, value in receipt.items() if name != "sha256"}
    return proof.sha256_of(told)
