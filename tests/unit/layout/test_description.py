"""The description is whole, what is written follows from it, and each process gets its own only."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.layout import compose, databases, engine, kubernetes, network, routes, servers, writing
from deploy.layout.services import ROOMS, SERVICES, Service, of_kind
from deploy.layout.settings import DOORS, SETTINGS
from deploy.local.errors import StackError
from deploy.local.settings import Stack
from deploy.sandbox.settings import SandboxSettings
from deploy.tools import CATALOG
from services.kernel import rooms
from services.kernel.rooms import optional
from services.kernel.settings import Settings

RUNS_ANYWHERE = of_kind("api", "process", "job")
CURE = "give it a line in deploy/layout/settings.py and in deploy/layout/services.py"


def manifests(kind: str) -> dict[str, dict[str, Any]]:
    """The manifests of a kind, by name."""
    found = [one for documents in kubernetes.files().values() for one in documents]
    return {one["metadata"]["name"]: one for one in found if one["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """The pod of every service and migration."""
    owners = {**manifests("Deployment"), **manifests("Job")}
    return {name: one["spec"]["template"]["spec"] for name, one in owners.items()}


def test_what_is_committed_is_what_the_description_says() -> None:
    assert writing.stale() == [], "run `make layout`"


def test_an_edited_a_missing_and_an_unknown_file_are_stale(tmp_path: Path) -> None:
    writing.write(tmp_path)
    assert writing.stale(tmp_path) == []
    (tmp_path / "deploy/kubernetes/board.yaml").write_text("edited", "utf-8")
    (tmp_path / "docs/settings.md").unlink()
    (tmp_path / "deploy/kubernetes/left-over.yaml").touch()
    assert writing.stale(tmp_path) == [
        "deploy/kubernetes/board.yaml",
        "deploy/kubernetes/left-over.yaml",
        "docs/settings.md",
    ]


def test_the_rooms_are_those_of_the_code() -> None:
    assert ROOMS == rooms.ROOMS
    hearing = [room for room in ROOMS if optional(room, "listeners", "LISTENERS", [])]
    assert [f"listen-{room}" for room in hearing] == [
        one.name for one in of_kind("process") if one.component == "listen"
    ]


def test_every_setting_of_the_code_is_described() -> None:
    known = {f"FUND_{name.upper()}" for name in Settings.model_fields}
    assert known - SETTINGS.keys() == set(), CURE
    code = known | {f"FUND_{name.upper()}" for name in SandboxSettings.model_fields}
    needed = {name for one in SERVICES.values() for name in one.settings}
    assert needed - code == set(), "a process is given what the code does not read"


def test_every_described_setting_is_given_to_somebody() -> None:
    given = {name for one in SERVICES.values() for name in (*one.settings, *one.optional)}
    assert given == SETTINGS.keys()


@pytest.mark.parametrize("one", RUNS_ANYWHERE, ids=lambda one: one.name)
def test_a_pod_is_given_its_own_settings_and_no_others(one: Service) -> None:
    (container,) = pods()[one.name]["containers"]
    assert [each["name"] for each in container["env"]] == [*one.settings, *one.optional]
    assert "envFrom" not in container
    references = [each["valueFrom"]["secretKeyRef"] for each in container["env"] if is_secret(each)]
    rooms_of = {
        name.rsplit("-", 1)[1]
        for name in (reference["name"] for reference in references)
        if name.startswith(("fund-database-", "fund-migration-"))
    }
    assert rooms_of == ({one.room} if one.room else set())


def is_secret(variable: dict[str, Any]) -> bool:
    """Whether a variable comes from a Secret."""
    return "secretKeyRef" in variable.get("valueFrom", {})


def test_no_secret_stands_in_a_written_file() -> None:
    secrets = {name for name, one in SETTINGS.items() if one.kind == "secret"}
    for pod in pods().values():
        for variable in pod["containers"][0]["env"]:
            assert ("value" in variable) <= (variable["name"] not in secrets)
    assert manifests("Secret") == {}
    assert not secrets & manifests("ConfigMap")[kubernetes.SETTINGS_MAP]["data"].keys()


def test_every_pod_is_hardened_and_bounded() -> None:
    assert len(pods()) == len(RUNS_ANYWHERE)
    for name, pod in pods().items():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert not pod["automountServiceAccountToken"], name
        assert not pod["enableServiceLinks"], name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert container["resources"].keys() == {"requests", "limits"}, name
        assert ("livenessProbe" in container) == (SERVICES[name].kind != "job"), name


def test_an_edge_of_the_network_is_open_on_both_sides() -> None:
    policies = manifests("NetworkPolicy")
    for one in RUNS_ANYWHERE:
        reached = {
            target["podSelector"]["matchLabels"][network.LABEL]
            for rule in policies[one.name]["spec"]["egress"]
            for target in rule.get("to", [])
        }
        assert reached == set(one.asks)
        for room in reached:
            callers = [
                source["podSelector"]["matchLabels"][network.LABEL]
                for rule in policies[room]["spec"]["ingress"]
                for source in rule["from"]
                if "podSelector" in source
            ]
            assert one.name in callers


def test_a_door_opens_on_the_port_of_its_setting() -> None:
    for name, setting in SETTINGS.items():
        if setting.door and setting.value:
            address = setting.value.split(",")[0].rstrip("/")
            default = {"https": 443, "http": 80}.get(address.partition("://")[0], 0)
            tail = address.rsplit(":", 1)[1]
            assert (int(tail) if tail.isdigit() else default) == DOORS[setting.door], name


def test_a_process_reaches_no_server_that_it_needs_not() -> None:
    assert "kafka" not in {door for one in of_kind("api") for door in one.opens()}
    assert {one.name for one in RUNS_ANYWHERE if "partners" in one.opens()} == {"disbursement"}
    assert {one.name for one in RUNS_ANYWHERE if "temporal" in one.opens()} == {
        "applications",
        "worker",
        "bridge",
    }
    assert "postgres" not in SERVICES["worker"].opens()


def test_kustomize_is_told_every_file() -> None:
    (kustomization,) = kubernetes.files()["kustomization.yaml"]
    assert sorted(kustomization["resources"]) == sorted(
        name for name in kubernetes.files() if name != "kustomization.yaml"
    )


@pytest.mark.parametrize("room", ROOMS)
def test_every_path_of_a_room_is_routed_to_it(room: str) -> None:
    contract = json.loads((routes.CONTRACTS / f"{room}.json").read_text("utf-8"))
    known = routes.routes()
    for path in contract["paths"]:
        prefixes = [one for one in known if f"{path}/".startswith(f"{one}/")]
        assert known[max(prefixes, key=len)] == room, path


def test_a_compose_service_has_its_own_settings_and_networks() -> None:
    document = compose.document()
    assert document["services"].keys() == SERVICES.keys()
    for name, one in SERVICES.items():
        part = document["services"][name]
        assert list(part["environment"]) == [*one.settings, *one.optional]
        assert {f"room-{room}" for room in one.asks} <= set(part["networks"])
        assert part["read_only"]
        assert part["cap_drop"] == ["ALL"]


def test_the_databases_are_made_with_a_role_a_room() -> None:
    script = databases.script()
    for room in ROOMS:
        assert f"GRANT CONNECT ON DATABASE fund_{room} TO fund_{room}, fund_reader;" in script
        assert f"\\getenv FUND_{room.upper()}_PASSWORD FUND_{room.upper()}_PASSWORD" in script
    filled = databases.filled("ALTER ROLE x PASSWORD :'A_B'", {"A_B": "it's"})
    assert filled == "ALTER ROLE x PASSWORD 'it''s'"


def test_the_image_has_the_engine_that_the_stack_has() -> None:
    text = (writing.ROOT / "deploy/images/Dockerfile").read_text("utf-8")
    assert f"ARG OPA={CATALOG['opa'].version}-static" in text
    assert text.count("\nUSER 10001:10001\n") == 1


def test_a_written_file_says_that_it_is_written() -> None:
    for name in writing.texts():
        text = (writing.ROOT / name).read_text("utf-8")
        assert "make layout" in "".join(text.splitlines()[:3]), name


def test_compose_is_given_every_secret_that_its_files_ask_for(tmp_path: Path) -> None:
    texts = [yaml.safe_dump(one.document()) for one in (compose, servers)]
    asked = set(re.findall(r"\$\{(\w+):\?\}", "".join(texts)))
    given = engine.given(Stack(tmp_path, 27000))
    assert asked
    assert asked <= given.keys()
    assert given == engine.given(Stack(tmp_path, 27000))


def test_without_a_container_engine_the_cure_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError) as told:
        engine.engine()
    assert "Podman" in told.value.cure


def test_what_a_service_waits_for_is_in_the_compose_files() -> None:
    both = {**compose.document()["services"], **servers.document()["services"]}
    for name, part in servers.document()["services"].items():
        assert part.get("depends_on", {}).keys() <= both.keys(), name


def test_prometheus_asks_every_service_under_the_name_of_the_local_job() -> None:
    local = (writing.ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    jobs = {
        one["job_name"]: one["static_configs"][0] for one in servers.prometheus()["scrape_configs"]
    }
    assert jobs.keys() == set(re.findall(r"job_name: (\S+)", local))
    asked = {target.partition(":")[0] for one in jobs.values() for target in one["targets"]}
    assert {one.name for one in of_kind("api", "process")} <= asked


def test_the_proxy_of_compose_routes_as_the_ingress_does() -> None:
    (ingress,) = kubernetes.files()["ingress.yaml"]
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    told = re.findall(r"location ~ \^(\S+)\(/\|\$\) \{ set \$room (\w+);", servers.gateway())
    assert told == [(one["path"], one["backend"]["service"]["name"]) for one in paths]
