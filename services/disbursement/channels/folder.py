"""Agrobanco by a drop folder (the layout of an SFTP account) instead of HTTPS.

`out/` holds our payment orders until the bank takes them, `in/` what the bank drops; `archive/`
keeps a copy of each file that went or was read, `errors/` what was refused, each beside a file that
says why. A file appears whole under its name: it is written beside it and renamed.
"""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from services.disbursement.channels import iso20022
from services.disbursement.channels.protocol import Batch, Lines, PartnerUnclear, Sent, Status
from services.kernel.settings import Settings

ROOMS: Final = ("in", "out", "archive", "errors")


def opened(root: Path) -> Path:
    """The folder with all of its parts."""
    for name in ROOMS:
        (root / name).mkdir(parents=True, exist_ok=True)
    return root


def write_whole(path: Path, body: bytes) -> None:
    """Put the file there at once and for good: nobody sees a part of it, and it outlives a loss of
    power. Raises OSError."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class AgrobancoFolder:
    """The bank by its drop folder: orders are put there, its words come by files of their own."""

    name = "agrobanco"

    def __init__(self, settings: Settings) -> None:
        self._debtor_account = settings.agrobanco_debtor_account
        self._root = opened(settings.agrobanco_folder)

    async def send(self, batch: Batch) -> Sent:
        """Put the batch's payment file into `out/`; the same again changes nothing. The copy in
        `archive/` comes first: without it nothing was ever put there."""
        try:
            body = iso20022.payment_order(batch, self._debtor_account)
        except ValueError as error:
            return Sent("rejected", f"our file is not valid: {error}")
        name = _name_of(batch)
        copy = self._root / "archive" / name
        try:
            if copy.exists():
                return _kept(copy, body)
            write_whole(copy, body)
            write_whole(self._root / "out" / name, body)
        except OSError as error:
            return Sent("unknown", f"{type(error).__name__}: {error}")
        return Sent("accepted")

    async def inquire(self, batch: Batch) -> Mapping[str, Status]:
        """Pending, until a status report comes by `in/`; not found only if nothing was put out."""
        sent = (self._root / "archive" / _name_of(batch)).exists()
        word = Status("pending" if sent else "not_found")
        return {payment.reference: word for payment in batch.payments}

    async def statement(self, day: date) -> Lines:
        """None is asked for: raises PartnerUnclear."""
        raise PartnerUnclear(f"the statement of {day} comes by the folder")

    async def close(self) -> None:
        """Nothing is open."""


def _name_of(batch: Batch) -> str:
    return f"pain.001-{batch.message_id}.xml"


def _kept(copy: Path, body: bytes) -> Sent:
    """A file of this name went before: the same bytes are the same order, whose fate the bank
    tells; others never go under its name."""
    if copy.read_bytes() == body:
        return Sent("unknown", "the file was put out before")
    return Sent("rejected", "another file went under this name")
