"""Magic values: under a test key the céntimos of an amount, or the end of a reference, force what
becomes of a payment. One table for the code, for the documentation and for the conformance check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from deploy.sandbox.behaviours import NORMAL, Behaviour
from deploy.sandbox.problems import Problem

OF_A_PAYMENT: Final = frozenset({"reject", "return", "no_callback", "duplicate_callback"})
"""What may differ between the transactions of one file; the rest is the fate of the request."""
OF_AGROBANCO: Final = frozenset({"reject", "return"})


@dataclass(frozen=True, kw_only=True)
class Magic:
    cents: int
    suffix: str
    behaviour: Behaviour
    becomes: str


TABLE: Final = (
    Magic(
        cents=1,
        suffix="-REJECT",
        behaviour=Behaviour(mode="reject", reason_code="AC04"),
        becomes="rejected, AC04 (account closed)",
    ),
    Magic(
        cents=2,
        suffix="-BADACCT",
        behaviour=Behaviour(mode="reject", reason_code="AC03"),
        becomes="rejected, AC03 (creditor account not valid)",
    ),
    Magic(
        cents=3,
        suffix="-RETURN",
        behaviour=Behaviour(mode="return", reason_code="AC03"),
        becomes="executed, then returned with AC03",
    ),
    Magic(
        cents=4,
        suffix="-UNKNOWN",
        behaviour=Behaviour(mode="timeout_after_executing", timeout_hold_s=30),
        becomes="executed, but the answer is held for 30 s: the caller cannot know",
    ),
    Magic(
        cents=5,
        suffix="-LATE",
        behaviour=Behaviour(mode="late_arrival", delay_s=2),
        becomes="504; inquiry says 404 for 2 s, then the order is there and is executed",
    ),
    Magic(
        cents=6,
        suffix="-SILENT",
        behaviour=Behaviour(mode="no_callback"),
        becomes="executed without a callback (Agroideas): inquiry and statement tell",
    ),
    Magic(
        cents=7,
        suffix="-TWICE",
        behaviour=Behaviour(mode="duplicate_callback"),
        becomes="executed, its callback comes twice with one id (Agroideas)",
    ),
    Magic(
        cents=9,
        suffix="-DOWN",
        behaviour=Behaviour(mode="down_503"),
        becomes="503 and nothing is booked",
    ),
)

OUTCOMES: Final = {"observe": "observed", "deny": "denied"}
OF_A_NO_OBJECTION: Final = (
    Magic(
        cents=11,
        suffix="-OBSERVE",
        behaviour=Behaviour(mode="observe"),
        becomes="observed: the request is to be corrected",
    ),
    Magic(
        cents=12,
        suffix="-DENY",
        behaviour=Behaviour(mode="deny"),
        becomes="denied",
    ),
    Magic(
        cents=13,
        suffix="-QUIET",
        behaviour=Behaviour(mode="no_callback"),
        becomes="granted without a callback: inquiry tells",
    ),
)


def of_no_objection(reference: str, amount_cents: int) -> Behaviour:
    """What the reference or the amount of a request for a no-objection forces; the reference
    wins."""
    return _first(
        row
        for row in OF_A_NO_OBJECTION
        if reference.endswith(row.suffix) or row.cents == amount_cents % 100
        if not any(reference.endswith(one.suffix) for one in OF_A_NO_OBJECTION if one is not row)
    )


def of_payment(reference: str, amount_cents: int) -> Behaviour:
    """What a payment's reference or amount forces; the reference wins."""
    return _first(
        row
        for row in TABLE
        if reference.endswith(row.suffix) or row.cents == amount_cents % 100
        if not _another_end(row, reference)
    )


def of_transaction(reference: str, amount_cents: int) -> Behaviour:
    """As `of_payment`, of one transaction of a file."""
    found = of_payment(reference, amount_cents)
    return found if found.mode in OF_AGROBANCO else NORMAL


def of_file(message_id: str) -> Behaviour:
    """What a file's MsgId forces for the whole request."""
    return _first(
        row
        for row in TABLE
        if message_id.endswith(row.suffix) and row.behaviour.mode not in OF_A_PAYMENT
    )


def refuse_if_down(behaviour: Behaviour) -> None:
    if behaviour.mode == "down_503":
        raise Problem(503, "unavailable", "Servicio no disponible.", headers={"Retry-After": "1"})


def markdown() -> str:
    """The table as the documentation shows it."""
    lines = [
        "| céntimos | or the reference (MsgId, EndToEndId) ends in | what becomes of it |",
        "|---|---|---|",
        *(f"| .{row.cents:02d} | `{row.suffix}` | {row.becomes} |" for row in TABLE),
        *(
            f"| .{row.cents:02d} | `{row.suffix}` | no-objection {row.becomes} |"
            for row in OF_A_NO_OBJECTION
        ),
    ]
    return "\n".join(lines)


def _another_end(row: Magic, reference: str) -> bool:
    """Whether the reference names another row, which then wins over the amount."""
    return any(reference.endswith(other.suffix) for other in TABLE if other is not row)


def _first(rows: Iterator[Magic]) -> Behaviour:
    return next((row.behaviour for row in rows), NORMAL)
