"""A process's log: JSON from every library, with its ids, without personal data."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.kernel.ids import new_id
from services.kernel.telemetry import wants_otlp
from services.kernel.tracing import root_of

APPLICATION = new_id("app")
PERSON = ("Quispe", "41234567", "987654321", "ana@correo.example", "00219110000000000157")
TROUBLE = f"""
import logging
import sys
import warnings
from services.kernel import tracing
from services.kernel.telemetry import configure_logs, configure_traces, log

configure_logs("proof")
flush = configure_traces("proof", None)
with tracing.unit_of("kafka", "x", application_id="{APPLICATION}", request_id="evt_1"):
    log().info("plain", count=7, dni="41234567", text="llame a ana@correo.example")
    logging.getLogger("uvicorn.error").error("of a library: %s", "CCI 00219110000000000157")
    warnings.warn("DNI 41234567", stacklevel=1)
    full_name = "Ana Quispe"
    try:
        raise ValueError("987654321 full_name='Ana Quispe'")
    except ValueError as error:
        log().error("own", exc_info=error)
        logging.getLogger("temporalio.activity").exception("its")
print(sorted(name for name in sys.modules if name.startswith("opentelemetry.sdk")))
raise LookupError("at the end 41234567")
"""


@pytest.fixture(scope="module")
def said() -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", TROUBLE],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        env={name: value for name, value in os.environ.items() if not name.startswith("OTEL_")},
    )


def _lines(said: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.stderr.splitlines()]


def test_every_line_is_json_and_names_its_process(
    said: "subprocess.CompletedProcess[str]",
) -> None:
    lines = _lines(said)
    assert [line["event"] for line in lines if "warning" not in line.get("logger", "")] == [
        *("plain", "of a library: CCI [account]", "own", "its", "process.failed")
    ]
    assert {line["process"] for line in lines} == {"proof"}
    assert all({"level", "timestamp"} <= line.keys() for line in lines)
    assert {line.get("logger") for line in lines} >= {"uvicorn.error", "temporalio.activity"}


def test_lines_carry_the_ids_of_what_they_are_about(
    said: "subprocess.CompletedProcess[str]",
) -> None:
    *inside, last = _lines(said)
    for line in inside:
        assert line["application_id"] == APPLICATION
        assert line["request_id"] == "evt_1"
        assert line["trace_id"] == f"{root_of(APPLICATION).trace_id:032x}"
    assert "application_id" not in last


def test_no_line_tells_of_a_person(said: "subprocess.CompletedProcess[str]") -> None:
    assert said.returncode == 1
    for personal in PERSON:
        assert personal not in said.stderr
    own = next(line for line in _lines(said) if line["event"] == "own")
    assert own["exception"][0]["exc_type"] == "ValueError"
    assert own["exception"][0]["exc_value"] == "[phone] full_name=[personal]"
    assert own["exception"][0]["frames"][0]["name"] == "<module>"


def test_without_a_setting_nothing_of_the_sdk_is_imported(
    said: "subprocess.CompletedProcess[str]",
) -> None:
    assert said.stdout == "[]\n"


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
    ],
)
def test_the_standard_settings_decide_on_the_collector(
    environment: dict[str, str],
    wanted: bool,
) -> None:
    assert wants_otlp(environment) is wanted
