"""The Compose file of our own services; the servers beside them are in `servers`."""

from __future__ import annotations

from typing import Any, Final

from deploy.layout import databases
from deploy.layout.kubernetes import START_S, USER_ID
from deploy.layout.rooms import room_urls
from deploy.layout.services import API_PORT, BUNDLES, DROP_FOLDER, POLICIES, SERVICES, Service
from deploy.layout.settings import SETTINGS, Setting

Part = dict[str, Any]

IMAGE: Final = "fondo-consorcios:${FUND_VERSION:-local}"
STAND_INS: Final = "fondo-consorcios-stand-ins:${FUND_VERSION:-local}"
STATE: Final = "${FUND_COMPOSE_STATE:-../../.local/compose}"
"""Where the keys, the bundle and the passwords of this machine lie."""
DOCKERFILE: Final = "deploy/images/Dockerfile"
INSIDE: Final = {
    "partners": "stand-ins",
    "registers": "stand-ins",
    "webhooks": "outside",
    "prometheus": "watch",
}
"""Doors that share a network on one machine; each other door has a network of its own."""


def document() -> Part:
    """Our services: each with its own settings, in the networks of whom it may reach."""
    services = {one.name: _service(one) for one in SERVICES.values()}
    names = sorted({name for part in services.values() for name in part["networks"]})
    return {
        "name": "fondo",
        "services": services,
        "networks": {name: {} for name in names},
        "volumes": {"issuer": {}, "sandbox": {}, DROP_FOLDER: {}},
    }


def network_of(door: str) -> str:
    """The network on which a door's server stands."""
    return INSIDE.get(door, door)


def _service(one: Service) -> Part:
    stand_in = one.kind == "stand-in"
    found: Part = {
        "image": STAND_INS if stand_in else IMAGE,
        "build": {
            "context": "../..",
            "dockerfile": DOCKERFILE,
            "target": "stand-ins" if stand_in else "services",
        },
        "command": list(one.command),
        "environment": {each.name: value(one, each) for each in one.given()},
        "user": f"{USER_ID}:{USER_ID}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp"],
        "init": True,
        "networks": _networks(one),
        "deploy": {"resources": {"limits": {"cpus": _cpus(one), "memory": _bytes(one)}}},
        "stop_grace_period": "30s",
    }
    volumes = _volumes(one)
    if volumes:
        found["volumes"] = volumes
    if one.kind == "job":
        return {**found, "restart": "on-failure:3"}
    return {**found, "restart": "unless-stopped", "healthcheck": _health(one)}


def _networks(one: Service) -> list[str]:
    own = [f"room-{one.name}"] if one.kind == "api" else []
    front = ["front"] if one.kind == "api" or one.name == "issuer" else []
    stand = {"issuer": ["issuer"], "sandbox": ["stand-ins", "room-disbursement"]}
    doors = [network_of(door) for door in one.opens()]
    rooms = [f"room-{room}" for room in one.asks]
    watched = ["watch"] if one.ports() else []
    found = [*own, *front, *stand.get(one.name, []), *doors, *rooms, *watched]
    return list(dict.fromkeys(found))


def value(one: Service, setting: Setting) -> str | None:
    """A literal, or what Compose puts in from its environment; None: passed on if it is there."""
    name = setting.name
    if setting.optional:
        return None
    if name == "FUND_ROOM_URLS":
        return room_urls({room: f"http://{room}:{API_PORT}" for room in one.asks})
    if name == "FUND_DATABASE_URL":
        return _database(one.room, databases.role_of(one.room))
    if name == "FUND_MIGRATION_DATABASE_URL":
        return _database(one.room, databases.owner_of(one.room))
    if setting.kind == "fixed":
        return setting.value
    if setting.kind == "secret" and name != "FUND_SMTP_URL":
        return f"${{{name}:?}}"
    return f"${{{name}:-{setting.compose}}}"


def _database(room: str, role: str) -> str:
    server = "${FUND_POSTGRES:-postgres:5432}"
    password = f"${{{databases.password_of(role)}:?}}"
    return f"postgresql+psycopg://{role}:{password}@{server}/{databases.database_of(room)}"


def _volumes(one: Service) -> list[str]:
    found: list[str] = []
    if POLICIES in one.mounts:
        found += [
            f"{STATE}/opa/{name}:/etc/fund/policies/{name}:ro"
            for name in ("accepted-revisions", "bundle-key.pem")
        ]
    if BUNDLES in one.mounts:
        found.append(f"{STATE}/opa/bundles:/var/lib/fund/bundles:ro")
    if DROP_FOLDER in one.mounts:
        found.append(f"{DROP_FOLDER}:{SETTINGS['FUND_AGROBANCO_FOLDER'].value}")
    if one.name == "issuer":
        found.append("issuer:/var/lib/fund/issuer")
    if one.name == "sandbox":
        found.append("sandbox:/var/lib/fund")
    return found


def _health(one: Service) -> Part:
    host = "issuer" if one.name == "issuer" else "127.0.0.1"
    ask = f"import urllib.request as r;r.urlopen('http://{host}:{one.port}{one.ready}', timeout=3)"
    return {
        "test": ["CMD", "python", "-c", ask],
        "interval": "10s",
        "timeout": "5s",
        "retries": 3,
        "start_period": f"{START_S}s",
        "start_interval": "2s",
    }


def _cpus(one: Service) -> str:
    limit = one.cpu[1]
    return f"{int(limit[:-1]) / 1000:g}" if limit.endswith("m") else limit


def _bytes(one: Service) -> str:
    return one.memory[1].replace("Mi", "M")
