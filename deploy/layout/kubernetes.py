"""The Kubernetes manifests of every service: written, never edited."""

from __future__ import annotations

from typing import Any, Final

from deploy.layout import network
from deploy.layout.network import LABEL, NAMESPACE
from deploy.layout.rooms import room_urls
from deploy.layout.routes import routes
from deploy.layout.services import API_PORT, BUNDLES, DROP_FOLDER, POLICIES, Service, of_kind
from deploy.layout.settings import SETTINGS, Setting

Manifest = dict[str, Any]

IMAGE: Final = "fondo-consorcios"
SETTINGS_MAP: Final = "fund-settings"
POLICIES_MAP: Final = "fund-policies"
BUNDLES_CLAIM: Final = "fund-bundles"
DROP_FOLDER_CLAIM: Final = "fund-agrobanco"
USER_ID: Final = 10001
PART: Final = {"app.kubernetes.io/part-of": "fondo-consorcios"}
START_S: Final = 120
"""A process waits so long at its start for what it needs before it is started anew."""


def files() -> dict[str, list[Manifest]]:
    """File name → its documents."""
    found = {
        "namespace.yaml": [_namespace()],
        "settings.yaml": [_settings()],
        "claims.yaml": [_claim(BUNDLES_CLAIM), _claim(DROP_FOLDER_CLAIM)],
        "network.yaml": [network.deny_all(), network.allow_names()],
        "ingress.yaml": [_ingress()],
        "migrations.yaml": [part for one in of_kind("job") for part in _job(one)],
    }
    for one in of_kind("api", "process"):
        found[f"{one.name}.yaml"] = _deployed(one)
    found["kustomization.yaml"] = [_kustomization(sorted(found))]
    return found


def _named(kind: str, version: str, name: str, **body: Any) -> Manifest:
    labels = {LABEL: name, **PART}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def _namespace() -> Manifest:
    modes = ("enforce", "audit", "warn")
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in modes}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": {**PART, **labels}},
    }


def _settings() -> Manifest:
    """One place for the addresses of what we do not deploy; each process is given its own only."""
    used = {name for one in of_kind("api", "process", "job") for name in one.settings}
    shared = {
        name: known.value
        for name, known in SETTINGS.items()
        if known.kind == "shared" and name in used
    }
    return _named("ConfigMap", "v1", SETTINGS_MAP, data=shared)


def _claim(name: str) -> Manifest:
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    return _named("PersistentVolumeClaim", "v1", name, spec=spec)


def _ingress() -> Manifest:
    paths = [
        {
            "path": prefix,
            "pathType": "Prefix",
            "backend": {"service": {"name": room, "port": {"name": "http"}}},
        }
        for prefix, room in routes().items()
    ]
    rule = {"host": "fondo.example", "http": {"paths": paths}}
    tls = [{"hosts": ["fondo.example"], "secretName": "fund-tls"}]
    spec = {"tls": tls, "rules": [rule]}
    ingress = _named("Ingress", "networking.k8s.io/v1", "fund", spec=spec)
    ingress["metadata"]["annotations"] = {"nginx.ingress.kubernetes.io/proxy-body-size": "64m"}
    return ingress


def _deployed(one: Service) -> list[Manifest]:
    least, most = one.replicas
    selector = {"matchLabels": {LABEL: one.name}}
    spec = {
        "replicas": least,
        "revisionHistoryLimit": 3,
        "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "selector": selector,
        "template": _pod(one),
    }
    if most > least:
        del spec["replicas"]  # the autoscaler's
    ports = [{"name": name, "port": port} for name, port in one.ports().items()]
    found = [
        _account(one.name),
        _named("Deployment", "apps/v1", one.name, spec=spec),
        _named("Service", "v1", one.name, spec={"selector": {LABEL: one.name}, "ports": ports}),
        _named(
            "PodDisruptionBudget",
            "policy/v1",
            one.name,
            spec={"maxUnavailable": 1, "selector": selector},
        ),
        network.edges(one),
    ]
    return [*found, _autoscaler(one)] if most > least else found


def _account(name: str) -> Manifest:
    return _named("ServiceAccount", "v1", name, automountServiceAccountToken=False)


