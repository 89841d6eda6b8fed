"""The command `fondo` against the rooms themselves: a session from its notice to its acta, by four
members and the secretariat who each have a folder and a key of their own."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clients.fondo import keys
from clients.fondo.app import app
from services.kernel import clock
from tests.contracts.world import World
from tests.support.callers import principal, token_of

SEATS = ("midagri", "produce", "mincetur", "mef")
PASSPHRASE = "cuatro palabras al azar"


@dataclass(frozen=True)
class Person:
    """Somebody at his own computer."""

    home: Path
    patch: pytest.MonkeyPatch

    def types(self, *words: str, code: int = 0, stdin: str | None = None) -> str:
        """Run the command; what it says, after checking how it ended."""
        with self.patch.context() as patch:
            patch.setenv("FONDO_HOME", str(self.home))
            patch.setenv("FONDO_PASSPHRASE", PASSPHRASE)
            patch.setattr(keys, "SCRYPT_N", 2)
            said = CliRunner().invoke(app, list(words), input=stdin, prog_name="fondo")
        assert said.exit_code == code, f"{words}: {said.stdout}{said.stderr}"
        return said.stdout if code == 0 else said.stdout + said.stderr

    def asks(self, *words: str) -> Any:
        """The same with `--json`."""
        return json.loads(self.types(*words, "--json"))


@pytest.fixture(scope="module")
def person(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Person]]:
    """Somebody who has logged in and registered a key."""
    people: dict[str, Person] = {}
    with pytest.MonkeyPatch.context() as patch:

        def of(sub: str, role: str = "board_member", seat: str | None = None) -> Person:
            if sub not in people:
                found = Person(tmp_path_factory.mktemp(sub), patch)
                url, issuer = world.urls["board"], world.settings.issuer_url
                add = ("profile", "add", "sandbox", "--base-url", url, "--issuer", issuer)
                found.types(*add)
                token = token_of(world.settings, principal(role, sub=sub, seat=seat))
                found.types("login", "--token-file", "-", stdin=token)
                found.types("key", "create", "--algorithm", "ES256" if seat == "mef" else "EdDSA")
                found.types("key", "register")
                people[sub] = found
            return people[sub]

        yield of


def test_a_session_from_its_notice_to_its_acta(
    world: World, person: Callable[..., Person], tmp_path: Path
) -> None:
    secretary = person("secretaria-1", "secretariat")
    members = {seat: person(f"{seat}-1", seat=seat) for seat in SEATS}
    at = clock.now() + timedelta(seconds=2)
    held = secretary.asks(
        *("session", "convene", "--first-call", at.isoformat(timespec="seconds"), "--yes"),
        *("--voting-closes", (at + timedelta(days=9)).isoformat(timespec="seconds")),
        *("--waived-notice", "--open"),
    )
    [item] = held["agenda"]
    for seat, member in members.items():
        told = member.types("session", "list")
        assert held["number"] in told
        member.types("session", "attend", "1")
        assert "Consorcio" in member.types("board", "inbox")
        shown = member.types("board", "show", "1", "--pdf", str(tmp_path / f"{seat}.pdf"))
        assert "Palta del Mantaro" in shown
        assert (tmp_path / f"{seat}.pdf").read_bytes().startswith(b"%PDF")
    assert (
        "board.session_not_open"
        in members["mef"].types("board", "vote", "1", "--for", "--yes", code=1)
        or clock.now() >= at
    )
    while clock.now() < at + timedelta(seconds=1):
        time.sleep(0.2)
    service = principal("service")
    world.made("board", f"/v1/sessions/{held['id']}/open", by=service)
    vote = ("board", "vote", "1", "--yes")
    members["midagri"].types(*vote, "--for", "--condition", "Contrato de agua | Copia | 20")
    members["produce"].types(*vote, "--against", "--reason", "Falta un segundo mercado.")
    members["mincetur"].types(*vote, "--for")
    members["mef"].types(*vote, "--against", "--reason", "El costo no está sustentado.")
    again = members["mef"].types(*vote, "--for", code=1)
    assert "board.seat_already_voted" in again
    world.made("board", f"/v1/ballots/{item['ballot_id']}/close", by=service)
    world.made("board", f"/v1/sessions/{held['id']}/close", by=service)
    told = members["mef"].types("board", "votes", item["ballot_id"])
    for words in ("aprobado", "2 a favor, 2 en contra", "Midagri", "Contrato de agua"):
        assert words in told
    _sealed(secretary, members, tmp_path)


def _sealed(secretary: Person, members: dict[str, Person], tmp_path: Path) -> None:
    secretary.types("session", "list")
    acta = secretary.asks("acta", "draw", "--session", "1")
    for member in members.values():
        member.types("acta", "list")
        member.types("acta", "sign", acta["id"], "--yes")
        assert member.asks("receipt", "verify")["valid"] is True
    assert "Faltan" not in secretary.types("acta", "show", acta["id"])
    for name in ("acta.json", "acta.pdf"):
        path = tmp_path / name
        secretary.types("acta", "download", acta["id"], str(path))
        assert "El acta es válida" in members["mef"].types("verify", str(path))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
        assert "NO es válida" in members["mef"].types("verify", str(path), code=1)


def test_keys_and_interests_are_the_members_own(person: Callable[..., Person]) -> None:
    member = person("mef-1", seat="mef")
    [key] = [row for row in member.asks("key", "list")["data"] if row["local"]]
    assert key["registered_at"]
    member.types(
        *("interests", "add", "20100070970", "--name", "Agro S.A.C.", "--relation", "Fui socia"),
        *("--ground", "5", "--from", "2024-01-01"),
    )
    assert "Agro S.A.C." in member.types("interests", "list")
    member.types("interests", "end", "1", "--to", "2026-03-31", "--yes")
    assert "Midagri" in member.types("seat", "list")
