"""A database administrator edits what is stored, past every trigger: the audit check finds it, and
so does whoever checks the acta that is drawn from it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from clients.fondo.verifying import verify
from services import __main__ as commands
from services.board import domain
from services.board.integrity import findings
from services.kernel import audit
from services.kernel.settings import Settings
from tests.integration.board.conftest import Board, holder
from tests.integration.board.test_actas import decided, download, drawn, sign
from tests.support.databases import admin, name_of

EDITS = {
    "a choice": (
        "UPDATE vote SET choice = 'against', reason = 'x' WHERE ballot_id = %(b)s"
        " AND seat = 'produce'",
        ["the signature does not prove it", "its choice is not as", "not those that were counted"],
    ),
    "a choice with its count and its audit row": (
        """UPDATE vote SET choice = 'against', reason = 'x' WHERE ballot_id = %(b)s
             AND seat = 'produce';
           UPDATE audit SET change = jsonb_set(change, '{choice}', '"against"')
             WHERE subject = %(b)s AND change->>'seat' = 'produce';
           UPDATE ballot SET votes_for = 2, votes_against = 2, tie_broken_by = 'midagri'
             WHERE id = %(b)s""",
        ["the signature does not prove it"],
    ),
    "a reason": (
        "UPDATE vote SET reason = 'De acuerdo.' WHERE ballot_id = %(b)s AND seat = 'mef'",
        ["the signature does not prove it"],
    ),
    "a vote given to another person": (
        "UPDATE vote SET holder_sub = 'otra-1' WHERE ballot_id = %(b)s AND seat = 'mef'",
        ["the key that signed it is gone or another person's"],
    ),
    "a key with all its votes' signatures left": (
        """UPDATE member_key SET jwk = jsonb_set(jwk, '{x}', to_jsonb(reverse(jwk->>'x')))
           WHERE holder_sub = %(mef)s""",
        ["its registration is not proven by it", "its jwk is not as"],
    ),
    "a revocation set before the vote": (
        """UPDATE member_key SET revoked_at = registered_at, revoked_by = 'x', revoked_reason = 'x'
           WHERE holder_sub = %(mef)s""",
        ["its revocation is not as the audit row says"],
    ),
    "a vote taken away": (
        "DELETE FROM vote WHERE ballot_id = %(b)s AND seat = 'mef'",
        ["and it is gone", "its vote", "the outcome is not the count"],
    ),
    "a result turned round": (
        "UPDATE ballot SET result = 'rejected' WHERE id = %(b)s",
        ["its result is not as", "the outcome is not the count", "the resolution is not"],
    ),
    "a resolution's number": (
        "UPDATE ballot SET resolution = jsonb_set(resolution, '{resolution_number}', '\"1\"')"
        " WHERE id = %(b)s",
        ["the resolution is not the ballot's"],
    ),
    "a compiled file": (
        'UPDATE ballot_file SET file = file || \'{"amount": "1"}\' WHERE ballot_id = %(b)s',
        ["its hash is another"],
    ),
    "a designation": (
        "UPDATE seat_term SET resolution = 'RM 999' WHERE holder_sub = %(mef)s",
        ["its resolution is not as"],
    ),
    "an acta's content": (
        "UPDATE acta SET content = jsonb_set(content, '{drawn_by}', '\"x\"') WHERE id = %(a)s",
        ["its hash is another"],
    ),
    "an acta's content and hash": (
        """UPDATE acta SET content_sha256 = repeat('0', 64) WHERE id = %(a)s;
           UPDATE acta_signature SET content_sha256 = repeat('0', 64) WHERE acta_id = %(a)s""",
        ["its hash is another", "its content_sha256 is not as", "the signature does not prove it"],
    ),
    "an acta's signature": (
        "DELETE FROM acta_signature WHERE acta_id = %(a)s AND seat = 'mef'",
        ["signature under an acta"],
    ),
    "an acta taken away": ("DELETE FROM acta WHERE id = %(a)s", ["and it is gone"]),
    "a seal": ("UPDATE acta SET seal = NULL, sealed_at = NULL WHERE id = %(a)s", ["its seal is"]),
}


@pytest.fixture
def sealed(board: Board) -> dict[str, str]:
    """A decided ballot with its sealed acta."""
    ballot = decided(board, mef="against")
    acta = drawn(board, ballot)
    for seat in domain.SEATS:
        assert sign(board, acta, seat).status_code == 201
    return {"b": ballot["id"], "a": acta["id"], "mef": holder("mef")}


@pytest.fixture
def superuser(board_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection whom neither grants nor triggers stop; nothing is committed."""
    with admin(name_of(board_settings)) as connection:
        connection.autocommit = False
        connection.execute("SET session_replication_role = replica")
        yield connection
        connection.rollback()


def test_each_edit_is_found(sealed: dict[str, str], superuser: psycopg.Connection[Any]) -> None:
    assert findings(superuser) == []
    cursor = psycopg.ClientCursor(superuser)
    for name, (sql, expected) in EDITS.items():
        cursor.execute(sql.encode(), sealed)
        found = findings(superuser)
        superuser.rollback()
        superuser.execute("SET session_replication_role = replica")
        for fault in expected:
            assert any(fault in line for line in found), f"{name}: {fault!r} not in {found}"


@contextmanager
def _turned_round(settings: Settings, ballot_id: str) -> Iterator[None]:
    """Two votes swapped by SQL and committed, so that the count stays what it was."""
    select = (
        "SELECT id, choice, reason FROM vote WHERE ballot_id = %s AND seat IN ('produce', 'mef')"
    )
    with admin(name_of(settings)) as connection:
        connection.execute("SET session_replication_role = replica")
        (one, first, why), (two, second, because) = connection.execute(
            select, [ballot_id]
        ).fetchall()
        change = "UPDATE vote SET choice = %s, reason = %s WHERE id = %s"
        connection.execute(change, [second, because or "x", one])
        connection.execute(change, [first, why or "x", two])
        yield
        connection.execute(change, [first, why, one])
        connection.execute(change, [second, because, two])


def test_the_command_says_so_and_fails(
    sealed: dict[str, str],
    board: Board,
    board_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "settings", lambda: board_settings)
    whole = CliRunner().invoke(commands.cli, ["audit", "verify", "board"])
    assert whole.exit_code == 0, whole.output
    file = download(board, {"id": sealed["a"]}, "file")
    with _turned_round(board_settings, sealed["b"]):
        broken = CliRunner().invoke(commands.cli, ["audit", "verify", "board"])
        report = audit.verify("board", board_settings, check=findings)
    assert broken.exit_code == 1
    assert "the signature does not prove it" in broken.output
    assert report.fault is None, "the chain alone does not see it"
    assert not report.is_whole

    document = json.loads(file)
    for vote in document["content"]["matters"][0]["votes"]:
        if vote["statement"]["seat"] in {"produce", "mef"}:
            turned = {"for": "against", "against": "for"}[vote["statement"]["choice"]]
            vote["statement"]["choice"] = turned
    redrawn = json.dumps(document).encode()
    assert {"vote_signature", "content_hash"} <= {one.code for one in verify(redrawn).faults}
