"""Reading the bank's drop folder: each complete file once, in the order of names, whole or not at
all; what is refused lies in `errors/` beside the reason.

A pass is bounded. A process that dies between a file's commit and its move reads it again, knows
its bytes, and moves it. What fails for a reason of ours (the database or the folder is away) stays
for the next pass, and the time of the last pass that left nothing tells for how long.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from services.disbursement import payments, reconciliation
from services.disbursement.channels import camt, iso20022
from services.disbursement.channels.folder import opened, write_whole
from services.disbursement.channels.protocol import PartnerUnclear
from services.disbursement.models import PartnerMessage
from services.kernel import clock
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import FundError, Unavailable
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.telemetry import counter, gauge, log
from services.kernel.work import Principal, Work

FILES_A_PASS: Final = 100
ACTOR: Final = Principal(sub="agrobanco-folder", role="service")
PARTNER: Final = "agrobanco"
OUTCOMES: Final = ("read", "repeated", "refused", "left")

FILES = counter(
    "fund_folder_files_total",
    "Files of the bank: read, known already, refused, or left for another time.",
    ["outcome"],
    by="folder",
)
READ_THROUGH = gauge(
    "fund_folder_read_through_timestamp_seconds",
    "When everything that lay complete in the drop folder had last been read.",
    by="folder",
)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass came to: files read, known already, refused, and left for another time."""

    read: int = 0
    repeated: int = 0
    refused: int = 0
    left: int = 0


class Folder:
    """The folder of a room's database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._root = opened(settings.agrobanco_folder)

    async def run(self, *, until: Callable[[], bool]) -> None:
        """Pass after pass until told to stop; a folder that is away is looked for again."""
        READ_THROUGH.set(clock.now().timestamp())
        for outcome in OUTCOMES:
            FILES.labels(outcome)
        while not until():
            try:
                await self.read_once()
            except OSError as error:
                log().warning("folder.away", error=str(error))
            await asyncio.sleep(self._settings.agrobanco_folder_poll_s)

    async def read_once(self) -> Passed:
        """One pass over the complete files that lie in `in/`, at most a hundred; raises OSError
        when nobody can look into it."""
        counts = dict.fromkeys(OUTCOMES, 0)
        complete = await asyncio.to_thread(self._complete)
        for path in complete[:FILES_A_PASS]:
            outcome = await self._take(path)
            FILES.labels(outcome).inc()
            counts[outcome] += 1
        if len(complete) <= FILES_A_PASS and not counts["left"]:
            READ_THROUGH.set(clock.now().timestamp())
        return Passed(**counts)

    def _complete(self) -> list[Path]:
        """Files under their final name that nobody has touched for a moment."""
        now = clock.now().timestamp()
        quiet_s = self._settings.agrobanco_folder_quiet_s
        return sorted(
            path
            for path in (self._root / "in").iterdir()
            if path.suffix == ".xml"
            and not path.name.startswith(".")
            and path.is_file()
            and now - path.stat().st_mtime >= quiet_s
        )

    async def _take(self, path: Path) -> str:
        """What became of the file: one of OUTCOMES."""
        try:
            return await self._taken(path)
        except Unavailable as error:
            log().warning("folder.left", file=path.name, error=error.detail)
        except (DBAPIError, OSError) as error:
            log().error("folder.left", file=path.name, error=f"{type(error).__name__}: {error}")
        return "left"

    async def _taken(self, path: Path) -> str:
        body = await asyncio.to_thread(path.read_bytes)
        digest = hashlib.sha256(body).hexdigest()
        try:
            fresh = await self._database.run(lambda session: self._apply(session, body, digest))
        except PartnerUnclear as error:
            await asyncio.to_thread(self._refuse, path, digest, str(error))
            return "refused"
        except Unavailable:
            raise
        except FundError as error:
            await asyncio.to_thread(self._refuse, path, digest, error.detail)
            return "refused"
        archived = self._root / "archive" / f"{digest[:12]}-{path.name}"
        await asyncio.to_thread(path.replace, archived)
        log().info("folder.read", file=path.name, sha256=digest, fresh=fresh)
        return "read" if fresh else "repeated"

    async def _apply(self, session: AsyncSession, body: bytes, digest: str) -> bool:
        """Apply the file in one transaction; False when these bytes were applied before."""
        work = Work(session, ACTOR, clock.now(), new_id("req"))
        fresh = await session.scalar(
            insert(PartnerMessage)
            .values(
                partner=PARTNER,
                message_id=f"file:{digest}",
                raw=bytes.fromhex(digest),
                received_at=work.now,
            )
            .on_conflict_do_nothing()
            .returning(col(PartnerMessage.message_id))
        )
        if fresh is None:
            return False
        account = self._settings.agrobanco_debtor_account
        message = iso20022.message_of(body)
        if message == camt.STATEMENT:
            day = await asyncio.to_thread(camt.day_of, body)
            lines: Any = await asyncio.to_thread(camt.statement_lines, body, day, account)
            await reconciliation.reconcile(work, channel=PARTNER, lines=lines)
        elif message == camt.NOTIFICATION:
            days = await asyncio.to_thread(camt.notified_lines, body, account)
            await reconciliation.take_notified(work, channel=PARTNER, days=days)
        elif message == iso20022.STATUS_REPORT:
            await self._apply_status(work, body)
        else:
            raise PartnerUnclear(f"no message that is agreed: {message or 'not XML'}")
        work.record("folder.read", f"file:{digest}", {"message": message})
        return True

    async def _apply_status(self, work: Work, body: bytes) -> None:
        """The status report of one of our batches, which its tranche's lineage names."""
        message_id = iso20022.original_of(body)
        tranche_id = f"tra_{message_id[:-3]}"
        asked = await payments.begin_inquiry(work, tranche_id=tranche_id)
        if asked is None:
            return
        statuses = iso20022.statuses(body, asked.batch)
        await payments.end_inquiry(
            work, tranche_id=tranche_id, statuses=statuses, asked_at=asked.asked_at
        )

    def _refuse(self, path: Path, digest: str, why: str) -> None:
        """Move the file to `errors/`, after the reason stands beside its place."""
        place = self._root / "errors" / f"{digest[:12]}-{path.name}"
        reason = f"El archivo no se aceptó y nada cambió: {why}\nPida al banco uno corregido.\n"
        write_whole(place.with_name(f"{place.name}.reason.txt"), reason.encode())
        path.replace(place)
        log().warning("folder.refused", file=path.name, sha256=digest, error=why)
