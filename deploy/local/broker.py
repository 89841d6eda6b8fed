"""Kafka's part of a start: the storage folder, then the topics."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

from deploy.local import secrets
from deploy.local.errors import StackError
from deploy.local.programs import Tools, java
from deploy.local.settings import HOST, Stack
from deploy.tools import ToolError
from deploy.tools.commands import run

ROOM_TOPICS = ("registry", "applications", "eligibility", "board", "disbursement", "notices")
TOPICS = {f"fund.{room}.v1": 6 for room in ROOM_TOPICS}
WEEK_MS = 7 * 24 * 3600 * 1000


def prepare(stack: Stack, tools: Tools) -> None:
    """Format the storage once; a half-formatted one is made again."""
    data = stack.state / "kafka" / "data"
    if (data / "meta.properties").exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    command: list[str | Path] = [
        *java(stack, tools),
        *("kafka.tools.StorageTool", "format"),
        f"--cluster-id={secrets.load(stack)['kafka_cluster']}",  # it may begin with a dash
        *("--config", stack.state / "kafka" / "server.properties"),
    ]
    try:
        run(command, timeout=60)
    except ToolError as error:
        raise StackError(
            "Kafka's storage cannot be made", "run `make clean`", str(error)
        ) from error


def topics(stack: Stack, timeout: float = 60) -> None:
    """Create the topics that are not there; tried again, bounded, while the broker warms up."""
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError, TopicAlreadyExistsError

    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    deadline = time.monotonic() + timeout
    while True:
        try:
            client = KafkaAdminClient(bootstrap_servers=f"{HOST}:{stack.port('kafka')}")
            try:
                present = set(client.list_topics())
                missing = {name: count for name, count in TOPICS.items() if name not in present}
                if missing:
                    client.create_topics({name: _shape(count) for name, count in missing.items()})
                return
            finally:
                client.close()
        except TopicAlreadyExistsError:
            continue
        except (KafkaError, OSError) as error:
            if time.monotonic() > deadline:
                raise StackError("the topics cannot be made", details=str(error)) from error
            time.sleep(0.3)


def _shape(partitions: int) -> dict[str, object]:
    return {
        "num_partitions": partitions,
        "replication_factor": 1,
        "configs": {"retention.ms": str(WEEK_MS), "cleanup.policy": "delete"},
    }
