"""`python -m services folder` as a process of its own, and what it tells when it cannot read."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.disbursement.folders import FILES, READ_THROUGH, Folder, Passed
from services.kernel import clock
from tests.integration.disbursement.test_folders import drop, lying
from tests.integration.disbursement.test_reconciliation import sent
from tests.integration.disbursement.test_statement_files import file_of
from tests.integration.disbursement.world import World
from tests.support.serving import metrics_on, unused_port
from tests.support.stack import ROOT
from tests.support.waiting import eventually

READ = "fund_folder_files_total['read']"
THROUGH = "fund_folder_read_through_timestamp_seconds[]"


async def test_the_process_reads_what_lies_there_and_stops_when_told(
    world: World, tmp_path: Path
) -> None:
    _, tranche_id, instructions = await sent(world)
    shown = unused_port()
    environment = {
        **os.environ,
        "FUND_DATABASE_URL": world.settings.database_url,
        "FUND_METRICS_PORT": str(shown),
        "FUND_AGROBANCO_FOLDER": str(tmp_path),
        "FUND_AGROBANCO_FOLDER_POLL_S": "0.1",
        "FUND_AGROBANCO_FOLDER_QUIET_S": "0",
    }
    started = clock.now().timestamp()
    command = [sys.executable, "-m", "services", "folder"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:

            async def opened() -> bool:
                return (tmp_path / "in").is_dir()

            await eventually(opened, within_s=90, what="the folder with its parts")
            drop(tmp_path, "a.xml.part", file_of(instructions))
            (tmp_path / "in" / "a.xml.part").rename(tmp_path / "in" / "a.xml")

            async def counted() -> bool:
                return metrics_on(shown).get(READ) == 1

            await eventually(counted, what="the statement, read and counted")
            assert metrics_on(shown)[THROUGH] > started
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert lying(tmp_path, "archive") == ["a.xml"]
    assert (await world.tranche(tranche_id))["state"] == "reconciled"


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Folder:
    told = {"agrobanco_folder": tmp_path, "agrobanco_folder_quiet_s": 0.0}
    told["agrobanco_folder_poll_s"] = 0.01
    return Folder(world.database, world.settings.model_copy(update=told))


def read_through() -> float:
    value: float = READ_THROUGH._value.get()
    return value


def left() -> float:
    value: float = FILES.labels("left")._value.get()
    return value


async def test_a_file_that_fails_for_a_reason_of_ours_is_left_and_the_delay_is_told(
    world: World, folder: Folder, tmp_path: Path
) -> None:
    _, tranche_id, instructions = await sent(world)
    drop(tmp_path, "a.xml", file_of(instructions))
    READ_THROUGH.set(1)
    before = left()
    world.rows("ALTER TABLE partner_message RENAME TO partner_message_away")
    try:
        assert await folder.read_once() == Passed(left=1)
    finally:
        world.rows("ALTER TABLE partner_message_away RENAME TO partner_message")
    assert (read_through(), left()) == (1, before + 1)
    assert lying(tmp_path, "in") == ["a.xml"]
    assert await folder.read_once() == Passed(read=1)
    assert read_through() > 1
    assert (await world.tranche(tranche_id))["state"] == "reconciled"


async def test_a_folder_that_is_away_is_waited_for(
    world: World, folder: Folder, tmp_path: Path
) -> None:
    _, tranche_id, instructions = await sent(world)
    (tmp_path / "in").rename(tmp_path / "away")
    over = asyncio.Event()
    running = asyncio.create_task(folder.run(until=over.is_set))
    try:
        with pytest.raises(FileNotFoundError):
            await folder.read_once()
        READ_THROUGH.set(1)
        (tmp_path / "away").rename(tmp_path / "in")
        drop(tmp_path, "a.tmp", file_of(instructions))
        (tmp_path / "in" / "a.tmp").rename(tmp_path / "in" / "a.xml")

        async def reconciled() -> bool:
            return (await world.tranche(tranche_id))["state"] == "reconciled"

        await eventually(reconciled, what="the statement is read")
        assert read_through() > 1
    finally:
        over.set()
        await running
