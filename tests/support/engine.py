"""A policy engine of the test's own, configured as the stack's: it polls a bundle that the test
puts in place, and takes only what the stack's key signed."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2

from deploy.local import settings as local
from deploy.local.serve_bundle import Handler
from deploy.tools import find
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from tests.support.serving import free_port, url_of

LIMIT_S = 30


class Counting(Handler):
    """Serves the bundle and counts who asked for it."""

    def __init__(self, engine: "Engine", *arguments: object) -> None:
        self._engine = engine
        super().__init__(engine.bundle, *arguments)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Count a poll that was answered."""
        if self.command == "GET":
            self._engine.polls += 1

    def log_message(self, format: str, *arguments: object) -> None:
        """The engine's own news, which nobody takes here, are no news."""


class Engine:
    """An engine that may be stopped and started, and the bundle that it polls."""

    def __init__(self, folder: Path) -> None:
        self.bundle = folder / "bundle.tar.gz"
        self.accepted = folder / "accepted-revisions"
        self.polls = 0
        self._config = folder / "config.yaml"
        self._log = folder / "opa.log"
        with free_port() as listening:
            self.url = url_of(listening)
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, bundles_url: str) -> None:
        """The stack's own configuration but for where the bundles are."""
        stack = local.load()
        text = (stack.state / "opa" / "config.yaml").read_text()
        assert stack.url("bundles") in text
        self._config.write_text(text.replace(stack.url("bundles"), bundles_url))

    def start(self) -> None:
        """Start the engine; `until` waits for what it shall serve."""
        opa = find("opa")
        assert opa is not None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(opa["opa"], "run", "--server", "--skip-version-check"),
                    *("--config-file", self._config, "--addr", self.url.removeprefix("http://")),
                ],
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """Stop the engine at once, as a fault would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def put(self, bundle: Path) -> None:
        """Put a bundle where the engine polls, all at once."""
        near = self.bundle.with_suffix(".new")
        shutil.copyfile(bundle, near)
        near.replace(self.bundle)

    def served(self) -> str | None:
        """The revision that answers now."""
        try:
            answer = httpx2.get(f"{self.url}/v1/data/fund/none?provenance=true", trust_env=False)
        except httpx2.HTTPError:
            return None
        bundles: dict[str, Any] = answer.json().get("provenance", {}).get("bundles", {})
        revision: str | None = bundles.get("fund", {}).get("revision")
        return revision

    def until(self, done: Callable[[], bool]) -> None:
        """Wait, bounded, until it is so."""
        deadline = time.monotonic() + LIMIT_S
        while not done():
            assert time.monotonic() < deadline, self._log.read_text()[-2000:]
            time.sleep(0.1)

    def until_polled(self) -> str:
        """Wait until the engine has asked twice more; what it wrote meanwhile."""
        before, told = self.polls, len(self._log.read_text())
        self.until(lambda: self.polls >= before + 2)
        return self._log.read_text()[told:]

    def asked_by(self, chosen: Settings) -> Opa:
        """A client of this engine."""
        update = {"opa_url": self.url, "opa_revisions_file": self.accepted}
        return Opa(chosen.model_copy(update=update))


@contextmanager
def own_engine(folder: Path) -> Iterator[Engine]:
    """An engine that is not yet started, and the server of its bundle."""
    engine = Engine(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, engine))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    engine.configure(f"http://127.0.0.1:{server.server_port}")
    try:
        yield engine
    finally:
        engine.stop()
        server.shutdown()
        thread.join(10)
        server.server_close()
