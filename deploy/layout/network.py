"""Who may reach whom in the cluster: nothing by default, then one policy a service.

A server outside has no name that a policy could use, so its door is opened by port; an overlay
narrows it to addresses.
"""

from __future__ import annotations

from typing import Any, Final

from deploy.layout.services import SERVICES, Service, askers
from deploy.layout.settings import DOORS

Manifest = dict[str, Any]

NAMESPACE: Final = "fondo"
LABEL: Final = "app.kubernetes.io/name"
FRONT: Final = "ingress-nginx"
"""The namespace of the ingress controller."""
WATCHERS: Final = "monitoring"
"""The namespace of Prometheus."""
DNS_PORT: Final = 53


def _policy(name: str, spec: Manifest) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }


def deny_all() -> Manifest:
    """Nothing goes in or out unless another policy lets it."""
    return _policy("deny-all", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


def allow_names() -> Manifest:
    """Everybody may ask the cluster's name server."""
    server = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    ports = [{"protocol": kind, "port": DNS_PORT} for kind in ("UDP", "TCP")]
    egress = [{"to": [server], "ports": ports}]
    return _policy("allow-names", {"podSelector": {}, "policyTypes": ["Egress"], "egress": egress})


def edges(one: Service) -> Manifest:
    """What this service may reach, and who may reach it."""
    egress = [{"to": [_pods(room)], "ports": _tcp(SERVICES[room].port)} for room in one.asks]
    egress += [{"ports": _tcp(port)} for port in sorted({DOORS[door] for door in one.opens()})]
    ingress: list[Manifest] = []
    if one.ports():
        ingress.append({"from": [_namespace(WATCHERS)], "ports": _tcp(*one.ports().values())})
    if one.kind == "api":
        callers = [_namespace(FRONT), *(_pods(name) for name in askers(one.name))]
        ingress.append({"from": callers, "ports": _tcp(one.port)})
    spec = {
        "podSelector": {"matchLabels": {LABEL: one.name}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": egress,
    }
    return _policy(one.name, spec)


def _pods(name: str) -> Manifest:
    return {"podSelector": {"matchLabels": {LABEL: name}}}


def _namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _tcp(*ports: int) -> list[Manifest]:
    return [{"protocol": "TCP", "port": port} for port in ports]
