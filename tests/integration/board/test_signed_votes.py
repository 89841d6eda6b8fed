"""What a signed vote must prove, and the error of each that does not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from deploy.demo import signing as member
from services.kernel import clock, proof
from services.kernel.ids import new_id
from services.kernel.statements import vote_statement
from tests.integration.board.conftest import Board, holder
from tests.support import signing


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


MEF = holder("mef")


def body_of(ballot: dict[str, Any], **said: Any) -> dict[str, Any]:
    return signing.signed_vote(ballot, "mef", MEF, **said)


def test_a_vote_carries_its_proof_which_anybody_can_check(board: Board) -> None:
    ballot = board.open()
    condition = {
        "text": "Presentar la licencia de uso de agua.",
        "evidence": "Resolución de la ANA.",
        "due_working_days": 20,
    }
    answer = board.vote(ballot, "mef", conditions=[condition], reason="Con reserva.")
    assert answer.status_code == 201, answer.text
    vote = answer.json()
    assert (vote["capacity"], vote["conditions"]) == ("titular", [condition])
    assert vote["file_sha256"] == ballot["file_sha256"]
    statement = vote_statement(
        **{name: vote[name] for name in ("ballot_id", "file_sha256", "dossier_sha256", "seat")},
        **{name: vote[name] for name in ("holder_sub", "choice", "reason", "legal_bar")},
        conditions=vote["conditions"],
        signed_at=datetime.fromisoformat(vote["signed_at"]),
        nonce=vote["nonce"],
    )
    jwk = proof.public_jwk(signing.key_of(MEF))
    assert vote["key_id"] == proof.thumbprint(jwk)
    proof.check(statement, vote["signature"], jwk)


@pytest.mark.parametrize("missing", ["signature", "nonce", "signed_at"])
def test_an_unsigned_vote_is_refused(board: Board, missing: str) -> None:
    ballot = board.open()
    answer = board.vote(ballot, "mef", body={**body_of(ballot), missing: None})
    assert code(answer) == (422, "board.signature_required")


@pytest.mark.parametrize(
    "forged",
    [
        {"choice": "against", "reason": "Otra cosa."},
        {"reason": "Otra cosa."},
        {"nonce": "another-nonce-of-16"},
        {"conditions": [{"text": "x", "evidence": "y", "due_working_days": 1}]},
        {"signature": "e30..AAAA"},
    ],
)
def test_a_vote_that_says_other_than_was_signed_is_refused(
    board: Board, forged: dict[str, Any]
) -> None:
    ballot = board.open()
    answer = board.vote(ballot, "mef", body={**body_of(ballot), **forged})
    assert code(answer) == (422, "board.signature_invalid")
    assert board.read(ballot)["seats_voted"] == 0


def test_a_vote_signed_for_another_seat_or_ballot_is_refused(board: Board) -> None:
    ballot, other = board.open(), board.open()
    for_produce = signing.signed_vote(ballot, "produce", MEF)
    for_other = signing.signed_vote({**other, "file_sha256": ballot["file_sha256"]}, "mef", MEF)
    for body in (for_produce, for_other):
        assert code(board.vote(ballot, "mef", body=body)) == (422, "board.signature_invalid")


def test_a_signed_vote_counts_once(board: Board) -> None:
    ballot = board.open()
    body = body_of(ballot)
    assert board.vote(ballot, "mef", body=body).status_code == 201
    assert code(board.vote(ballot, "mef", body=body)) == (409, "board.vote_replayed")
    assert code(board.vote(ballot, "mef")) == (409, "board.seat_already_voted")
    again = board.open()
    replayed = body_of(again, nonce=body["nonce"])
    assert code(board.vote(again, "mef", body=replayed)) == (409, "board.vote_replayed")


def test_a_vote_on_another_file_is_refused_and_told_why(board: Board) -> None:
    ballot = board.open()
    other = {**ballot, "file_sha256": "cd" * 32}
    answer = board.vote(ballot, "mef", body=body_of(other))
    assert code(answer) == (409, "board.wrong_dossier")
    assert "Apertura de la votación." in answer.json()["detail"]
    dossier = {**ballot, "dossier_sha256": "cd" * 32}
    assert code(board.vote(ballot, "mef", body=body_of(dossier))) == (
        422,
        "board.signature_invalid",
    )


@pytest.mark.parametrize(("off_s", "refused"), [(-400, True), (-200, False), (400, True)])
def test_a_vote_is_signed_when_it_is_sent(board: Board, off_s: int, refused: bool) -> None:
    ballot = board.open()
    answer = board.vote(ballot, "mef", signed_at=clock.now() + timedelta(seconds=off_s))
    if refused:
        assert code(answer) == (422, "board.signed_at_off")
    else:
        assert answer.status_code == 201, answer.text


def test_the_key_is_registered_ones_own_and_not_revoked(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = board.open()
    assert code(board.vote(ballot, "mef", key=member.new_key())) == (422, "board.key_unknown")
    board.with_key("somebody-else")
    theirs = signing.key_of("somebody-else")
    assert code(board.vote(ballot, "mef", key=theirs)) == (403, "board.key_not_yours")
    spare = member.new_key()
    registered = board.call(
        "POST",
        "/v1/keys",
        "board_member",
        member.registration(spare, MEF),
        seat="mef",
        sub=MEF,
    )
    assert registered.status_code == 201, registered.text
    before = board.open()
    assert board.vote(before, "mef", key=spare).status_code == 201
    owner.execute(
        "UPDATE member_key SET revoked_at = now(), revoked_by = %s, revoked_reason = 'Perdida.'"
        " WHERE id = %s",
        [MEF, registered.json()["kid"]],
    )
    assert code(board.vote(ballot, "mef", key=spare)) == (409, "board.key_revoked")
    assert board.read(before)["seats_voted"] == 1


def test_a_key_is_registered_by_who_holds_it(board: Board) -> None:
    def register(body: dict[str, Any], sub: str = MEF) -> Any:
        return board.call("POST", "/v1/keys", "board_member", body, seat="mef", sub=sub)

    key = member.new_key()
    body = member.registration(key, MEF)
    assert code(register(body, sub="thief")) == (422, "board.signature_invalid")
    first = register(body)
    assert first.status_code == 201, first.text
    assert register(member.registration(key, MEF)).json() == first.json()
    assert code(register(member.registration(key, "other"), sub="other")) == (
        409,
        "board.key_taken",
    )
    other = proof.public_jwk(member.new_key())
    assert code(register({**body, "jwk": other})) == (422, "board.signature_invalid")
    odd = {**body, "jwk": {**body["jwk"], "crv": "P-256"}}
    assert code(register(odd)) == (422, "board.key_malformed")
    private = {**body, "jwk": {**body["jwk"], "d": "x" * 43}}
    assert register(private).status_code == 422


def test_an_abstention_names_the_legal_bar(board: Board) -> None:
    ballot = board.open()
    body = body_of(ballot, choice="abstain")
    assert code(board.vote(ballot, "mef", body={**body, "legal_bar": None})) == (
        422,
        "board.legal_bar_required",
    )
    assert board.vote(ballot, "mef", body=body).status_code == 201
    for seat in ("midagri", "produce"):
        board.vote(ballot, seat)
    board.vote(ballot, "mincetur", "against")
    closed = board.close(ballot).json()
    assert (closed["result"], closed["present"], closed["abstentions"]) == ("approved", 4, 1)
    assert (closed["votes_for"], closed["votes_against"]) == (2, 1)


def test_a_late_vote_does_not_count(board: Board, later: Callable[[timedelta], datetime]) -> None:
    ballot = board.open()
    later(timedelta(hours=1, seconds=1))
    assert code(board.vote(ballot, "mef")) == (409, "board.ballot_closed")
    unknown = {**ballot, "id": new_id("bal")}
    assert code(board.vote(unknown, "mef")) == (404, "http.not_found")
