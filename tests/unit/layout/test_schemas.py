"""What is written for Compose and Kubernetes is held against their own schemas, offline."""

import copy
from typing import Any

import kubernetes_validate
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema.validators import validator_for

from deploy.layout.writing import ROOT

COMPOSE = sorted((ROOT / "deploy/compose").glob("*compose*.yaml"))
KUBERNETES = [
    path
    for path in sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
    if path.name != "kustomization.yaml"
]


def compose_errors(document: Any) -> list[str]:
    """What Compose's schema says against a document."""
    schema = get_builtin_schema("vendor.compose-spec")
    return [error.message for error in validator_for(schema)(schema).iter_errors(document)]


def kubernetes_check(document: Any) -> None:
    """Raises kubernetes_validate.ValidationError; fields that Kubernetes does not know count."""
    kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_a_compose_file_is_as_compose_wants_it(path: Any) -> None:
    assert compose_errors(yaml.safe_load(path.read_text("utf-8"))) == []


def test_the_compose_schema_refuses_what_compose_does_not_know() -> None:
    document = yaml.safe_load(COMPOSE[0].read_text("utf-8"))
    next(iter(document["services"].values()))["read_olny"] = True
    assert compose_errors(document)


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_a_manifest_is_as_kubernetes_wants_it(path: Any) -> None:
    documents = list(yaml.safe_load_all(path.read_text("utf-8")))
    assert documents
    for document in documents:
        kubernetes_check(document)


@pytest.mark.parametrize(
    ("kind", "at", "wrong"),
    [
        ("Deployment", ("spec", "template", "spec", "enableServiceLink"), False),
        ("Deployment", ("spec", "selector"), "board"),
        ("HorizontalPodAutoscaler", ("spec", "maxReplicas"), "six"),
        ("NetworkPolicy", ("spec", "policyType"), ["Ingress"]),
    ],
)
def test_the_kubernetes_schemas_refuse_a_mistake(
    kind: str, at: tuple[str, ...], wrong: Any
) -> None:
    documents = yaml.safe_load_all((ROOT / "deploy/kubernetes/board.yaml").read_text("utf-8"))
    broken = copy.deepcopy(next(one for one in documents if one["kind"] == kind))
    inside = broken
    for name in at[:-1]:
        inside = inside[name]
    inside[at[-1]] = wrong
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_check(broken)
