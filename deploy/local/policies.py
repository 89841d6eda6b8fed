"""The signed bundle OPA serves, built from `policies/`, and the list of accepted revisions."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local import signing
from deploy.local.errors import StackError
from deploy.local.files import write_private
from deploy.local.settings import REPOSITORY, Stack
from deploy.tools import Installed, ToolError
from deploy.tools.commands import run

SOURCE = REPOSITORY / "policies"
KEPT_REVISIONS = 5
_WANTED = (".rego", ".json", ".yaml", ".yml")


def sources(folder: Path = SOURCE) -> list[Path]:
    """The files that go into the bundle: policies and their data, never tests."""
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in _WANTED]
    return [path for path in found if not path.stem.endswith("_test") and path.is_file()]


def revision(folder: Path = SOURCE) -> str:
    """A short digest of the bundle's files: the same text gives the same revision anywhere."""
    digest = hashlib.sha256()
    for path in sources(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def build(stack: Stack, opa: Installed, folder: Path = SOURCE) -> str:
    """Build, sign and keep the bundle, accept its revision, put it in place; return the revision.

    The revision is accepted before OPA can see the bundle, so no answer of the new bundle is
    ever refused as unknown.
    """
    with _packed(stack, opa, folder) as (name, packed):
        _keep(stack, name, packed)
        _accept(stack, name)
        packed.replace(stack.folder("opa") / "bundle.tar.gz")
    return name


def keep(stack: Stack, opa: Installed, folder: Path) -> str:
    """Build, sign and keep the bundle of a folder of policies, to ask what these rules would say;
    OPA does not serve it and no answer of it is accepted. Return its revision."""
    with _packed(stack, opa, folder) as (name, packed):
        _keep(stack, name, packed)
    return name


def kept_bundle(stack: Stack, name: str) -> Path:
    """Where the bundle of a revision is kept."""
    return stack.folder("opa", "bundles") / f"{name}.tar.gz"


def _keep(stack: Stack, name: str, packed: Path) -> None:
    """Keep a built bundle for replays. What is kept is never written again."""
    signing.public_key_file(stack)
    copy = packed.with_name("kept.tar.gz")
    shutil.copyfile(packed, copy)
    copy.chmod(0o400)
    with suppress(FileExistsError):
        os.link(copy, kept_bundle(stack, name))


@contextmanager
def _packed(stack: Stack, opa: Installed, folder: Path) -> Iterator[tuple[str, Path]]:
    """The revision of a folder of policies and its signed bundle, gone after the block."""
    if not sources(folder):
        raise StackError(f"{folder.name}/ holds no policy", "restore the folder policies/")
    name = revision(folder)
    with tempfile.TemporaryDirectory(dir=stack.folder("opa"), prefix=".bundle-") as scratch:
        staged, packed = Path(scratch) / "policies", Path(scratch) / "bundle.tar.gz"
        for path in sources(folder):
            copy = staged / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        (staged / ".manifest").write_text(json.dumps({"roots": ["fund"]}))
        claims = Path(scratch) / "claims.json"
        claims.write_text(json.dumps({"keyid": signing.KEY_ID, "scope": signing.SCOPE}))
        try:
            run(
                [
                    *(opa["opa"], "build", "--bundle", staged.name, "--revision", name),
                    *("--signing-key", signing.private_key_file(stack), "--signing-alg", "RS256"),
                    *("--claims-file", claims, "--output", packed),
                ],
                cwd=staged.parent,
                timeout=60,
            )
        except ToolError as error:
            raise StackError("the policies do not build", "run `make check`", str(error)) from error
        yield name, packed


def _accept(stack: Stack, name: str) -> None:
    path = stack.folder("opa") / "accepted-revisions"
    known = path.read_text().split() if path.exists() else []
    kept = [one for one in known if one != name][-(KEPT_REVISIONS - 1) :]
    write_private(path, "".join(f"{one}\n" for one in [*kept, name]))


def served(stack: Stack) -> str | None:
    """The revision OPA answers with just now; None when it cannot be asked."""
    try:
        with urllib.request.urlopen(
            stack.url("opa", "/v1/data/fund/none?provenance=true"), timeout=2
        ) as response:
            answer = json.load(response)
    except (OSError, ValueError):
        return None
    bundle = answer.get("provenance", {}).get("bundles", {}).get("fund", {})
    found = bundle.get("revision")
    return found if isinstance(found, str) else None


def wait_until_served(stack: Stack, timeout: float = 15) -> None:
    """Wait, bounded, until OPA answers with the newest accepted revision."""
    name = (stack.state / "opa" / "accepted-revisions").read_text().split()[-1]
    deadline = time.monotonic() + timeout
    while served(stack) != name:
        if time.monotonic() > deadline:
            raise StackError(f"OPA does not take the bundle {name}", "see `make logs NAME=opa`")
        time.sleep(0.1)
