"""Which tools there are, at which version, and how each is made. Data only."""

from __future__ import annotations

import platform
from dataclasses import dataclass

ARM = platform.machine().lower() in {"aarch64", "arm64"}


@dataclass(frozen=True)
class GoBuild:
    """A Go module of its own under `go/<folder>`; `commands` maps package → file name."""

    folder: str
    commands: dict[str, str]
    tags: str = ""


@dataclass(frozen=True)
class MavenCopy:
    """A profile of `maven/pom.xml`; `unpack` opens the archive inside the one jar."""

    profile: str
    properties: tuple[str, ...] = ()
    unpack: bool = False


@dataclass(frozen=True)
class DebianPackage:
    """A Debian package, opened without installing it."""

    package: str


@dataclass(frozen=True)
class OnPath:
    """How to recognise an acceptable copy on PATH: the commands, and lowest and barred version."""

    commands: tuple[str, ...]
    version_arguments: tuple[str, ...]
    at_least: tuple[int, ...]
    below: tuple[int, ...]


@dataclass(frozen=True)
class Tool:
    """One tool. `programs` are the files promised, relative to its folder in the cache."""

    name: str
    version: str
    source: GoBuild | MavenCopy | DebianPackage
    programs: dict[str, str]
    on_path: OnPath | None = None
    optional: bool = False


def _go(folder: str, commands: dict[str, str], tags: str = "") -> GoBuild:
    return GoBuild(folder, commands, tags)


TEMPORAL = Tool(
    name="temporal",
    version="1.32.1",
    source=_go(
        "temporal",
        {
            "go.temporal.io/server/cmd/server": "temporal-server",
            "go.temporal.io/server/cmd/tools/sql": "temporal-sql-tool",
        },
        # The upstream build uses it too: it leaves the gRPC half of a cloud store out.
        tags="disable_grpc_modules",
    ),
    programs={"temporal-server": "temporal-server", "temporal-sql-tool": "temporal-sql-tool"},
    on_path=OnPath(("temporal-server", "temporal-sql-tool"), ("--version",), (1, 32, 1), (1, 33)),
)

TEMPORAL_UI = Tool(
    name="temporal-ui",
    version="2.54.1",
    source=_go(
        "temporal-ui", {"github.com/temporalio/ui-server/v2/cmd/server": "temporal-ui-server"}
    ),
    programs={"temporal-ui-server": "temporal-ui-server"},
)

OPA = Tool(
    name="opa",
    version="1.22.2",
    source=_go("opa", {"github.com/open-policy-agent/opa": "opa"}),
    programs={"opa": "opa"},
    # Never below 1.21.3: the check of a bundle's signature could be side-stepped.
    on_path=OnPath(("opa",), ("version",), (1, 22, 2), (2,)),
)

KAFKA = Tool(
    name="kafka",
    version="4.1.2",
    source=MavenCopy("kafka"),
    programs={"libs": "libs"},
)

POSTGRES = Tool(
    name="postgres",
    version="17.11.0",
    source=MavenCopy(
        "postgres", (f"postgres.machine={'arm64v8' if ARM else 'amd64'}",), unpack=True
    ),
    programs={"postgres": "bin/postgres", "initdb": "bin/initdb", "pg_ctl": "bin/pg_ctl"},
    on_path=OnPath(("postgres", "initdb", "pg_ctl"), ("--version",), (17,), (18,)),
)

PROMETHEUS = Tool(
    name="prometheus",
    version="debian",
    source=DebianPackage("prometheus"),
    programs={"prometheus": "usr/bin/prometheus", "promtool": "usr/bin/promtool"},
    on_path=OnPath(("prometheus", "promtool"), ("--version",), (2, 40), (4,)),
    optional=True,
)

ALERTMANAGER = Tool(
    name="alertmanager",
    # The newest whose module holds its web pages; later ones build them with Node.
    version="0.31.1",
    source=_go(
        "alertmanager",
        {
            "github.com/prometheus/alertmanager/cmd/alertmanager": "alertmanager",
            "github.com/prometheus/alertmanager/cmd/amtool": "amtool",
        },
    ),
    programs={"alertmanager": "alertmanager", "amtool": "amtool"},
    on_path=OnPath(("alertmanager", "amtool"), ("--version",), (0, 27), (1,)),
    optional=True,
)

OASDIFF = Tool(
    name="oasdiff",
    version="1.36.0",
    source=_go("oasdiff", {"github.com/oasdiff/oasdiff": "oasdiff"}),
    programs={"oasdiff": "oasdiff"},
    optional=True,
)

# Slow ones first: two builds run side by side.
CATALOG: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        TEMPORAL,
        OPA,
        ALERTMANAGER,
        TEMPORAL_UI,
        KAFKA,
        POSTGRES,
        PROMETHEUS,
        OASDIFF,
    )
}
STACK_TOOLS: tuple[str, ...] = (
    "temporal",
    "opa",
    "alertmanager",
    "temporal-ui",
    "kafka",
    "postgres",
    "prometheus",
)
