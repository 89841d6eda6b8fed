"""What leaves a process: by OTLP/HTTP or as JSON lines; whole applications, masked."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services.kernel import tracing
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.telemetry import configure_traces
from services.kernel.trace_export import Export

APPLICATION = new_id("app")
PERSON = ("41234567", "Quispe", "987654321", "ana@correo.example")


@pytest.fixture(autouse=True)
def switched_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)
    yield
    tracing.export_to(None)


def some_work() -> None:
    """A unit that fails, full of personal data."""
    with (
        suppress(ValueError),
        tracing.unit_of(
            "activity",
            "assess",
            application_id=APPLICATION,
            facts={"text": "DNI 41234567", "full_name": "Ana Quispe", "attempt": 2},
        ),
    ):
        with suppress(Conflict), tracing.span("opa", "decide fund.board", contact=PERSON[-1]):
            raise Conflict("board.taken", "Ana Quispe ya votó.")
        raise ValueError("llame a Ana: 987654321, full_name='Ana Quispe'")


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ExportTraceServiceRequest]]:
    """What a collector was sent, at the address that the standard settings name."""
    got: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(ExportTraceServiceRequest.FromString(body))
            assert self.path == "/v1/traces"
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield got
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_collector_gets_spans_in_their_trace_without_personal_data(
    collector: list[ExportTraceServiceRequest],
) -> None:
    flush = configure_traces("worker", None)
    some_work()
    flush()
    (sent,) = collector
    (resource,) = sent.resource_spans
    named = {item.key: item.value.string_value for item in resource.resource.attributes}
    assert named["service.name"] == "fund-worker"
    activity, opa = resource.scope_spans[0].spans
    root = tracing.root_of(APPLICATION)
    assert {span.trace_id for span in (activity, opa)} == {root.trace_id.to_bytes(16)}
    assert activity.parent_span_id == root.span_id.to_bytes(8)
    assert opa.parent_span_id == activity.span_id
    assert opa.kind == 3  # client
    assert (opa.status.code, opa.status.message) == (2, "board.taken")
    text = str(sent)
    assert [one for one in PERSON if one in text] == []
    assert "[dni]" in text
    assert "[phone]" in text


def test_a_folder_gets_a_line_a_span(tmp_path: Path) -> None:
    flush = configure_traces("relay", tmp_path / "traces")
    some_work()
    flush()
    (file,) = (tmp_path / "traces").glob("relay-*.jsonl")
    activity, opa = [json.loads(line) for line in file.read_text().splitlines()]
    assert activity["attributes"] == {
        "fund.kind": "activity",
        "fund.application_id": APPLICATION,
        "text": "DNI [dni]",
        "full_name": "[personal]",
        "attempt": 2,
    }
    assert opa["parent_id"] == activity["context"]["span_id"]
    assert activity["events"][0]["attributes"] == {
        "exception.type": "ValueError",
        "exception.message": "llame a Ana: [phone], full_name=[personal]",
    }


def test_the_sampler_takes_whole_applications(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    export = Export("api", tmp_path, otlp=False)
    tracing.export_to(export)
    for application_id in [new_id("app") for _ in range(40)]:
        for _ in range(2):
            with (
                tracing.unit_of("kafka", "x", application_id=application_id),
                tracing.span("opa", "y"),
            ):
                pass
    export.flush()
    (file,) = tmp_path.iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    by_trace: dict[str, int] = {}
    for line in lines:
        trace_id = line["context"]["trace_id"]
        by_trace[trace_id] = by_trace.get(trace_id, 0) + 1
    assert set(by_trace.values()) == {4}
    assert 0 < len(by_trace) < 40
