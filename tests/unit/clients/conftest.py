"""The command as a member types it: its own folder, and the stand-in on a free port."""

import json
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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FONDO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FONDO_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(keys, "SCRYPT_N", 2)
    monkeypatch.delenv("FONDO_PROFILE", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def fondo(home: Path) -> Fondo:
    """Run the command with these words."""

    def run(*words: str, stdin: str | None = None) -> Said:
        found = CliRunner().invoke(app, list(words), input=stdin, prog_name="fondo")
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Said(found.exit_code, found.stdout, found.stderr)

    return run


@pytest.fixture(scope="module")
def standin() -> Iterator[tuple[Board, str]]:
    board = Board()
    with served(board_app(board)) as url:
        yield board, url


@pytest.fixture
def board(standin: tuple[Board, str], fondo: Fondo) -> Board:
    """The stand-in, a profile that names it, and a session of the MEF's titular."""
    found, url = standin
    vars(found).update(vars(Board()))
    fondo("profile", "add", "sandbox", "--base-url", url, "--issuer", "http://127.0.0.1:1")
    assert fondo("login", "--token-file", "-", stdin=token()).code == 0
    return found


@pytest.fixture
def member(board: Board, fondo: Fondo) -> Board:
    """… who has a registered key and has seen the inbox."""
    for words in (("key", "create"), ("key", "register"), ("board", "inbox")):
        said = fondo(*words)
        assert said.code == 0, said.err
    return board
