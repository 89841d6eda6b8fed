"""What the fund needs, looked at piece by piece: well, wrong or not known, each with its cure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from clients.fondo import times
from clients.fondo.errors import FondoError
from clients.fondo.operations import CHANNELS, ROOMS, Operations
from clients.fondo.waits import OUTBOX
from clients.fondo.words import word

Json = dict[str, Any]
ROLES: Final = frozenset({"operator", "auditor"})
LAG: Final = 1_000
"""Events by which a consumer may be behind for a moment."""
CURES: Final = {
    "opa": "Levante OPA y su servidor de paquetes; `make policies` construye el paquete.",
    "database": "Levante PostgreSQL y corra las migraciones: `python -m services migrate`.",
    "relay": "Levante `python -m services relay`; los eventos esperan en la base, nada se pierde.",
    "listen": "Levante `python -m services listen`; los eventos esperan en Kafka.",
    "notify": "Levante `python -m services notify`; los avisos esperan en su tabla.",
    "folder": "Levante `python -m services folder`; los archivos del banco esperan en `in/`.",
    "worker": "Levante `python -m workflows worker`; los flujos siguen donde quedaron.",
    "bridge": "Levante `python -m workflows bridge`; los eventos esperan en Kafka.",
    "temporal": "Levante Temporal; mientras tanto no avanza ninguna solicitud.",
}
_RESTART: Final = "Vea su registro y levántelo: `make logs NAME={0}`, `make restart NAME={0}`."


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `state`: well, wrong or unknown."""

    name: str
    state: str
    detail: str = ""
    cure: str = ""

    def document(self) -> Json:
        """For programs."""
        return asdict(self)


def everything(operations: Operations, role: str) -> Iterator[Check]:
    """Each dependency, from the nearest to the farthest."""
    yield from _ready(operations)
    if role not in ROLES:
        told = f"su token es de {role or 'ningún rol'}"
        yield Check("token", "wrong", told, "Entre como operador: `fondo login`.")
        return
    yield Check("token", "well", role)
    yield from _outboxes(operations)
    yield _asked("temporal", operations, "/v1/workflows", CURES["temporal"], state="failed")
    yield from _processes(operations)
    yield from _lags(operations)
    yield from _channels(operations)


def _ready(operations: Operations) -> Iterator[Check]:
    found = operations.ready()
    yield Check("api", "well")
    for name, state in found.get("checks", {}).items():
        well = state == "ok"
        cure = "" if well else CURES[name.partition(":")[0]]
        yield Check(name, "well" if well else "wrong", "" if well else "no responde", cure)


def _outboxes(operations: Operations) -> Iterator[Check]:
    for room in ROOMS:
        try:
            state = operations.read(f"/v1/operations/{room}/state")
        except FondoError as error:
            yield Check(f"room:{room}", "wrong", error.detail, error.cure)
            continue
        since = state["oldest_unsent_at"]
        late = since is not None and times.now() - times.parse(since) > OUTBOX
        told = f"{state['unsent_events']} eventos sin enviar" if state["unsent_events"] else ""
        cure = "Revise el proceso relay y Kafka: `make logs NAME=relay`." if late else ""
        yield Check(f"outbox:{room}", "wrong" if late else "well", told, cure)


def _asked(name: str, operations: Operations, path: str, cure: str, **asked: Any) -> Check:
    found = operations.told(path, **asked)
    if isinstance(found, FondoError):
        return Check(name, "wrong", found.detail, cure)
    return Check(name, "well")


def _processes(operations: Operations) -> Iterator[Check]:
    found = operations.told("/v1/operations/processes")
    if isinstance(found, FondoError):
        yield Check("prometheus", "unknown", found.detail, _RESTART.format("prometheus"))
        return
    for row in found:
        name = f"{row['job']} {row['instance']}"
        well = row["state"] == "up"
        cure = "" if well else CURES.get(row["job"], _RESTART.format(row["job"]))
        yield Check(name, "well" if well else "wrong", "" if well else "no responde", cure)


def _lags(operations: Operations) -> Iterator[Check]:
    found = operations.told("/v1/operations/lags")
    if isinstance(found, FondoError):
        return
    for row in found:
        if row["events"] > LAG:
            told = f"{row['events']} eventos de {row['topic']} por leer"
            cure = "Vea si su proceso vive; con muchos, levante otro igual."
            yield Check(f"lag:{row['group']}", "wrong", told, cure)


def _channels(operations: Operations) -> Iterator[Check]:
    """A partner is well as long as no payment's outcome is unknown to us."""
    for channel in CHANNELS:
        found = operations.told("/v1/instructions", channel=channel, state="unknown")
        if isinstance(found, FondoError):
            yield Check(f"channel:{channel}", "unknown", found.detail, found.cure)
            continue
        told = f"{len(found)} pagos sin respuesta de {word(channel)}" if found else ""
        cure = "Avise al programa; vea cuáles con `fondo ops stuck`." if found else ""
        yield Check(f"channel:{channel}", "wrong" if found else "well", told, cure)
