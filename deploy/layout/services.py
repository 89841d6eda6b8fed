"""Every deployable of ours, once: command, settings, secrets, peers, probes, size.

A process is given what stands here and nothing else. A new one is a line in `_ALL`; then
`make layout` writes the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from deploy.layout.settings import SETTINGS, Setting

Kind = Literal["api", "process", "job", "stand-in"]

ROOMS: Final = ("registry", "applications", "eligibility", "board", "disbursement", "notices")
LISTENING: Final = ("applications", "disbursement", "notices")
"""The rooms that hear other rooms' events."""
ASKED: Final[dict[str, tuple[str, ...]]] = {
    "registry": (),
    "applications": ("registry", "eligibility", "board", "disbursement"),
    "eligibility": ("registry", "applications"),
    "board": ("registry", "applications", "eligibility", "disbursement"),
    "disbursement": ("registry", "applications", "board"),
    "notices": ("applications", "board", "disbursement"),
}
"""Whom each room asks over HTTP; a room that hears another's events reads them again there."""
READER: Final = "reader"
"""In place of a room: the role that reads every room's database and writes none."""
API_PORT: Final = 8000
METRICS_PORT: Final = 9000
SDK_METRICS_PORT: Final = 9001
POLICIES: Final = "policies"
BUNDLES: Final = "bundles"
DROP_FOLDER: Final = "agrobanco"

_TRACES: Final = (
    "FUND_TRACES_DIR",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
)
_STARTS: Final = ("FUND_START_WAIT_S", *_TRACES)
"""What every long-lived process of ours may be given."""
_API: Final = (
    "FUND_ENVIRONMENT",
    "FUND_API_HOST",
    "FUND_API_PORT",
    "FUND_DATABASE_URL",
    "FUND_OPA_URL",
    "FUND_OPA_REVISIONS_FILE",
    "FUND_ISSUER_URL",
    "FUND_AUDIENCE",
)
_CLIENT: Final = ("FUND_SERVICE_CLIENT_ID", "FUND_SERVICE_CLIENT_SECRET", "FUND_ROOM_URLS")
_METRICS: Final = ("FUND_METRICS_HOST", "FUND_METRICS_PORT")
_TEMPORAL: Final = ("FUND_TEMPORAL_ADDRESS", "FUND_TEMPORAL_NAMESPACE", "FUND_TEMPORAL_TASK_QUEUE")
_PARTNERS: Final = (
    "FUND_AGROIDEAS_CLIENT_ID",
    "FUND_AGROIDEAS_CLIENT_SECRET",
    "FUND_AGROIDEAS_WEBHOOK_SECRET",
    "FUND_AGROBANCO_CLIENT_ID",
    "FUND_AGROBANCO_CLIENT_SECRET",
)
_OF_ROOM: Final[dict[str, tuple[str, ...]]] = {
    "registry": ("FUND_PROMETHEUS_URL",),
    "applications": ("FUND_TEMPORAL_ADDRESS", "FUND_TEMPORAL_NAMESPACE"),
    "eligibility": (
        "FUND_REGISTERS_URL",
        "FUND_OPA_BIN",
        "FUND_OPA_BUNDLES_DIR",
        "FUND_OPA_BUNDLE_KEY_FILE",
    ),
    "disbursement": (
        "FUND_API_URL",
        "FUND_AGROIDEAS_URL",
        "FUND_AGROBANCO_URL",
        "FUND_AGROBANCO_FOLDER",
        *_PARTNERS,
    ),
    "notices": ("FUND_SEALING_KEYS",),
}
"""What a room's API needs beyond what every API needs."""
_MAY_HAVE: Final[dict[str, tuple[str, ...]]] = {
    "eligibility": ("FUND_REGISTERS_TIMEOUT_S", "FUND_REGISTERS_AT_ONCE"),
    "disbursement": (
        "FUND_AGROBANCO_DEBTOR_ACCOUNT",
        "FUND_AGROBANCO_TRANSPORT",
        "FUND_CHANNEL_TIMEOUT_S",
        "FUND_AGROIDEAS_WEBHOOK_SECRET_PREVIOUS",
        "FUND_AGROIDEAS_WEBHOOK_PREVIOUS_UNTIL",
    ),
    "notices": ("FUND_NOTICES_ATTEMPTS",),
}
"""What a room's API may be given besides."""
_KEPT: Final[dict[str, tuple[str, ...]]] = {
    "eligibility": (BUNDLES,),
    "disbursement": (DROP_FOLDER,),
}
"""What a room's API mounts besides the policies."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One deployable: a Deployment, or a Job for migrations."""

    name: str
    does: str
    kind: Kind
    command: tuple[str, ...]
    """What follows `python -m`."""
    settings: tuple[str, ...]
    optional: tuple[str, ...] = _STARTS
    room: str = ""
    """The room whose database it is given, if any; READER: all, to read."""
    asks: tuple[str, ...] = ()
    """The rooms it asks over HTTP."""
    doors: tuple[str, ...] = ()
    """Servers it reaches by no setting of its own."""
    mounts: tuple[str, ...] = ()
    port: int = METRICS_PORT
    ready: str = "/metrics"
    alive: str = "/metrics"
    replicas: tuple[int, int] = (2, 2)
    """Least and most; when they differ it is scaled by its processor's load."""
    cpu: tuple[str, str] = ("50m", "500m")
    """Asked for, and the limit."""
    memory: tuple[str, str] = ("128Mi", "256Mi")

    @property
    def component(self) -> str:
        """What kind of part it is, which is Prometheus' job for it: `api`, `relay`, …"""
        return "api" if self.kind == "api" else self.name.partition("-")[0]

    def setting(self, name: str) -> Setting:
        """A setting as this process gets it, with its room in the secret's name."""
        known = SETTINGS[name]
        named = known.secret.format(room=self.room)
        return Setting(**{**known.__dict__, "secret": named})

    def given(self) -> list[Setting]:
        """Everything it is given, in order: what it needs, then what it may be given."""
        return [self.setting(name) for name in (*self.settings, *self.optional)]

    def opens(self) -> tuple[str, ...]:
        """The doors that its settings open, in order."""
        named = [one.door for one in self.given() if one.door]
        return tuple(dict.fromkeys((*named, *self.doors)))

    def ports(self) -> dict[str, int]:
        """The ports it listens on, by name."""
        known = {"http": self.port}
        if "FUND_WORKER_SDK_METRICS_PORT" in self.settings:
            known["sdk-metrics"] = SDK_METRICS_PORT
        return known if self.kind != "job" else {}


