"""Life: chains whole, nothing accepted lost, events applied once, work goes on, moves legal."""

import asyncio
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from deploy.demo.client import Refused
from services.applications.domain import TRANSITIONS
from services.disbursement.domain import INSTRUCTION_MOVES, TRANCHE_MOVES
from services.kernel.audit import verify_on
from services.kernel.rooms import ROOMS, optional
from tests.faults.world import World, shown

WAITS = {
    "amendment",
    "evaluation",
    "ballot",
    "votes",
    "budget",
    "signature",
    "tranche_release",
    "tranche",
    "statement",
    "nothing",
}
STATEFUL = {
    "applications": "application",
    "board": "ballot",
    "disbursement": "tranche",
    "eligibility": "assessment",
    "registry": "consortium",
}


def i7_audit_chain_whole(world: World) -> list[str]:
    """From genesis to head no gap, no fork, no edit; every row with a state has its audit row, and
    every signed one is what was signed."""
    wrong = []
    for room in ROOMS:
        check = optional(room, "integrity", "findings", None)
        report = verify_on(world.room(room), room, check=check)
        if report.fault:
            wrong.append(f"{room}: {report.fault}")
        wrong += [f"{room}: {finding}" for finding in report.findings]
    for room, table in STATEFUL.items():
        untold = world.rows(
            room,
            f"""SELECT id FROM {table} t WHERE NOT EXISTS
                (SELECT FROM audit WHERE subject = t.id)
                {"AND t.state <> 'planned'" if table == "tranche" else ""}""",
        )
        wrong += [f"{room}: {row['id']} has no audit row" for row in untold]
    return wrong


def i8_no_accepted_application_lost(world: World) -> list[str]:
    """Every application that was answered with success is there, submitted ones past draft."""
    known = {
        row["id"]: row["state"]
        for row in world.rows("applications", "SELECT id, state FROM application")
    }
    wrong = []
    for write in world.history:
        if write.path == "/v1/applications" and write.answer["id"] not in known:
            wrong.append(f"{write.answer['id']} was accepted and is lost")
        if write.path.endswith("/submit") and known.get(write.answer["id"]) in {None, "draft"}:
            wrong.append(f"{write.answer['id']} was submitted and is not")
    return wrong


def i9_every_event_published_and_applied(world: World) -> list[str]:
    """Every outbox row went out in the order of its aggregate, and each consumer applied it."""
    wrong = []
    events: dict[str, tuple[str, str]] = {}
    for room in ROOMS:
        for row in world.rows(
            room,
            """SELECT id, type, aggregate_id, published_at, aggregate_version < lag(
                   aggregate_version, 1, 0::bigint) OVER (PARTITION BY aggregate_id ORDER BY seq)
                   AS falls FROM outbox""",
        ):
            events[row["id"]] = (row["type"], row["aggregate_id"])
            if row["published_at"] is None:
                wrong.append(f"{room}: {row['id']} was not published")
            if row["falls"]:
                wrong.append(f"{room}: the version of {row['aggregate_id']} falls")
    for room in ROOMS:
        for listener in optional(room, "listeners", "LISTENERS", []):
            applied = {
                row["event_id"]
                for row in world.rows(
                    room, "SELECT event_id FROM inbox WHERE consumer = %s", listener.consumer
                )
            }
            wrong += [
                f"{listener.consumer} never applied {event_id} ({kind})"
                for event_id, (kind, _) in events.items()
                if kind in listener.handlers and event_id not in applied
            ]
    return wrong


def i11_liveness(world: World) -> list[str]:
    """No workflow failed or was ended by nobody, no activity hangs, every open one waits for
    something named, and no payment is unknown."""
    unknown = world.rows(
        "disbursement",
        """SELECT id, state FROM instruction WHERE state IN ('unknown', 'sent', 'acknowledged')""",
    )
    return shown(unknown) + asyncio.run(_workflows(world))


