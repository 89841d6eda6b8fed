"""Members' keys over HTTP: registered by who holds them, listed with their history, revoked."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from services.board import domain
from services.kernel import clock, proof
from tests.integration.board.conftest import Board, holder, pretend
from tests.support import signing


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def kid_of(sub: str) -> str:
    return proof.thumbprint(proof.public_jwk(signing.key_of(sub)))


def listed(board: Board, sub: str) -> list[dict[str, Any]]:
    answer = board.call("GET", f"/v1/keys?holder_sub={sub}", "auditor")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def revoke(board: Board, of: str, role: str, **who: str) -> Any:
    path = f"/v1/keys/{kid_of(of)}/revoke"
    return board.call("POST", path, role, {"reason": "Se perdió el equipo."}, **who)


def test_a_key_is_listed_with_its_history(board: Board, owner: psycopg.Connection[Any]) -> None:
    board.with_key("lista-1")
    (key,) = listed(board, "lista-1")
    assert key["kid"] == kid_of("lista-1")
    assert key["algorithm"] == "EdDSA"
    assert key["revoked_at"] is None
    own = {"seat": "mef", "sub": "lista-1"}
    revoked = revoke(board, "lista-1", "board_member", **own)
    assert revoked.status_code == 200, revoked.text
    assert revoked.json()["revoked_by"] == "lista-1"
    assert listed(board, "lista-1") == [revoked.json()]
    assert revoke(board, "lista-1", "board_member", **own).json() == revoked.json()
    registration = signing.key_registration("lista-1")
    again = board.call("POST", "/v1/keys", "board_member", registration, **own)
    assert code(again) == (409, "board.key_revoked")
    types = owner.execute(
        "SELECT type FROM outbox WHERE aggregate_id = %s ORDER BY seq", [kid_of("lista-1")]
    ).fetchall()
    assert [kind for (kind,) in types] == [
        "fund.board.key.registered.v1",
        "fund.board.key.revoked.v1",
    ]


def test_only_its_holder_or_the_secretariat_revokes_a_key(board: Board) -> None:
    board.with_key("ajena-1")
    stranger = revoke(board, "ajena-1", "board_member", seat="mef", sub=holder("mef"))
    assert code(stranger) == (403, "board.key_not_yours")
    assert code(revoke(board, "ajena-1", "auditor")) == (403, "authz.denied")
    assert revoke(board, "ajena-1", "secretariat").status_code == 200
    unknown = board.call("POST", f"/v1/keys/{'A' * 43}/revoke", "secretariat", {"reason": "x"})
    assert code(unknown) == (404, "http.not_found")


def test_a_vote_before_the_revocation_stays_and_counts(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.appoint("mef", "revocada-1")
    ballot = board.open()
    assert board.vote(ballot, "mef", sub="revocada-1").status_code == 201
    # The clock of the server that revokes is behind: the revocation is still after the vote.
    pretend(monkeypatch, lambda: clock.now() - timedelta(seconds=30))
    revoked = revoke(board, "revocada-1", "secretariat").json()
    monkeypatch.undo()
    (vote,) = board.read(ballot)["votes"]
    assert vote["cast_at"] < revoked["revoked_at"]
    other = board.open()
    assert code(board.vote(other, "mef", sub="revocada-1")) == (409, "board.key_revoked")
    for seat in domain.SEATS[:3]:
        assert board.vote(ballot, seat).status_code == 201
    assert board.close(ballot).json()["result"] == "approved"
