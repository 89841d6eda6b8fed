"""Making a tool in an empty folder, one way per kind of source."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zipfile
from pathlib import Path

from deploy.tools.catalog import DebianPackage, GoBuild, MavenCopy, Tool
from deploy.tools.commands import run
from deploy.tools.errors import ToolError

HERE = Path(__file__).resolve().parent
NETWORK_CURE = "check that this machine reaches its package registry, then run it again"


def build(tool: Tool, target: Path) -> None:
    """Fill `target` with the tool; raise `ToolError` with a cure when that is impossible."""
    match tool.source:
        case GoBuild():
            _go(tool.source, target)
        case MavenCopy():
            _maven(tool.source, target)
        case DebianPackage():
            _debian(tool.source, target)


def _go(source: GoBuild, target: Path) -> None:
    """Build each command from the committed go.mod and go.sum, which pin every module."""
    flags = ["-mod=readonly", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-dwarf=false"]
    if source.tags:
        flags.append(f"-tags={source.tags}")
    built = target / "built"
    built.mkdir()
    run(
        ["go", "build", *flags, "-o", built, *source.commands],
        cwd=HERE / "go" / source.folder,
        env={"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"},
        cure=NETWORK_CURE,
    )
    produced = sorted(built.iterdir())
    if len(source.commands) == 1:
        produced[0].rename(target / next(iter(source.commands.values())))
    else:
        for package, name in source.commands.items():
            (built / package.rsplit("/", 1)[-1]).rename(target / name)
    built.rmdir()


def _maven(source: MavenCopy, target: Path) -> None:
    """Copy the profile's jars and hold each against the committed SHA-256 list."""
    libs = target / "libs"
    run(
        [
            *("mvn", "--batch-mode", "--quiet", "--strict-checksums"),
            *("--file", HERE / "maven" / "pom.xml", f"--activate-profiles={source.profile}"),
            *(f"-D{item}" for item in source.properties),
            f"-DoutputDirectory={libs}",
            "dependency:copy-dependencies",
        ],
        cure=NETWORK_CURE,
    )
    verify(libs, HERE / "maven" / f"{source.profile}.sha256")
    if source.unpack:
        _unpack(libs, target)


def verify(libs: Path, listing: Path) -> None:
    """Every jar must be in the list with the same digest: anything else is refused."""
    known: dict[str, str] = {}
    for line in listing.read_text().splitlines():
        pinned, name = line.split()
        known[name] = pinned
    for jar in sorted(libs.iterdir()):
        digest = hashlib.sha256(jar.read_bytes()).hexdigest()
        if known.get(jar.name) != digest:
            raise ToolError(
                f"{jar.name} is not what {listing.name} pins",
                "remove it from the Maven repository of this user and run it again",
            )


def _unpack(libs: Path, target: Path) -> None:
    """Open the archive that lies inside the one jar, then drop the jar."""
    (jar,) = libs.iterdir()
    with zipfile.ZipFile(jar) as outer:
        (name,) = (entry for entry in outer.namelist() if entry.endswith(".txz"))
        with outer.open(name) as packed, tarfile.open(fileobj=packed, mode="r:xz") as inner:
            inner.extractall(target, filter="tar")
    shutil.rmtree(libs)


def _debian(source: DebianPackage, target: Path) -> None:
    """Open the distribution's package into the target; nothing is installed."""
    for command in ("apt-get", "dpkg"):
        if shutil.which(command) is None:
            raise ToolError(
                f"{source.package} is not on PATH and this machine has no {command}",
                f"install {source.package} (with promtool) and put it on PATH",
            )
    cure = f"run `apt-get update` as an administrator, or install {source.package}"
    run(["apt-get", "--quiet", "download", source.package], cwd=target, timeout=180, cure=cure)
    (package,) = target.glob("*.deb")
    run(["dpkg", "--extract", package, target], timeout=60, cure=cure)
    package.unlink()
