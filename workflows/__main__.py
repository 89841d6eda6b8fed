"""One entry for the two processes of this package: `python -m workflows worker | bridge`."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import typer

from services.kernel.settings import settings
from services.kernel.telemetry import configure_logs, configure_traces, serve_metrics
from services.kernel.waiting import wait_for_kafka

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@cli.command("worker")
def worker_command() -> None:
    """Run workflows and activities."""
    configure_logs("worker")
    _run(_worker(), configure_traces("worker", settings().traces_dir))


@cli.command("bridge")
def bridge_command() -> None:
    """Carry the rooms' events from Kafka to Temporal."""
    configure_logs("bridge")
    wait_for_kafka(settings())
    _run(_bridge(), configure_traces("bridge", settings().traces_dir))


def _run(process: Coroutine[Any, Any, None], flush: Callable[[], None]) -> None:
    """Run to the end and leave at once: threads of Temporal's core may still call into Python,
    which aborts the process when it meets a finalising interpreter."""
    asyncio.run(process)
    flush()
    sys.stderr.flush()
    os._exit(0)


async def _worker() -> None:
    from workflows.worker import connect, work

    config = settings()
    stop = _stop_on_signal()
    client = await connect(config, sdk_metrics=True)
    serve_metrics(config.metrics_host, config.metrics_port)
    await work(client, config, stop)


async def _bridge() -> None:
    from workflows.bridge import bridge
    from workflows.worker import connect

    config = settings()
    stop = _stop_on_signal()
    client = await connect(config, sdk_metrics=False)
    serve_metrics(config.metrics_host, config.metrics_port)
    await bridge(client, config, until=stop.is_set)


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


if __name__ == "__main__":
    cli()
