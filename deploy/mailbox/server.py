"""An SMTP server on this machine alone, without accounts: what it takes becomes a file."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

HOST = "127.0.0.1"
PORT_OFFSET = 8
TAKEN = "250 Message accepted for delivery"


class MailboxSettings(BaseSettings):
    """Where it listens and keeps; never in production, where nobody would get the mail."""

    model_config = SettingsConfigDict(
        env_prefix="FUND_",
        env_file=Path(os.environ.get("FUND_STATE_DIR", ".local")) / "env",
        extra="ignore",
    )

    environment: str = "local"
    state_dir: Path = Path(".local")
    port_base: int = Field(default=18000, ge=1, le=65_000)

    @model_validator(mode="after")
    def never_in_production(self) -> "MailboxSettings":
        """Refuse to start where real people wait for their mail."""
        if self.environment == "production":
            raise ValueError("the local mailbox does not run in production")
        return self

    @property
    def port(self) -> int:
        """The port of the SMTP server."""
        return self.port_base + PORT_OFFSET

    @property
    def folder(self) -> Path:
        """Where the e-mails lie."""
        return self.state_dir / "mail"


class Keeper:
    """Writes each message whole, under a name that sorts by its arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(  # noqa: N802, the name that the library calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one message; the answer is the server's."""
        name = f"{time.time_ns()}-{next(self._numbers)}.eml"
        partial = self._folder / f".{name}"
        content = envelope.original_content or b""
        partial.write_bytes(content)
        partial.rename(self._folder / name)
        return TAKEN


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """The server, in a thread, until the end of the block."""
    controller = Controller(Keeper(folder), hostname=HOST, port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()