async def _workflows(world: World) -> list[str]:
    client = await Client.connect(
        world.settings.temporal_address, data_converter=pydantic_data_converter
    )
    wrong = []
    ended = world.rows(
        "applications", "SELECT subject FROM audit WHERE action = 'workflow.terminate'"
    )
    by_an_operator = {row["subject"] for row in ended}
    async for found in client.list_workflows(
        "ExecutionStatus IN ('Running', 'Failed', 'Terminated', 'TimedOut')"
    ):
        if found.status is WorkflowExecutionStatus.TERMINATED and found.id in by_an_operator:
            continue
        if found.status is not WorkflowExecutionStatus.RUNNING:
            wrong.append(f"{found.id} is {found.status}")
            continue
        handle = client.get_workflow_handle(found.id)
        described = await handle.describe()
        pending = list(described.raw_description.pending_activities)
        if pending:
            wrong.append(f"{found.id}: {pending[0].activity_type.name} is not done")
        status: Any = await handle.query("status")
        waiting_for = status["waiting_for"] if isinstance(status, dict) else status.waiting_for
        if waiting_for not in WAITS:
            wrong.append(f"{found.id} waits for {waiting_for}")
    return wrong


def i13_no_cross_object_read(world: World) -> list[str]:
    """What belongs to one consortium answers another as if it were not there."""
    wrong: list[str] = []
    asked = 0
    applications = world.rows(
        "applications", "SELECT id, consortium_id, plan->>'title' AS title FROM application"
    )
    witnesses = {
        write.body["consortium_id"]: write.who
        for write in world.history
        if write.path == "/v1/applications" and write.body
    }
    for row in applications[-20:]:
        for consortium_id, stranger in witnesses.items():
            if consortium_id == row["consortium_id"]:
                continue
            for path in (f"/v1/applications/{row['id']}", f"/v1/consortia/{row['consortium_id']}"):
                asked += 1
                try:
                    body = stranger.read(path)
                    wrong.append(f"{path} answered a stranger: {str(body)[:80]}")
                except Refused as refused:
                    if refused.status != 404 or row["title"] in str(refused.problem):
                        wrong.append(f"{path}: {refused.status} to a stranger")
    return wrong if asked else ["no stranger asked anything: the invariant was not evaluated"]


def i14_only_legal_transitions(world: World) -> list[str]:
    """Every recorded move of an application is in its table, and each starts where the last
    ended; tranches and instructions only move as theirs say."""
    wrong = []
    last: dict[str, str] = {}
    for row in world.rows(
        "applications",
        """SELECT a.subject, a.change->>'from' AS was, a.change->>'to' AS now FROM audit a
           JOIN audit_link l ON l.audit_id = a.id
           WHERE a.change ? 'from' AND a.change ? 'to' ORDER BY l.seq""",
    ):
        legal = {
            (str(getattr(was, "value", was)), str(getattr(now, "value", now)))
            for was, moves in TRANSITIONS.items()
            for now in moves
        }
        if (row["was"], row["now"]) not in legal:
            wrong.append(f"{row['subject']}: {row['was']} -> {row['now']}")
        if last.get(row["subject"], row["was"]) != row["was"]:
            wrong.append(f"{row['subject']}: left {row['was']} without having been there")
        last[row["subject"]] = row["now"]
    for row in world.rows("applications", "SELECT id, state FROM application"):
        if row["id"] in last and last[row["id"]] != row["state"]:
            wrong.append(f"{row['id']} is {row['state']}, its last move led to {last[row['id']]}")
    known = {state for table in (TRANCHE_MOVES, INSTRUCTION_MOVES) for state in table}
    for row in world.rows("disbursement", "SELECT id, state FROM tranche"):
        if row["state"] not in known:
            wrong.append(f"{row['id']} is in no known state: {row['state']}")
    return wrong


def i15_unknown_operations_resolve(world: World) -> list[str]:
    """Each accepted write, repeated under its key, gives its first answer again."""
    wrong = [] if world.history else ["nothing was written: the invariant was not evaluated"]
    for write in world.history[-40:]:
        again = write.who.read_again(write)
        if again != write.answer:
            wrong.append(f"{write.path}: another answer to the same key")
    return wrong
