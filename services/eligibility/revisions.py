"""Rules that are no longer served: kept bundles, each answered by a policy engine of its own.

Every bundle that was ever built stays at `<bundles folder>/<revision>.tar.gz`, signed. An engine is
started for one of them when somebody asks, on a loopback port, and is always stopped. It takes
only a bundle whose signature verifies, and answers only as that revision.
"""

import asyncio
import contextlib
import os
import re
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from services.kernel.errors import Conflict, Unavailable
from services.kernel.opa import BUNDLE, Opa
from services.kernel.settings import Settings

REVISION_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
KEY_ID: Final = "fund-local"
SCOPE: Final = "read"
START_LIMIT_S: Final = 30.0
"""An engine that refuses the bundle ends by itself; only a busy machine takes as long."""
STOP_LIMIT_S: Final = 5.0
ANSWER_LIMIT_S: Final = 10.0


class Revisions:
    """The bundles this deployment kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def bundle(self, revision: str) -> Path | None:
        """The kept bundle of a revision; None when it was not kept here, or no engine is at hand
        to answer by it."""
        if self._settings.opa_bin is None or not re.fullmatch(REVISION_PATTERN, revision):
            return None
        path = self._settings.opa_bundles_dir / f"{revision}.tar.gz"
        return path.absolute() if path.is_file() else None

    @asynccontextmanager
    async def serving(self, revision: str) -> AsyncIterator[Opa]:
        """An engine that answers as this revision, until the end of the block.

        Raises eligibility.revision_not_kept without its bundle, and policy.unavailable when the
        engine does not take the bundle (a signature that does not verify) or does not start.
        """
        bundle = self.bundle(revision)
        if bundle is None:
            raise Conflict(
                "eligibility.revision_not_kept",
                f"Las reglas de la revisión {revision} no están guardadas aquí. Constrúyalas de"
                " nuevo desde su versión en el repositorio y vuelva a intentarlo.",
            )
        with tempfile.TemporaryDirectory(prefix="fund-rules-") as name:
            folder = Path(name)
            (folder / BUNDLE).symlink_to(bundle)
            accepted = folder / "accepted-revisions"
            accepted.write_text(f"{revision}\n")
            port = _free_port()
            process = await self._start(folder, port)
            update = {
                "opa_url": f"http://127.0.0.1:{port}",
                "opa_revisions_file": accepted,
                "opa_timeout_s": ANSWER_LIMIT_S,
            }
            try:
                async with Opa(self._settings.model_copy(update=update)) as opa:
                    await _wait_until_ready(process, opa, revision)
                    yield opa
            finally:
                await _stop(process)

    async def _start(self, folder: Path, port: int) -> asyncio.subprocess.Process:
        # The engine names a bundle after its path as given: started in the folder, it is `fund`.
        return await asyncio.create_subprocess_exec(
            *(str(self._settings.opa_bin), "run", "--server", "--skip-version-check"),
            *("--addr", f"127.0.0.1:{port}", "--log-level", "error"),
            *("--bundle", BUNDLE, "--verification-key-id", KEY_ID, "--scope", SCOPE),
            *("--verification-key", str(self._settings.opa_bundle_key_file.absolute())),
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


async def _wait_until_ready(process: asyncio.subprocess.Process, opa: Opa, revision: str) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while not await opa.is_ready():
        if process.returncode is not None or time.monotonic() > deadline_s:
            raise Unavailable(
                "policy.unavailable",
                f"El motor de reglas no aceptó las reglas guardadas de la revisión {revision};"
                " no se comparó nada. Avise a la secretaría técnica.",
                retry_after_s=30,
            )
        await asyncio.sleep(0.05)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_LIMIT_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
