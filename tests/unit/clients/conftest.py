"""The command as a member types it: its own folder, and the stand-in on a free port."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from typer.testing import CliRunner

from clients.fondo import keys
from clients.fondo.app import app
from tests.support.serving import served
from tests.unit.clients.standin import Board, board_app

PASSPHRASE = "papa amarilla del centro"


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Fondo = Callable[..., Said]


def token(sub: str = "mef-1", role: str = "board_member", seat: str = "mef", **more: Any) -> str:
    claims = {"sub": sub, "role": role, "seat": seat, "exp": 4102444800, **more}
    return jwt.encode(claims, "a secret of the tests, known to nobody else", algorithm="HS256")


def _environment(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("FONDO_HOME", str(home))
    patch.setenv("FONDO_PASSPHRASE", PASSPHRASE)
    patch.setattr(keys, "SCRYPT_N", 2)
    for name in ("FONDO_PROFILE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        patch.delenv(name, raising=False)


def run(*words: str, stdin: str | None = None) -> Said:
    """Run the command with these words."""
    found = CliRunner().invoke(app, list(words), input=stdin, prog_name="fondo")
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Said(found.exit_code, found.stdout, found.stderr)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A member's own folder, empty."""
    _environment(monkeypatch, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def fondo(home: Path) -> Fondo:
    """The command, in that folder."""
    return run


@pytest.fixture(scope="session")
def standin() -> Iterator[tuple[Board, str]]:
    board = Board()
    with served(board_app(board)) as url:
        yield board, url


@dataclass(frozen=True)
class Settled:
    """A member's folder with a profile, a session, a registered key and an inbox that was seen."""

    home: Path
    keys: dict[str, Any]


@pytest.fixture(scope="session")
def settled(standin: tuple[Board, str], tmp_path_factory: pytest.TempPathFactory) -> Settled:
    """Made once, by the command itself."""
    board, url = standin
    home = tmp_path_factory.mktemp("member") / "home"
    with pytest.MonkeyPatch.context() as patch:
        _environment(patch, home)
        run("profile", "add", "sandbox", "--base-url", url, "--issuer", "http://127.0.0.1:1")
        assert run("login", "--token-file", "-", stdin=token()).code == 0
        for words in (("key", "create"), ("key", "register"), ("board", "inbox")):
            said = run(*words)
            assert said.code == 0, said.err
    return Settled(home, dict(board.keys))


@pytest.fixture
def board(settled: Settled, standin: tuple[Board, str], home: Path) -> Board:
    """The stand-in, a profile that names it, and a session of the MEF's titular."""
    found = standin[0]
    vars(found).update(vars(Board()))
    home.mkdir(mode=0o700)
    for name in ("profiles.json", "session-sandbox.json"):
        shutil.copy2(settled.home / name, home / name)
    return found


@pytest.fixture
def member(board: Board, settled: Settled, home: Path) -> Board:
    """… who has a registered key and has seen the inbox."""
    board.keys.update({kid: dict(key) for kid, key in settled.keys.items()})
    shutil.copytree(settled.home, home, dirs_exist_ok=True)
    return board