def _api(room: str) -> Service:
    client = _CLIENT if ASKED[room] else ()
    return Service(
        name=room,
        does=f"The API of the room {room}.",
        kind="api",
        command=("services", "api", room),
        settings=(*_API, *client, *_OF_ROOM.get(room, ())),
        optional=(
            *_STARTS,
            "FUND_DATABASE_POOL_SIZE",
            "FUND_OPA_TIMEOUT_S",
            *_MAY_HAVE.get(room, ()),
        ),
        room=room,
        asks=ASKED[room],
        mounts=(POLICIES, *_KEPT.get(room, ())),
        port=API_PORT,
        ready="/readyz",
        alive="/healthz",
        replicas=(2, 6),
        cpu=("200m", "1"),
        memory=("256Mi", "768Mi" if room == "eligibility" else "512Mi"),
    )


def _relay(room: str) -> Service:
    return Service(
        name=f"relay-{room}",
        does=f"Passes the events of {room} on to Kafka; a second one waits for its lock.",
        kind="process",
        command=("services", "relay", room),
        settings=("FUND_DATABASE_URL", "FUND_KAFKA_BOOTSTRAP", *_METRICS),
        room=room,
    )


def _listen(room: str) -> Service:
    return Service(
        name=f"listen-{room}",
        does=f"Applies other rooms' events in {room}.",
        kind="process",
        command=("services", "listen", room),
        settings=("FUND_DATABASE_URL", "FUND_KAFKA_BOOTSTRAP", *_METRICS),
        room=room,
        replicas=(2, 6),
    )


def _migrate(room: str) -> Service:
    return Service(
        name=f"migrate-{room}",
        does=f"Brings the database of {room} to its newest revision, before the release.",
        kind="job",
        command=("services", "migrate", room),
        settings=("FUND_MIGRATION_DATABASE_URL",),
        optional=(),
        room=room,
        replicas=(1, 1),
    )


