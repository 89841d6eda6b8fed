"""The key pair that signs this checkout's policy bundle; made once."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.local.files import write_private
from deploy.local.settings import Stack

KEY_ID = "fund-local"
SCOPE = "read"


def private_key_file(stack: Stack) -> Path:
    """The PEM file of the private key."""
    path = stack.folder("opa") / "signing-key.pem"
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        write_private(path, pem.decode())
    return path


def public_key_file(stack: Stack) -> Path:
    """The PEM file of the public key, with which kept bundles are verified."""
    path = stack.folder("opa") / "bundle-key.pem"
    write_private(path, public_key(stack))
    return path


def public_key(stack: Stack) -> str:
    """The PEM text of the public key, which OPA verifies with."""
    pem = private_key_file(stack).read_bytes()
    key = serialization.load_pem_private_key(pem, password=None).public_key()
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
