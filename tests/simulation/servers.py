"""The simulation's own servers: a PostgreSQL that may be shot at any moment, and the real OPA.

Both are the pinned ones of the local stack, in a folder of their own, so that a restart disturbs
nobody else.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
import psycopg
from pydantic import SecretStr

from deploy.local import identity
from deploy.tools import find
from services.kernel.migrate import upgrade
from services.kernel.settings import Settings
from tests.support.serving import free_port, url_of

ROOM: Final = "disbursement"
LIMIT_S: Final = 30
POLICIES: Final = Path(__file__).parents[2] / "policies"
OPTIONS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "20",
    "autovacuum_naptime": "10s",
    "jit": "off",
}


class Postgres:
    """A cluster of its own."""

    def __init__(self, folder: Path) -> None:
        programs = find("postgres")
        assert programs is not None, "no PostgreSQL: run `make tools`"
        self._data = folder / "data"
        self._log = folder / "postgres.log"
        self._initdb, self._pg_ctl = programs["initdb"], programs["pg_ctl"]
        with free_port() as listening:
            self.port = listening.getsockname()[1]
        self.restarts = 0

    def create(self) -> None:
        """An empty cluster, running, with our roles and the room's database."""
        self._run(
            self._initdb,
            *("-D", str(self._data), "--username=postgres", "--auth=trust", "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--data-checksums", "--no-instructions", "--no-sync"),
        )
        lines = [f"{name} = '{value}'" for name, value in OPTIONS.items()]
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.write("\n".join([*lines, f"port = {self.port}", ""]))
        self._run(self._pg_ctl, *self._words("start"))
        with self.admin("postgres") as connection:
            for role in ("fund_owner", "fund_app"):
                connection.execute(f"CREATE ROLE {role} LOGIN".encode())
            connection.execute(f"CREATE DATABASE fund_{ROOM} OWNER fund_owner".encode())

    def restart(self) -> None:
        """Shoot it and start it again: what was not committed is gone, what was is there."""
        self.restarts += 1
        self._run(self._pg_ctl, *self._words("restart"), "-m", "immediate")

    def stop(self) -> None:
        """Stop it at once."""
        if (self._data / "postmaster.pid").exists():
            self._run(self._pg_ctl, "stop", "-D", str(self._data), "-m", "immediate", "-w")

    def admin(self, database: str = f"fund_{ROOM}") -> psycopg.Connection[Any]:
        """A connection as superuser."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True
        )

    def url(self, role: str) -> str:
        return f"postgresql+psycopg://{role}@127.0.0.1:{self.port}/fund_{{room}}"

    def _words(self, verb: str) -> list[str]:
        return [verb, "-D", str(self._data), "-l", str(self._log), "-w", "-t", str(LIMIT_S)]

    def _run(self, program: str | Path, *words: str) -> None:
        done = subprocess.run(
            [*identity.unprivileged(self._data.parent / "owned"), str(program), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would be held open by the server
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S * 2,
            check=False,
        )
        log = self._log.read_text()[-2000:] if self._log.exists() else ""
        assert done.returncode == 0, f"{program} {words}: exit {done.returncode}\n{log}"


@contextmanager
def policies(folder: Path) -> Iterator[dict[str, Any]]:
    """OPA with the fund's policies; the settings by which the kernel's client finds it."""
    programs = find("opa")
    assert programs is not None, "no OPA: run `make tools NAME=opa`"
    bundle, config = folder / "bundle.tar.gz", folder / "opa.yaml"
    accepted = folder / "accepted-revisions"
    opa = str(programs["opa"])
    build = [opa, "build", "--bundle", str(POLICIES), "--revision", "simulation", "-o", str(bundle)]
    subprocess.run(build, check=True, timeout=LIMIT_S * 2, capture_output=True)
    config.write_text(f"bundles:\n  fund:\n    resource: file://{bundle}\n")
    accepted.write_text("simulation\n")
    with free_port() as listening:
        url = url_of(listening)
    words = ["run", "--server", "--skip-version-check", "--log-level=error"]
    with (folder / "opa.log").open("wb") as log:
        process = subprocess.Popen(
            [opa, *words, "--config-file", str(config), "--addr", url.removeprefix("http://")],
            stdout=log,
            stderr=log,
        )
    try:
        _until_ready(url)
        yield {"opa_url": url, "opa_revisions_file": accepted, "opa_timeout_s": 10.0}
    finally:
        process.kill()
        process.wait(10)


def _until_ready(url: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            if httpx2.get(f"{url}/health?bundles", trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        assert time.monotonic() < deadline, "OPA is not ready"
        time.sleep(0.05)


@contextmanager
def servers(folder: Path, secrets: dict[str, str]) -> Iterator[tuple[Postgres, Settings]]:
    """Both servers, the room's tables in place, and settings that point at them."""
    postgres = Postgres(folder)
    try:
        postgres.create()
        with policies(folder) as opa:
            settings = Settings(
                _env_file=None,
                state_dir=folder,
                database_url=postgres.url("fund_app"),
                migration_database_url=postgres.url("fund_owner"),
                database_pool_size=4,
                agroideas_url="http://partners/agroideas",
                agrobanco_url="http://partners/agrobanco",
                **{name: SecretStr(value) for name, value in secrets.items()},
                **opa,
            )
            upgrade(ROOM, settings)
            yield postgres, settings
    finally:
        postgres.stop()
