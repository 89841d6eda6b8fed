"""How a partner has been told to misbehave, and for how many requests more."""

import json
import sqlite3
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Mode = Literal[
    "normal",
    "timeout_after_executing",
    "reject",
    "return",
    "duplicate_callback",
    "no_callback",
    "down_503",
    "slow",
    "late_arrival",
    "observe",
    "deny",
    "timeout",
    "error_500",
    "rubbish",
    "not_found",
]

DOWN = frozenset({"down_503"})
# These bend the answer to a request, known reference or not; the others plan a new payment's fate.
ANSWERING = frozenset({"timeout_after_executing", "slow"})
PLANNING = frozenset({"reject", "return", "duplicate_callback", "no_callback"})
# How a request for a no-objection is answered, otherwise granted.
OF_A_NO_OBJECTION = frozenset({"observe", "deny", "no_callback", "duplicate_callback"})
# The caller gets a 504; the order is found, and executed, only some time later.
LATE = frozenset({"late_arrival"})
# What a public register can be told to do; it keeps no books that other modes could bend.
OF_REGISTERS = frozenset(
    {"normal", "slow", "timeout", "error_500", "down_503", "rubbish", "not_found"}
)
REGISTERS_ONLY = frozenset({"timeout", "error_500", "rubbish", "not_found"})
CALLBACK_ONLY = frozenset({"duplicate_callback", "no_callback", "observe", "deny"})


class Behaviour(BaseModel):
    """What `PUT /control/{partner}` takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mode: Mode
    applies_to: Literal["next", "all"] | Annotated[int, Field(ge=1, le=100_000)] = "all"
    delay_s: float | None = Field(default=None, ge=0, le=86_400)
    reason_code: str | None = Field(default=None, pattern=r"^[A-Z]{2}[0-9]{2}$")
    timeout_hold_s: float = Field(default=30, ge=0, le=600)
    callback: bool = True
    copies: int = Field(default=2, ge=2, le=20)

    @property
    def arrives_after_s(self) -> float:
        """How long a late order is on its way; keep it under the partner's `final_after_s`."""
        if self.mode not in LATE:
            return 0
        return 2 if self.delay_s is None else self.delay_s

    @property
    def remaining(self) -> int | None:
        if self.applies_to == "all":
            return None
        return 1 if self.applies_to == "next" else self.applies_to


NORMAL = Behaviour(mode="normal")


def put(db: sqlite3.Connection, partner: str, behaviour: Behaviour) -> None:
    db.execute(
        "INSERT OR REPLACE INTO behaviour VALUES (?, ?, ?, ?)",
        (partner, behaviour.mode, behaviour.remaining, behaviour.model_dump_json()),
    )


def current(db: sqlite3.Connection, partner: str) -> dict[str, Any]:
    row = db.execute("SELECT * FROM behaviour WHERE partner = ?", (partner,)).fetchone()
    if row is None:
        return NORMAL.model_dump() | {"remaining": None}
    return dict(json.loads(row["options"])) | {"remaining": row["remaining"]}


def take(db: sqlite3.Connection, partner: str, modes: frozenset[str]) -> Behaviour:
    """The behaviour in force if it is one of these modes, counted down; otherwise normal."""
    row = db.execute("SELECT * FROM behaviour WHERE partner = ?", (partner,)).fetchone()
    if row is None:
        return NORMAL
    if row["mode"] == "normal":
        return Behaviour.model_validate_json(row["options"])
    if row["mode"] not in modes:
        return NORMAL
    if row["remaining"] == 1:
        db.execute("DELETE FROM behaviour WHERE partner = ?", (partner,))
    elif row["remaining"] is not None:
        db.execute("UPDATE behaviour SET remaining = remaining - 1 WHERE partner = ?", (partner,))
    return Behaviour.model_validate_json(row["options"])


def clear(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM behaviour")