def _autoscaler(one: Service) -> Manifest:
    load = {"type": "Utilization", "averageUtilization": 70}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": one.name},
        "minReplicas": one.replicas[0],
        "maxReplicas": one.replicas[1],
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": load}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
    }
    return _named("HorizontalPodAutoscaler", "autoscaling/v2", one.name, spec=spec)


def _job(one: Service) -> list[Manifest]:
    spec = {
        "backoffLimit": 3,
        "activeDeadlineSeconds": 900,
        "ttlSecondsAfterFinished": 3600,
        "template": _pod(one),
    }
    return [
        _account(one.name),
        _named("Job", "batch/v1", one.name, spec=spec),
        network.edges(one),
    ]


def _pod(one: Service) -> Manifest:
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(one.port)}
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {LABEL: one.name}},
    }
    mounts, volumes = _mounts(one)
    spec: Manifest = {
        "serviceAccountName": one.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(one, mounts)],
        "volumes": volumes,
    }
    if one.kind == "job":
        spec["restartPolicy"] = "Never"
        return {"metadata": {"labels": {LABEL: one.name, **PART}}, "spec": spec}
    spec["topologySpreadConstraints"] = [spread]
    labels = {LABEL: one.name, "app.kubernetes.io/component": one.component, **PART}
    return {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}


def _container(one: Service, mounts: list[Manifest]) -> Manifest:
    found: Manifest = {
        "name": one.name,
        "image": IMAGE,
        "args": list(one.command),
        "env": [_variable(one, setting) for setting in one.given()],
        "resources": {
            "requests": {"cpu": one.cpu[0], "memory": one.memory[0]},
            "limits": {"cpu": one.cpu[1], "memory": one.memory[1]},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
    }
    if one.kind == "job":
        return found
    alive = {"httpGet": {"path": one.alive, "port": "http"}}
    ready = {"httpGet": {"path": one.ready, "port": "http"}}
    return {
        **found,
        "ports": [{"name": name, "containerPort": port} for name, port in one.ports().items()],
        "startupProbe": {**alive, "periodSeconds": 2, "failureThreshold": START_S // 2},
        "livenessProbe": {**alive, "periodSeconds": 10, "timeoutSeconds": 3},
        "readinessProbe": {**ready, "periodSeconds": 5, "timeoutSeconds": 3},
    }


def _variable(one: Service, setting: Setting) -> Manifest:
    """A value, or where the cluster keeps it."""
    optional = {"optional": True} if setting.optional else {}
    match setting.kind:
        case "fixed":
            urls = room_urls({room: f"http://{room}:{API_PORT}" for room in one.asks})
            value = urls if setting.name == "FUND_ROOM_URLS" else setting.value
            return {"name": setting.name, "value": value}
        case "shared":
            key = {"name": SETTINGS_MAP, "key": setting.name, **optional}
            return {"name": setting.name, "valueFrom": {"configMapKeyRef": key}}
        case _:
            key = {"name": setting.secret, "key": setting.name, **optional}
            return {"name": setting.name, "valueFrom": {"secretKeyRef": key}}


def _mounts(one: Service) -> tuple[list[Manifest], list[Manifest]]:
    mounts: list[Manifest] = [{"name": "tmp", "mountPath": "/tmp"}]
    volumes: list[Manifest] = [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}]
    if POLICIES in one.mounts:
        mounts.append({"name": POLICIES, "mountPath": "/etc/fund/policies", "readOnly": True})
        volumes.append({"name": POLICIES, "configMap": {"name": POLICIES_MAP}})
    if BUNDLES in one.mounts:
        mounts.append({"name": BUNDLES, "mountPath": "/var/lib/fund/bundles", "readOnly": True})
        claim = {"claimName": BUNDLES_CLAIM, "readOnly": True}
        volumes.append({"name": BUNDLES, "persistentVolumeClaim": claim})
    if DROP_FOLDER in one.mounts:
        place = SETTINGS["FUND_AGROBANCO_FOLDER"].value
        mounts.append({"name": DROP_FOLDER, "mountPath": place})
        claim = {"claimName": DROP_FOLDER_CLAIM}
        volumes.append({"name": DROP_FOLDER, "persistentVolumeClaim": claim})
    return mounts, volumes


def _kustomization(names: list[str]) -> Manifest:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": names,
        "images": [{"name": IMAGE, "newTag": "1.0.0"}],
    }
