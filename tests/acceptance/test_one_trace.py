"""One trace id shows the whole way of an application, from its POST to its settlement; and neither
the spans nor the logs of that way tell of a person."""

import json
import os
from pathlib import Path

import httpx2
import pytest

from deploy.demo import job
from deploy.demo.client import Person, Refused
from deploy.demo.inputs import Inputs
from services.kernel import clock, tracing
from services.kernel.settings import Settings
from tests.support import stack
from tests.support.traces import Trace, trace_of
from tests.support.waiting import until

KINDS = (
    *("http", "outbox", "kafka", "workflow", "activity", "room", "opa"),
    *("channel", "ledger", "settlement", "reconciliation"),
)
PROCESSES = ("api", "relay", "listen", "worker", "bridge", "notify")


@pytest.fixture(scope="module")
def written_before(consortium_id: str) -> dict[str, int]:
    """How long each process's log was before; the stack's folder outlives its runs."""
    return {name: log_of(name).stat().st_size for name in PROCESSES}


def log_of(process: str) -> Path:
    return stack.state_dir() / "logs" / f"{process}.log"


@pytest.fixture(scope="module")
def application_id(
    people: job.People, inputs: Inputs, consortium_id: str, written_before: dict[str, int]
) -> str:
    """An application that was paid through both channels."""
    return _paid(people, inputs, people.applicant(consortium_id), consortium_id)


def test_one_trace_shows_the_way_from_post_to_settlement(application_id: str) -> None:
    root = tracing.root_of(application_id)
    found = Trace(())

    def whole() -> bool:
        nonlocal found
        found = trace_of(Path(os.environ["FUND_TRACES_DIR"]), root.trace_id)
        return set(KINDS) <= found.kinds.keys() and not found.orphans and bool(found.roots)

    until(whole, within_s=20, what="every kind of span, and every parent")
    print(f"\n{len(found.spans)} spans in trace {root.trace_id:032x}: {dict(found.kinds)}")
    (first,) = found.roots
    assert (first.name, first.kind) == ("POST /v1/applications", "http")
    assert first.span_id == f"0x{root.span_id:016x}"
    assert len({span.span_id for span in found.spans}) == len(found.spans)
    _is_ordered(found)
    _reaches_the_partner(found)


def test_a_refusal_names_the_applications_trace(
    application_id: str, people: job.People, consortium_id: str
) -> None:
    with pytest.raises(Refused) as refused:
        people.applicant(consortium_id).write(f"/v1/applications/{application_id}/submit")
    trace_id = tracing.root_of(application_id).trace_id
    assert refused.value.problem["trace_id"] == f"{trace_id:032x}"


def test_neither_logs_nor_spans_tell_of_a_person(
    application_id: str,
    people: job.People,
    inputs: Inputs,
    config: Settings,
    written_before: dict[str, int],
) -> None:
    _cause_trouble(people, inputs, config)
    folder = Path(os.environ["FUND_TRACES_DIR"])
    root = tracing.root_of(application_id)
    until(lambda: trace_of(folder, root.trace_id).roots, within_s=20, what="the root span")
    spans = "".join(path.read_text() for path in folder.glob("*.jsonl"))
    logs = {
        name: log_of(name).read_bytes()[size:].decode() for name, size in written_before.items()
    }
    told = {text for text in _personal(inputs) if text in spans}
    told |= {text for text in _personal(inputs) for log in logs.values() if text in log}
    assert not told
    lines = [json.loads(line) for log in logs.values() for line in log.splitlines()]
    mine = [line for line in lines if line.get("application_id") == application_id]
    print(f"\n{len(lines)} log lines, {len(mine)} of the application; {len(spans)} bytes of spans")
    assert {line["event"] for line in mine} >= {"channel.sent"}
    assert {line["trace_id"] for line in mine} == {f"{root.trace_id:032x}"}
    assert {line["process"] for line in lines} <= set(PROCESSES)


def _cause_trouble(people: job.People, inputs: Inputs, config: Settings) -> None:
    """Requests full of personal data that are refused."""
    producer = inputs.producers[0]
    for body in (producer, {**producer, "dni": "4120"}, {**producer, "cci": producer["dni"]}):
        with pytest.raises(Refused):
            people.secretariat.write("/v1/producers", body)
    signed = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,eHg="}
    address = f"{config.api_url}/v1/partners/agroideas/callbacks"
    answer = httpx2.post(address, json=producer, headers=signed, trust_env=False)
    assert answer.status_code == 401
    assert people.secretariat.read("/v1/producers", dni=producer["dni"])["data"]


def _personal(inputs: Inputs) -> set[str]:
    people = {str(row[name]) for row in inputs.producers for name in ("dni", "full_name", "cci")}
    board = {member["holder_name"] for member in inputs.board}
    return people | board | {inputs.consortium["cci"], "@avisos.example", "Bearer eyJ"}


def _paid(people: job.People, inputs: Inputs, applicant: Person, consortium_id: str) -> str:
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    agreement = job.reach_execution(applicant, people, inputs, application_id)
    first = [item for item in agreement["tranches"] if item["sequence"] == 1]
    for tranche in first:
        job.release(applicant, people, tranche["id"])
    for tranche in first:
        job.await_paid(applicant, tranche["id"])
    day = clock.lima_date(clock.now()).isoformat()
    for channel in ("agroideas", "agrobanco"):
        job.reconcile(people, channel, day)
    return application_id


def _is_ordered(found: Trace) -> None:
    """Nothing begins before what caused it, and the kinds come up in the order of the way."""
    by_id = {span.span_id: span for span in found.spans}
    for span in found.spans:
        assert span.started_at <= span.ended_at, span.line
        if span.parent_id is not None:
            assert by_id[span.parent_id].started_at <= span.started_at, span.line
    begins = {
        kind: min(span.started_at for span in found.spans if span.kind == kind) for kind in KINDS
    }
    way = ("http", "outbox", "kafka", "workflow", "activity", "channel")
    for earlier, later in zip(way, (*way[1:], "settlement"), strict=True):
        assert begins[earlier] < begins[later], (earlier, later)


def _reaches_the_partner(found: Trace) -> None:
    """What the submission and the release set going, step by step, and who settles it."""
    order = min(
        (span for span in found.spans if span.name == "order agroideas"),
        key=lambda span: span.started_at,
    )
    assert [span.kind for span in found.way_to(order)][-5:] == [
        *("workflow", "activity", "room", "http", "channel")
    ]
    assessed = min(
        (span for span in found.spans if span.name == "decide fund.eligibility"),
        key=lambda span: span.started_at,
    )
    assert [span.kind for span in found.way_to(assessed)] == [
        *("http", "http", "outbox", "kafka", "kafka", "workflow"),
        *("activity", "room", "http", "opa"),
    ]
    settled = [found.way_to(span) for span in found.spans if span.name == "settle a tranche"]
    assert "POST /v1/partners/agroideas/callbacks" in {way[-2].name for way in settled}
    assert "POST /v1/tranches/{tranche_id}/inquire" in {way[-2].name for way in settled}
