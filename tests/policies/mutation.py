"""`make mutants`: turn each comparison of the eligibility rules round, one at a time, and see
whether the policies' own tests or the named cases notice.

`<` becomes `<=` and `>=`, `==` becomes `!=`, and so on. A mutant that neither catches is printed as
a survivor and fails the run, unless EQUIVALENT says why no input can tell it from the rule.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support import policy_cases
from tests.support.policy_cases import Case

ROOT: Final = Path(__file__).parents[2]
POLICIES: Final = ROOT / "policies"
PLACES: Final = ("eligibility", "finding", "values", "lookup", "parameters")
WORKERS: Final = 2
TIME_LIMIT_S: Final = 60
FLIPS: Final = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<="),
}
# Strings, raw strings and comments are skipped; `:=` is no comparison.
TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`|#[^\n]*|:=|==|!=|<=|>=|<|>')
# (file, the line as written, the flipped operator): the reason why it is no other rule.
EQUIVALENT: Final[dict[tuple[str, str, str], str]] = {
    (
        "values.rego",
        "_slice(digits, start) := substring(digits, 0, start + 3) if start < 0",
        "<=",
    ): ("at start 0 both definitions of _slice take the same three digits"),
    ("values.rego", "whole > 0", ">="): (
        "a division by zero is undefined, so that the dash is written all the same"
    ),
    ("eligibility.rego", "count(dossier.lines) > 0", ">="): (
        "PLA-001 blocks without lines whatever the parameters say; this is the second lock"
    ),
    ("score.rego", "dossier.members_count > 0", ">="): (
        "without members the division by zero leaves no points and no percentages either"
    ),
    (
        "paper_organisation.rego",
        '_weight < lookup.parameter("paper.review.weight_min", input.as_of).value',
        "<=",
    ): "at the limit itself the branch before it, review, was taken",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule file with one comparison turned round."""

    path: Path
    row: int
    line: str
    before: str
    after: str
    text: str

    @property
    def name(self) -> str:
        """Where it is and what changed."""
        return f"{self.path}:{self.row}: {self.before} → {self.after}   {self.line}"

    @property
    def excuse(self) -> str | None:
        """Why no test can notice it, or None."""
        return EQUIVALENT.get((self.path.name, self.line, self.after))


def mutants() -> Iterator[Mutant]:
    """Every mutant of the rules in PLACES, in the order of the files."""
    for place in PLACES:
        for path in sorted((POLICIES / "fund" / place).rglob("*.rego")):
            if not path.name.endswith("_test.rego"):
                yield from _of(path)


def _of(path: Path) -> Iterator[Mutant]:
    text = path.read_text()
    for found in TOKEN.finditer(text):
        row = text.count("\n", 0, found.start()) + 1
        for after in FLIPS.get(found[0], ()):
            yield Mutant(
                path=path.relative_to(POLICIES),
                row=row,
                line=text.splitlines()[row - 1].strip(),
                before=found[0],
                after=after,
                text=text[: found.start()] + after + text[found.end() :],
            )


def caught_by(opa: str, mutant: Mutant, folder: Path, cases: list[Case]) -> str | None:
    """Who notices the mutant in this copy of the policies: the tests, the cases, or nobody."""
    place = folder / mutant.path
    kept = place.read_text()
    place.write_text(mutant.text)
    try:
        tested = subprocess.run(
            [opa, "test", "-b", str(folder), "--timeout", f"{TIME_LIMIT_S}s"],
            capture_output=True,
            timeout=2 * TIME_LIMIT_S,
            check=False,
        )
        if tested.returncode != 0:
            return "tests"
        for case, decision in zip(cases, policy_cases.decide(opa, folder, cases), strict=True):
            if policy_cases.said(case, decision) != policy_cases.expected(case):
                return "cases"
        return None
    except (subprocess.TimeoutExpired, RuntimeError):
        return "error"
    finally:
        place.write_text(kept)


def main() -> int:
    """Print what was caught and the survivors; 1 when one survives without an excuse."""
    opa = policy_cases.find_opa()
    if opa is None:
        print("no OPA: install the project's tools or set FUND_OPA_BIN")
        return 2
    started = time.monotonic()
    everyone, cases = list(mutants()), policy_cases.read()
    with tempfile.TemporaryDirectory() as temporary:

        def share(number: int) -> list[tuple[Mutant, str | None]]:
            copy = Path(temporary) / str(number)
            shutil.copytree(POLICIES, copy)
            return [(one, caught_by(opa, one, copy, cases)) for one in everyone[number::WORKERS]]

        with ThreadPoolExecutor(WORKERS) as pool:
            results = [result for part in pool.map(share, range(WORKERS)) for result in part]
    alive = [mutant for mutant, caught in results if caught is None]
    survivors = [mutant for mutant in alive if mutant.excuse is None]
    by = {who: sum(caught == who for _, caught in results) for who in ("tests", "cases", "error")}
    for mutant in alive:
        print(f"{'equivalent' if mutant.excuse else 'SURVIVOR'} {mutant.name}")
        if mutant.excuse:
            print(f"    {mutant.excuse}")
    print(
        f"{len(results) - len(alive)} of {len(results)} mutants caught"
        f" ({by['tests']} by the policies' tests, {by['cases']} by the cases,"
        f" {by['error']} by an error); {len(alive) - len(survivors)} equivalent,"
        f" {len(survivors)} survive; {time.monotonic() - started:.0f} s"
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
