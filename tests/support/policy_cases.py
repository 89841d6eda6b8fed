"""Named cases: facts in, findings out, one YAML file a case that a person can read.

A case starts from the application that meets every rule (`from: valid`) and says what differs:
`changes` (path: value; `*` is every item of a list), `remove` (paths) and `parameters` (key: value,
as if the parameter's file said so). `expect` is the outcome and every finding with its severity.
`rule` is the code whose limit the case stands at, on this side or the other. All cases go to OPA in
one question.
"""

import copy
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parents[1] / "policies" / "cases"
KEYS: Final = {"name", "shows", "rule", "from", "changes", "remove", "parameters", "expect"}
TIME_LIMIT_S: Final = 120


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its file says it."""

    file: str
    name: str
    shows: str
    rule: str
    changes: dict[str, Any]
    remove: list[str]
    parameters: dict[str, Any]
    outcome: str
    findings: dict[str, str]
    more: dict[str, Any]

    def input(self, valid: dict[str, Any]) -> dict[str, Any]:
        """The question that the case asks, from the valid one."""
        question = changed(valid, changes=self.changes, remove=self.remove)
        if not any(path.startswith("facts.registers") for path in [*self.changes, *self.remove]):
            agree(question)
        return question


def changed(valid: dict[str, Any], *, changes: dict[str, Any], remove: list[str]) -> dict[str, Any]:
    """A copy of the valid question with other values at paths, and without some."""
    question = copy.deepcopy(valid)
    for path, value in changes.items():
        _put(question, path.split("."), copy.deepcopy(value))
    for path in remove:
        _drop(question, path.split("."))
    return question


def agree(question: dict[str, Any]) -> None:
    """Let the public registers say what the facts say of the firm and the members."""
    facts = question["facts"]
    firm, registers = facts["anchor_firm"], facts["registers"]
    registers["sunat"] |= {
        "ruc": firm.get("ruc"),
        "state": firm.get("ruc_state"),
        "condition": firm.get("ruc_condition"),
        "exporting": firm.get("exporting"),
    }
    registers["sunarp"]["ruc"] = firm.get("ruc")
    members = {member.get("dni"): member for member in facts["members"]}
    for register, said in (
        ("reniec", {"full_name": "full_name"}),
        ("ppa", {"total_area_m2": "total_area_m2"}),
        ("credit", {}),
    ):
        usual = registers[register][0]
        directors = [one for one in registers[register] if one["dni"] in _directors(registers)]
        registers[register] = [
            *({**usual, "dni": dni, **_of(member, said)} for dni, member in members.items()),
            *(directors if register == "credit" else []),
        ]


def _of(member: dict[str, Any], said: dict[str, str]) -> dict[str, Any]:
    return {name: member.get(fact) for name, fact in said.items()}


def _directors(registers: dict[str, Any]) -> set[str]:
    return {one["dni"] for one in registers["sunarp"]["directors"]}


def find_opa() -> str | None:
    """OPA as given by FUND_OPA_BIN, on the path, or in the cache of the project's tools."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cached = sorted(cache.glob("fondo-consorcios/tools/opa/*/**/opa"))
    candidates = [os.environ.get("FUND_OPA_BIN"), shutil.which("opa"), *map(str, reversed(cached))]
    return next((found for found in candidates if found and Path(found).is_file()), None)


def read() -> list[Case]:
    """Every case, by file name. Raises ValueError when a file has other keys."""
    return [_case(path) for path in sorted(FOLDER.glob("*.yaml"))]


def decide(opa: str, policies: Path, cases: list[Case]) -> list[dict[str, Any]]:
    """The decision on each case, from one run of OPA on that folder of policies."""
    folder = ("-b", str(policies))
    valid = _eval(opa, *folder, "data.fund.eligibility_test.valid")
    stored = _eval(opa, *folder, "data.fund.parameters")
    asked = [_asked(case, valid, stored) for case in cases]
    terms = [
        " ".join(
            [
                f"data.fund.eligibility.decision with input as input[{place}].input",
                *(f"with {_place(key)} as input[{place}].set[{key!r}]" for key in case.parameters),
            ]
        ).replace("'", '"')
        for place, case in enumerate(cases)
    ]
    query = "; ".join(f"d{place} := {term}" for place, term in enumerate(terms))
    answer = _run(opa, *folder, "--stdin-input", "--format", "json", query, given=asked)
    bindings = json.loads(answer)["result"][0]["bindings"]
    return [bindings[f"d{place}"] for place in range(len(cases))]


