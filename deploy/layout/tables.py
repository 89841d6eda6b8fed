"""The page of settings: what each process is given, and what each setting means."""

from __future__ import annotations

from deploy.layout.services import SERVICES, Service
from deploy.layout.settings import DOORS, SETTINGS, Setting


def page() -> str:
    """Markdown, written to `docs/settings.md`."""
    parts = [
        "# Settings",
        "Written by `make layout` from `deploy/layout`, from which the Compose file and the"
        " Kubernetes manifests come too.\nA process is given what stands in its row and nothing"
        " else; `make split-layout` proves it.",
        "## What each process is given",
        _table(
            ("process", "runs", "settings", "secrets", "may be given", "asks", "reaches"),
            _processes(),
        ),
        "## What each setting means",
        _table(("setting", "how it comes", "in production", "meaning"), _meanings()),
        "## Servers outside",
        "By port, since their addresses are settings; narrow the egress of the network policies to"
        " yours.",
        _table(("server", "port"), [(f"`{name}`", str(port)) for name, port in DOORS.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _processes() -> list[tuple[str, ...]]:
    return [_process(one) for one in SERVICES.values()]


def _process(one: Service) -> tuple[str, ...]:
    needed = [one.setting(name) for name in one.settings]
    return (
        f"`{one.name}`",
        f"`{' '.join(one.command)}`",
        _listed(each.name for each in needed if each.kind != "secret"),
        _listed(f"{each.secret}/{each.name}" for each in needed if each.kind == "secret"),
        _listed(one.optional),
        ", ".join(one.asks),
        ", ".join(one.opens()),
    )


def _listed(names: object) -> str:
    return " ".join(f"`{name}`" for name in names)  # type: ignore[attr-defined]


def _meanings() -> list[tuple[str, ...]]:
    return [
        (f"`{one.name}`", _comes(one), f"`{one.value}`" if one.value else "", one.meaning)
        for one in SETTINGS.values()
    ]


def _comes(one: Setting) -> str:
    how = {"fixed": "image", "shared": "ConfigMap", "secret": f"Secret `{one.secret}`"}[one.kind]
    return f"{how}, optional" if one.optional else how
