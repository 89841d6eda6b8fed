"""Every requirement has its reason in the README, and the lock says nothing about a machine."""

import re
from pathlib import Path

import pytest

from tests.architecture.tidy import ROOT

REQUIREMENTS = sorted((ROOT / "requirements").glob("*.in"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
APART = ROOT / "requirements/client-generator.txt"
OURS = [lock for lock in LOCKS if lock != APART]
"""The locks of our own environment, what runs and what tests; the generator has one of its own."""
NAME = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)")


def named_in(path: Path) -> list[str]:
    """The packages that a requirements file asks for."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [found[1].lower() for line in lines if (found := NAME.match(line.strip()))]


def rows_of(readme: str) -> list[str]:
    """The packages in the first column of the README's table of dependencies."""
    section = readme.split("\n## Dependencies", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    return [name.strip(" `").lower() for cell in cells[1:] for name in cell.split(",")]


def test_every_requirement_has_its_one_line_in_the_readme() -> None:
    listed = [row for row in rows_of((ROOT / "README.md").read_text("utf-8")) if row.strip("-")]
    asked = {name for path in REQUIREMENTS for name in named_in(path)}
    assert sorted(listed) == sorted(asked)


def test_a_requirement_is_asked_for_in_one_place() -> None:
    asked = [name for path in REQUIREMENTS for name in named_in(path)]
    assert sorted(asked) == sorted(set(asked))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_a_hash_for_each_version_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|^-|--index|--find-links|@ ", text, re.MULTILINE)
    entries = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)
    assert all(re.match(r"[A-Za-z0-9._-]+==\S+.*\\\n +--hash=sha256:", entry) for entry in entries)


def test_the_lock_of_the_tests_holds_the_versions_that_run() -> None:
    runs, tests = (set(re.findall(r"^\S+==\S+.*\\$", lock.read_text(), re.M)) for lock in OURS)
    assert runs <= tests


def test_the_lock_knows_every_requirement() -> None:
    runs, tests = OURS
    for path, lock in (
        (ROOT / "requirements/main.in", runs),
        (APART.with_suffix(".in"), APART),
        *((p, tests) for p in REQUIREMENTS if p != APART.with_suffix(".in")),
    ):
        locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock.read_text(), re.M)}
        assert set(named_in(path)) <= locked