def severities(decision: dict[str, Any]) -> dict[str, str]:
    """The findings of a decision as a case writes them."""
    return {finding["code"]: finding["severity"] for finding in decision["findings"]}


def said(case: Case, decision: dict[str, Any]) -> dict[str, Any]:
    """What the decision says of all that the case expects."""
    return {
        "outcome": decision["outcome"],
        "findings": severities(decision),
        **{part: _at(decision, part) for part in case.more},
    }


def expected(case: Case) -> dict[str, Any]:
    """What the case expects, in the same shape."""
    return {"outcome": case.outcome, "findings": case.findings, **case.more}


def ask(opa: str, policies: Path, query: str, question: Any = None) -> list[Any]:
    """The one value of a query, in a list; empty when the query is undefined."""
    answer = _run(
        opa, "-b", str(policies), "--stdin-input", "--format", "json", query, given=question
    )
    return [one["expressions"][0]["value"] for one in json.loads(answer).get("result", [])]


def _at(thing: Any, path: str) -> Any:
    """The part of a decision at a path; None where there is none."""
    for step in path.split("."):
        try:
            thing = thing[int(step)] if isinstance(thing, list) else thing[step]
        except (KeyError, IndexError):
            return None
    return thing


def _case(path: Path) -> Case:
    said = yaml.safe_load(path.read_text())
    if not {"name", "shows", "rule", "from", "expect"} <= said.keys() <= KEYS:
        raise ValueError(f"{path.name}: keys {sorted(said)}")
    if said["from"] != "valid":
        raise ValueError(f"{path.name}: from {said['from']}")
    expect = dict(said["expect"])
    return Case(
        file=path.stem,
        name=said["name"],
        shows=said["shows"],
        rule=said["rule"],
        changes=said.get("changes", {}),
        remove=said.get("remove", []),
        parameters=said.get("parameters", {}),
        outcome=expect.pop("outcome"),
        findings=expect.pop("findings", {}),
        more=expect,
    )


def _asked(case: Case, valid: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    question = case.input(valid)
    return {
        "input": question,
        "set": {key: _with_value(stored, key, given) for key, given in case.parameters.items()},
    }


def _with_value(stored: dict[str, Any], key: str, given: Any) -> list[dict[str, Any]]:
    """The versions of a parameter with another value, or other parts when a mapping is given."""
    topic, _, name = key.partition(".")
    parts = given if isinstance(given, dict) else {"value": given}
    return [{**version, **parts} for version in stored[topic][name]]


def _place(key: str) -> str:
    topic, _, name = key.partition(".")
    return f"data.fund.parameters.{topic}[{name!r}]"


def _put(thing: Any, path: list[str], value: Any) -> None:
    step, *rest = path
    if step == "*":
        for item in thing:
            _put(item, rest, copy.deepcopy(value))
    elif isinstance(thing, list):
        if rest:
            _put(thing[int(step)], rest, value)
        else:
            thing[int(step)] = value
    elif rest:
        _put(thing.setdefault(step, {}), rest, value)
    else:
        thing[step] = value


def _drop(thing: Any, path: list[str]) -> None:
    step, *rest = path
    if rest:
        _drop(thing[int(step) if isinstance(thing, list) else step], rest)
    else:
        del thing[int(step) if isinstance(thing, list) else step]


def _eval(opa: str, *arguments: str) -> Any:
    return json.loads(_run(opa, "--format", "raw", *arguments))


def _run(opa: str, *arguments: str, given: Any = None) -> str:
    done = subprocess.run(
        [opa, "eval", *arguments],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout
