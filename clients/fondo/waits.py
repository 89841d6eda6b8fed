"""What waits longer than it should, on whom, and what an operator can type about it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from clients.fondo import times
from clients.fondo.errors import FondoError
from clients.fondo.operations import ROOMS, Operations
from clients.fondo.words import word

Json = dict[str, Any]
MINUTES: Final = timedelta(minutes=1)
DAYS: Final = timedelta(days=1)
APPLICATIONS: Final[dict[str, tuple[timedelta, str]]] = {
    "submitted": (15 * MINUTES, "el flujo de la solicitud"),
    "under_assessment": (15 * MINUTES, "la evaluación de elegibilidad: un registro u OPA"),
    "eligible": (14 * DAYS, "la evaluación técnica de la secretaría"),
    "evaluated": (15 * MINUTES, "la apertura de la votación"),
    "approved": (7 * DAYS, "presupuesto de la convocatoria, o las firmas del convenio"),
    "agreed": (15 * MINUTES, "el flujo de la solicitud"),
}
"""How long an application may be in a state, and on whom it waits there. Those that are observed
wait until their own term; those in the board, until their ballot's end."""
TRANCHES: Final[dict[str, tuple[timedelta, str]]] = {
    "released": (10 * MINUTES, "el flujo del desembolso, una retención o una suspensión"),
    "instructed": (15 * MINUTES, "la confirmación del programa"),
}
OUTBOX: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Wait:
    """One thing that waits: since when, on whom, and the command that helps."""

    kind: str
    what: str
    since: str | None
    on_whom: str
    detail: str
    cure: str

    def document(self) -> Json:
        """For programs."""
        return asdict(self)


Finder = Callable[[Operations, datetime], Iterator[Wait]]


def found(operations: Operations) -> tuple[list[Wait], list[FondoError]]:
    """What waits too long, the oldest first, and what could not be asked."""
    waits: list[Wait] = []
    failed: list[FondoError] = []
    for finder in FINDERS:
        try:
            waits += finder(operations, times.now())
        except FondoError as error:
            failed.append(error)
    return sorted(waits, key=lambda one: one.since or ""), failed


def _applications(operations: Operations, now: datetime) -> Iterator[Wait]:
    for state, (limit, on_whom) in APPLICATIONS.items():
        for row in operations.rows("/v1/applications", state=state):
            if now - times.parse(row["updated_at"]) > limit:
                yield _application(row, row["updated_at"], on_whom)
    for row in operations.rows("/v1/applications", state="observed"):
        due_at = row.get("amendment_due_at")
        if due_at and now - times.parse(due_at) > 15 * MINUTES:
            yield _application(row, due_at, "el flujo de la solicitud: venció la subsanación")


def _application(row: Json, since: str, on_whom: str) -> Wait:
    cure = f"fondo ops workflow show application/{row['id']}"
    return Wait("application", row["id"], since, on_whom, row["state"], cure)


def _ballots(operations: Operations, now: datetime) -> Iterator[Wait]:
    for state in ("open", "second_call"):
        for row in operations.rows("/v1/ballots", state=state):
            if now - times.parse(row["closes_at"]) > 5 * MINUTES:
                on_whom = "el cierre de la votación, cuyo plazo venció"
                cure = f"fondo ops workflow show ballot/{row['id']}"
                yield Wait("ballot", row["id"], row["closes_at"], on_whom, word(state), cure)


def _tranches(operations: Operations, now: datetime) -> Iterator[Wait]:
    for state, (limit, on_whom) in TRANCHES.items():
        for row in operations.rows("/v1/tranches", state=state):
            since = row.get("released_at")
            if not since or now - times.parse(since) <= limit:
                continue
            rows = operations.rows("/v1/instructions", tranche_id=row["id"])
            states = sorted({one["state"] for one in rows if one["lineage"] == row["lineage"]})
            cure = f"fondo ops workflow show tranche/{row['id']}"
            if state == "instructed":
                cure = f"fondo ops tranche inquire {row['id']}, o send-again tras cinco envíos"
            detail = f"{word(row['channel'])}: {', '.join(states)}"
            yield Wait("tranche", row["id"], since, on_whom, detail, cure)


def _cases(operations: Operations, _: datetime) -> Iterator[Wait]:
    for row in operations.rows("/v1/reconciliation-cases", overdue="true"):
        on_whom = str(row["owner"] or row["owner_role"])
        detail = f"{row['channel']}, {row['kind']}, venció el {row['due_on']}"
        cure = f"fondo ops reconcile --channel {row['channel']} --day {row['due_on']}"
        yield Wait("case", row["id"], row["opened_at"], on_whom, detail, cure)


def _outboxes(operations: Operations, now: datetime) -> Iterator[Wait]:
    for room in ROOMS:
        state = operations.read(f"/v1/operations/{room}/state")
        since = state["oldest_unsent_at"]
        if since and now - times.parse(since) > OUTBOX:
            detail = f"{state['unsent_events']} eventos sin enviar"
            cure = "fondo ops doctor"
            yield Wait("outbox", room, since, "el proceso relay, o Kafka", detail, cure)


def _dead_letters(operations: Operations, _: datetime) -> Iterator[Wait]:
    for row in dead_letters(operations):
        consumer, aggregate = row["consumer"], row["aggregate_id"]
        cure = f"fondo ops dead-letters replay {aggregate} --reason …"
        yield Wait("dead_letter", aggregate, row["parked_at"], consumer, row["reason"], cure)


def dead_letters(operations: Operations, consumer: str | None = None) -> list[Json]:
    """Every room's parked aggregates, of one consumer if named; each row says its room."""
    asked = {"consumer": consumer} if consumer else {}
    return [
        {**row, "room": room}
        for room in ROOMS
        for row in operations.rows(f"/v1/operations/{room}/dead-letters", **asked)
    ]


def _workflows(operations: Operations, _: datetime) -> Iterator[Wait]:
    for row in operations.rows("/v1/workflows", state="stuck"):
        cure = f"fondo ops workflow retry {row['workflow_id']} --reason …"
        on_whom = "un operador" if row["closed_at"] else "una actividad que falla una y otra vez"
        since = row["closed_at"] or row["started_at"]
        yield Wait("workflow", row["workflow_id"], since, on_whom, row["state"], cure)


def _notices(operations: Operations, _: datetime) -> Iterator[Wait]:
    for row in operations.rows("/v1/deliveries", state="given_up"):
        cure = f"fondo ops notices redeliver {row['id']}"
        detail = str(row.get("last_error") or "")
        on_whom = str(row["recipient_sub"])
        yield Wait("notice", row["id"], row["created_at"], on_whom, detail, cure)


FINDERS: Final[tuple[Finder, ...]] = (
    _applications,
    _ballots,
    _tranches,
    _cases,
    _outboxes,
    _dead_letters,
    _workflows,
    _notices,
)
