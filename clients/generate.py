"""Writes `clients/fondo_api` from the board's OpenAPI document: `make client`.

The generator (openapi-python-client) runs in an environment of its own, since it wants older
versions of typer and httpx than we use. Two steps are ours, both mechanical:

- before: the enumerations of answers become plain texts, because a reader treats a value that it
  does not know as "something else" (contracts/README.md); those of requests stay typed.
- after: `import httpx` becomes `import httpx2 as httpx`, the continuation with the same names.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
DOCUMENT: Final = ROOT / "contracts/openapi/board.json"
PACKAGE: Final = ROOT / "clients/fondo_api"
STAMP: Final = PACKAGE / "openapi.sha256"
PDF: Final = "application/pdf"
_REF: Final = "#/components/schemas/"


def source_sha256(document: Path = DOCUMENT) -> str:
    """The SHA-256 of the document that the client is generated from."""
    return hashlib.sha256(document.read_bytes()).hexdigest()


def loosened(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the enumerations of everything that is only answered as plain texts, and
    with papers as the bytes that they are."""
    schemas = document["components"]["schemas"]
    asked = _reachable(schemas, _requests(document))
    for name, schema in schemas.items():
        if name not in asked:
            _loosen(schema)
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation["responses"].values():
                if PDF in answer.get("content", {}):
                    answer["content"][PDF] = {"schema": {"type": "string", "format": "binary"}}
    return document


def _requests(document: dict[str, Any]) -> Iterator[Any]:
    for item in document["paths"].values():
        for operation in item.values():
            yield operation.get("requestBody", {})


def _reachable(schemas: dict[str, Any], roots: Iterator[Any]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix(_REF)
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return found


def _loosen(part: Any) -> None:
    if isinstance(part, dict):
        if part.get("type") == "string":
            part.pop("enum", None)
            part.pop("const", None)
        for inner in part.values():
            _loosen(inner)
    elif isinstance(part, list):
        for inner in part:
            _loosen(inner)


def generate(generator: Path) -> None:
    """Replace the package by what the generator makes of the document."""
    digest = source_sha256()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = loosened(json.loads(DOCUMENT.read_text(encoding="utf-8")))
        (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
        settings = {
            "package_name_override": PACKAGE.name,
            "literal_enums": True,
            "post_hooks": [],
            "content_type_overrides": {PDF: "application/octet-stream"},
        }
        (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        made = folder / PACKAGE.name
        words = ["generate", "--meta", "none", "--fail-on-warning"]
        words += ["--path", str(folder / "openapi.json"), "--config", str(folder / "config.json")]
        subprocess.run([generator, *words, "--output-path", str(made)], check=True)
        for path in made.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("\nimport httpx\n", "\nimport httpx2 as httpx\n"), "utf-8")
        shutil.rmtree(PACKAGE, ignore_errors=True)
        shutil.copytree(made, PACKAGE)
    STAMP.write_text(digest + "\n", encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    fix = ["check", "--quiet", "--fix", "--unsafe-fixes", "--select", "F401,F811,I,W29"]
    subprocess.run([*ruff, *fix, str(PACKAGE)], check=True, cwd=ROOT)
    subprocess.run([*ruff, "format", "--quiet", str(PACKAGE)], check=True, cwd=ROOT)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Generate clients/fondo_api again.")
    parser.add_argument("--with", dest="generator", type=Path, required=True)
    generate(parser.parse_args().generator)
