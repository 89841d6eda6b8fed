"""The board's named cases: the room's count and the policy's are held against the same ones."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "unit" / "board" / "cases"
SEATS = ("midagri", "produce", "mincetur", "mef")
CHOICES = {"F": "for", "A": "against", "x": "abstain"}


@dataclass(frozen=True)
class Case:
    """One named case, as its file says."""

    name: str
    says: dict[str, Any]

    @property
    def chair(self) -> str | None:
        chair: str | None = self.says.get("chair", "midagri")
        return chair

    @property
    def deputy(self) -> str | None:
        deputy: str | None = self.says.get("deputy", "mef")
        return deputy

    @property
    def _answers(self) -> dict[str, str]:
        return dict(zip(SEATS, self.says["votes"], strict=True))

    @property
    def recused(self) -> list[str]:
        return [seat for seat, answer in self._answers.items() if answer == "R"]

    @property
    def choices(self) -> dict[str, str]:
        return {s: CHOICES[answer] for s, answer in self._answers.items() if answer in CHOICES}


def cases(name: str) -> list[Case]:
    """The cases of a file."""
    groups = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [
        Case(f"{group}: {named}", says)
        for group, held in groups.items()
        for named, says in held.items()
    ]
