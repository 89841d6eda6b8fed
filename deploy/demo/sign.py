"""Sign by hand, as a signer's own program would: a key file of its own, bodies for `curl`.

python -m deploy.demo.sign key FILE SUB             makes the key, if there is none, and prints
                                                    the body of POST /v1/keys (a member's)
                                                    or /v1/signer-keys (a party's)
python -m deploy.demo.sign vote FILE SUB SEAT CHOICE [REASON]
                                                    reads the ballot and prints its vote's body
python -m deploy.demo.sign agreement FILE SUB PARTY
                                                    reads the agreement's document and prints its
                                                    signature's body
"""

import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.demo import signing


def _kept(file: Path) -> Ed25519PrivateKey:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        pem = signing.new_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.touch(mode=0o600)
        file.write_bytes(pem)
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit(f"{file} holds no Ed25519 key")
    return key


def main(arguments: list[str]) -> dict[str, Any]:
    """The body that the arguments ask for."""
    match arguments:
        case ["key", file, sub]:
            return signing.registration(_kept(Path(file)), sub)
        case ["vote", file, sub, seat, choice, *reason] if len(reason) < 2:
            ballot = json.load(sys.stdin)
            key = _kept(Path(file))
            return signing.vote(
                key, ballot, seat, sub, choice, reason=reason[0] if reason else None
            )
        case ["agreement", file, sub, party]:
            return signing.agreement(_kept(Path(file)), json.load(sys.stdin), party, sub)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:]), ensure_ascii=False))
