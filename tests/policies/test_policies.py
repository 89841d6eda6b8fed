"""The policy bundle under its own tools: format, strict check, tests with coverage, tidiness."""

import importlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import policy_cases

ROOT: Final = Path(__file__).parents[2]
POLICIES: Final = ROOT / "policies"
ROOMS: Final = ("eligibility", "board", "disbursement")
TIME_LIMIT_S: Final = 120
FORBIDDEN: Final = (
    "http.send",
    "net.lookup_ip_addr",
    "opa.runtime",
    "rand.intn",
    "time.now_ns",
    "uuid.rfc4122",
)
FINDING_PARTS: Final = ("code", "severity", "rule", "norm", "source", "cure_es", "cure_en")
# Codes that mean the same in every package: the input's day, a parameter without a value.
SHARED_CODES: Final = {"INP-001", "PAR-001"}


@pytest.fixture(scope="module")
def opa() -> str:
    """The OPA program; without it these tests cannot say anything."""
    found = policy_cases.find_opa()
    if found is None:
        pytest.skip("no OPA: install the project's tools or set FUND_OPA_BIN")
    return found


def run(opa: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [opa, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )


def rules() -> list[Path]:
    """The Rego files that are no tests."""
    return [path for path in POLICIES.rglob("*.rego") if not path.name.endswith("_test.rego")]


def annotations(opa: str) -> list[dict[str, Any]]:
    answer = run(opa, "inspect", "-a", "--format", "json", "policies")
    assert answer.returncode == 0, answer.stderr
    entries: list[dict[str, Any]] = json.loads(answer.stdout)["annotations"]
    return entries


def findings(opa: str) -> list[dict[str, Any]]:
    """The annotated rules that make findings."""
    return [entry for entry in annotations(opa) if entry["path"][-1]["value"] == "findings"]


def test_policies_are_formatted(opa: str) -> None:
    answer = run(opa, "fmt", "--diff", "--fail", "policies")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_policies_pass_the_strict_check_without_the_forbidden_builtins(
    opa: str, tmp_path: Path
) -> None:
    capabilities = json.loads(run(opa, "capabilities", "--current").stdout)
    names = {builtin["name"] for builtin in capabilities["builtins"]}
    assert names.issuperset(FORBIDDEN), "a forbidden builtin has another name in this OPA"
    capabilities["builtins"] = [
        builtin for builtin in capabilities["builtins"] if builtin["name"] not in FORBIDDEN
    ]
    allowed = tmp_path / "capabilities.json"
    allowed.write_text(json.dumps(capabilities))
    answer = run(opa, "check", "--strict", "-b", "policies", "--capabilities", str(allowed))
    assert answer.returncode == 0, answer.stderr


def test_policies_read_only_fields_that_the_rooms_send(
    opa: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    schemas: dict[str, dict[str, Any]] = {}
    for room in ROOMS:
        if not (ROOT / "services" / room / "policy.py").is_file():
            continue
        policy = importlib.import_module(f"services.{room}.policy")
        schemas |= getattr(policy, "policy_schemas", dict)()
    for name, schema in schemas.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    assert "fund.eligibility.input" in schemas
    answer = run(opa, "check", "--strict", "-b", "policies", "-s", str(tmp_path))
    assert answer.returncode == 0, answer.stderr


def test_policy_tests_pass_and_cover_the_rules(opa: str) -> None:
    tested = run(opa, "test", "-b", "policies", "--fail-on-empty", "--timeout", "60s")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    covered = run(
        opa, "test", "-b", "policies", "--coverage", "--threshold", "98", "--timeout", "60s"
    )
    assert covered.returncode == 0, covered.stdout + covered.stderr


def test_every_finding_has_code_severity_norm_source_and_cure(opa: str) -> None:
    found = findings(opa)
    assert len(found) > 40
    for entry in found:
        custom = entry["annotations"].get("custom", {})
        place = f"{entry['location']['file']}:{entry['location']['row']}"
        assert set(FINDING_PARTS) <= custom.keys(), place
        assert entry["annotations"].get("title"), place
        assert custom["severity"] in {"blocking", "signal", "info"}, place
        package = ".".join(part["value"] for part in entry["path"][1:-1])
        assert custom["rule"].startswith(f"{package}."), place


def test_every_finding_rule_is_annotated(opa: str) -> None:
    written = sum(path.read_text().count("\nfindings contains ") for path in rules())
    assert written == len(findings(opa))


def test_a_code_is_used_once_and_listed_in_the_readme(opa: str) -> None:
    codes = [entry["annotations"]["custom"]["code"] for entry in findings(opa)]
    own = [code for code in codes if code not in SHARED_CODES]
    assert len(own) == len(set(own))
    listed = set(re.findall(r"\b[A-Z]{3}-\d{3}\b", (POLICIES / "README.md").read_text()))
    assert listed == set(codes)


def test_every_package_and_entrypoint_has_metadata(opa: str) -> None:
    entries = annotations(opa)
    packages = {
        ".".join(part["value"] for part in entry["path"][1:])
        for entry in entries
        if entry["annotations"]["scope"] == "package"
        and {"title", "description"} <= entry["annotations"].keys()
    }
    assert packages == {".".join(path.parent.relative_to(POLICIES).parts) for path in rules()}
    entrypoints = [entry for entry in entries if entry["annotations"].get("entrypoint")]
    assert {entry["path"][-2]["value"] for entry in entrypoints} == {
        "agrobanco",
        "amendments",
        "authz",
        "board",
        "clock",
        "disbursement",
        "eligibility",
        "limits",
    }
    for entry in entrypoints:
        parts = entry["annotations"]
        assert parts.get("title"), entry["location"]
        assert parts.get("description"), entry["location"]
        assert parts.get("custom", {}).get("norm"), entry["location"]


@pytest.mark.parametrize("path", sorted(POLICIES.rglob("*.rego")), ids=lambda path: path.name)
def test_the_folder_is_the_package(path: Path) -> None:
    package = ".".join(path.parent.relative_to(POLICIES).parts)
    if path.name.endswith("_test.rego"):
        package += "_test"
    declared = re.search(r"^package (\S+)$", path.read_text(), re.MULTILINE)
    assert declared is not None
    assert declared[1] == package


@pytest.mark.parametrize("path", sorted(rules()), ids=lambda path: path.name)
def test_rules_are_tidy(path: Path) -> None:
    text = path.read_text()
    assert path.with_name(f"{path.stem}_test.rego").is_file()
    for name in FORBIDDEN:
        assert name not in text
    assert not re.search(r"^_?get_", text, re.MULTILINE)
    assert len(text.splitlines()) <= 400
    # `not f(input.x)` is undefined, hence silent, when x is missing: the argument is read outside
    # of the negation. Read it with object.get or inside a helper.
    assert not re.search(r"^\tnot .*\binput\.", text, re.MULTILINE)


def test_an_action_is_written_once_and_every_guarded_action_is_written() -> None:
    table = (POLICIES / "fund/authz/actions/data.yaml").read_text()
    written = re.findall(r"^([a-z_.]+): \{", table, re.MULTILINE)
    assert len(written) == len(set(written))
    guarded = {
        action
        for api in (ROOT / "services").glob("*/*.py")
        for action in re.findall(r'guarded\(\s*"([a-z_.]+)"', api.read_text())
    }
    assert guarded <= set(written)


def test_parameters_lie_only_in_files_that_opa_loads() -> None:
    data = [path for path in POLICIES.rglob("*") if path.suffix in {".yaml", ".yml", ".json"}]
    assert {path.name for path in data} == {"data.yaml"}


def test_every_parameter_that_a_rule_reads_is_declared(opa: str) -> None:
    read = {
        key
        for path in rules()
        for key in re.findall(r'lookup\.parameter\(\s*"([^"]+)"', path.read_text())
    }
    answer = run(
        opa, "eval", "-b", "policies", "--format", "raw", "data.fund.lookup_test.read_keys"
    )
    assert answer.returncode == 0, answer.stderr
    assert read <= set(json.loads(answer.stdout))