_NOTIFY: Final = Service(
    name="notify",
    does="Sends the notices that are due, by e-mail and webhook.",
    kind="process",
    command=("services", "notify"),
    settings=(
        "FUND_ENVIRONMENT",
        "FUND_DATABASE_URL",
        "FUND_SEALING_KEYS",
        "FUND_SMTP_URL",
        "FUND_NOTICES_FROM",
        *_METRICS,
    ),
    optional=(*_STARTS, "FUND_NOTICES_ATTEMPTS"),
    room="notices",
    doors=("webhooks",),
    replicas=(2, 4),
)
_FOLDER: Final = Service(
    name="folder",
    does="Reads what Agrobanco drops into its folder, in the order of names.",
    kind="process",
    command=("services", "folder"),
    settings=("FUND_DATABASE_URL", "FUND_AGROBANCO_FOLDER", *_METRICS),
    optional=(
        *_STARTS,
        "FUND_AGROBANCO_DEBTOR_ACCOUNT",
        "FUND_AGROBANCO_FOLDER_POLL_S",
        "FUND_AGROBANCO_FOLDER_QUIET_S",
    ),
    room="disbursement",
    mounts=(DROP_FOLDER,),
    replicas=(1, 1),
)
_EXPORTER: Final = Service(
    name="exporter",
    does="Tells Prometheus the state of every room, read only.",
    kind="process",
    command=("services", "exporter"),
    settings=("FUND_DATABASE_URL", "FUND_KAFKA_BOOTSTRAP", *_METRICS),
    room=READER,
    replicas=(1, 1),
)
_WORKER: Final = Service(
    name="worker",
    does="Runs workflows and activities.",
    kind="process",
    command=("workflows", "worker"),
    settings=(
        *_TEMPORAL,
        "FUND_ISSUER_URL",
        *_CLIENT,
        *_METRICS,
        "FUND_WORKER_SDK_METRICS_PORT",
    ),
    asks=("applications", "eligibility", "board", "disbursement"),
    replicas=(2, 6),
    cpu=("200m", "1"),
    memory=("256Mi", "768Mi"),
)
_BRIDGE: Final = Service(
    name="bridge",
    does="Carries the rooms' events from Kafka to Temporal, and tells them which it cannot.",
    kind="process",
    command=("workflows", "bridge"),
    settings=(
        *_TEMPORAL,
        "FUND_KAFKA_BOOTSTRAP",
        "FUND_ISSUER_URL",
        *_CLIENT,
        *_METRICS,
    ),
    asks=("applications", "board", "disbursement"),
    replicas=(2, 6),
)
_ISSUER: Final = Service(
    name="issuer",
    does="The development issuer of tokens; refused in production.",
    kind="stand-in",
    command=("services", "issuer"),
    settings=(
        "FUND_ENVIRONMENT",
        "FUND_ISSUER_URL",
        "FUND_ISSUER_KEY_FILE",
        "FUND_AUDIENCE",
        "FUND_SERVICE_CLIENT_ID",
        "FUND_SERVICE_CLIENT_SECRET",
    ),
    optional=(),
    port=18006,
    ready="/healthz",
    alive="/healthz",
    replicas=(1, 1),
)
_SANDBOX: Final = Service(
    name="sandbox",
    does="The partners and public registers of one machine; refused in production.",
    kind="stand-in",
    command=("deploy.sandbox",),
    settings=(
        "FUND_ENVIRONMENT",
        "FUND_STATE_DIR",
        "FUND_SANDBOX_HOST",
        "FUND_PORT_BASE",
        *_PARTNERS,
    ),
    optional=("FUND_AGROBANCO_DEBTOR_ACCOUNT",),
    port=18007,
    ready="/readyz",
    alive="/healthz",
    replicas=(1, 1),
)

_ALL: Final[tuple[Service, ...]] = (
    *(_api(room) for room in ROOMS),
    *(_relay(room) for room in ROOMS),
    *(_listen(room) for room in LISTENING),
    _NOTIFY,
    _FOLDER,
    _EXPORTER,
    _WORKER,
    _BRIDGE,
    *(_migrate(room) for room in ROOMS),
    _ISSUER,
    _SANDBOX,
)

SERVICES: Final[dict[str, Service]] = {one.name: one for one in _ALL}


def of_kind(*kinds: Kind) -> list[Service]:
    """The services of these kinds, in order."""
    return [one for one in SERVICES.values() if one.kind in kinds]


def askers(room: str) -> list[str]:
    """The services that ask this room over HTTP."""
    return [one.name for one in SERVICES.values() if room in one.asks]
