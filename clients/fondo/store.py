"""The member's own folder: small JSON files that only their owner can read.

The folder is the operating system's place for settings of `fondo`, or FONDO_HOME.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any

import typer

from clients.fondo.errors import Wrong


def home() -> Path:
    """The folder; made when something is first written."""
    return Path(os.environ.get("FONDO_HOME") or typer.get_app_dir("fondo"))


def read(*parts: str, default: Any = None) -> Any:
    """The document at this place, or the default when there is none; raises Wrong if damaged."""
    path = home().joinpath(*parts)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return default
    except ValueError:
        cure = "Bórrelo o corríjalo; este comando lo vuelve a escribir."
        raise Wrong("client.damaged_file", f"El archivo {path} está dañado.", cure) from None


def write(document: Any, *parts: str) -> Path:
    """Keep the document at this place, whole or not at all, readable by its owner only."""
    text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return write_bytes(text.encode("utf-8"), *parts)


def write_bytes(content: bytes, *parts: str) -> Path:
    """Keep bytes at this place: written aside with mode 0600, then renamed."""
    path = home().joinpath(*parts)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    return path


def remove(*parts: str) -> bool:
    """Remove what is kept at this place; whether there was anything."""
    path = home().joinpath(*parts)
    found = path.exists()
    path.unlink(missing_ok=True)
    return found
