"""Actas over HTTP: drawn up, signed, sealed, and checked offline from what the API hands out."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from clients.fondo.verifying import verify
from services.board import domain
from services.kernel import clock, commands
from services.kernel.ids import new_id
from tests.integration.board.conftest import Board, holder
from tests.integration.board.test_integrity import at_once
from tests.support import signing

SECRETARY = "secretaria-1"


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def decided(board: Board, **choices: str) -> dict[str, Any]:
    """A ballot that these votes decided; seats that are not named vote for."""
    ballot = board.open()
    for seat in domain.SEATS:
        answer = board.vote(ballot, seat, choices.get(seat, "for"))
        assert answer.status_code == 201, answer.text
    assert board.close(ballot).status_code == 200
    return ballot


def draw(board: Board, path: str) -> Any:
    return board.call("POST", f"{path}/acta", "secretariat", sub=SECRETARY)


def drawn(board: Board, ballot: dict[str, Any]) -> dict[str, Any]:
    answer = draw(board, f"/v1/ballots/{ballot['id']}")
    assert answer.status_code == 201, answer.text
    acta: dict[str, Any] = answer.json()
    return acta


def sign(board: Board, acta: dict[str, Any], seat: str, **changes: Any) -> Any:
    sub = changes.pop("sub", holder(seat))
    board.with_key(sub)
    signed = signing.signed_acta(acta, seat, sub, signed_at=commands.clock.now())
    body = {**signed, **changes}
    path = f"/v1/actas/{acta['id']}/signatures"
    return board.call("POST", path, "board_member", body, seat=seat, sub=sub)


def with_secretary(board: Board) -> None:
    """Let the secretary have its key registered, once."""
    if SECRETARY not in board.registered:
        body = signing.key_registration(SECRETARY)
        assert board.call("POST", "/v1/keys", "secretariat", body, sub=SECRETARY).status_code == 201
        board.registered.add(SECRETARY)


def seal(board: Board, acta: dict[str, Any]) -> Any:
    with_secretary(board)
    now = board.call("GET", f"/v1/actas/{acta['id']}", "secretariat").json()
    body = signing.signed_seal(now, SECRETARY, "Está de licencia.", signed_at=commands.clock.now())
    path = f"/v1/actas/{acta['id']}/seal"
    return board.call("POST", path, "secretariat", body, sub=SECRETARY)


def download(board: Board, acta: dict[str, Any], form: str) -> bytes:
    answer = board.call("GET", f"/v1/actas/{acta['id']}/{form}", "board_member", seat="mef")
    assert answer.status_code == 200, answer.text
    return answer.content


def faults(data: bytes, **given: Any) -> set[str]:
    return {fault.code for fault in verify(data, **given).faults}


def test_four_members_sign_and_anybody_can_check(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballot = decided(board, mincetur="against", mef="against")
    acta = drawn(board, ballot)
    assert drawn(board, ballot)["id"] == acta["id"]
    assert [one["seat"] for one in acta["missing"]] == list(domain.SEATS)
    assert {one["seat"] for one in acta["must_sign"]} == {"midagri", "mincetur", "mef"}
    for form in ("file", "pdf"):
        assert "not_sealed" in faults(download(board, acta, form))
    for number, seat in enumerate(domain.SEATS, start=1):
        signed = sign(board, acta, seat)
        assert signed.status_code == 201, signed.text
        assert (signed.json()["sealed_at"] is not None) == (number == 4)
    assert signed.json()["seal"] == "complete"

    file, pdf = download(board, acta, "file"), download(board, acta, "pdf")
    assert verify(file).faults == ()
    assert verify(pdf).faults == ()
    assert json.loads(file)["content"]["matters"][0]["outcome"]["tie_broken_by"] == "midagri"
    assert download(board, acta, "pdf") == pdf
    assert code(sign(board, acta, "mef")) == (409, "board.acta_sealed")
    assert code(seal(board, acta)) == (409, "board.acta_sealed")
    types = owner.execute(
        "SELECT type, aggregate_version FROM outbox WHERE aggregate_id = %s ORDER BY seq",
        [acta["id"]],
    ).fetchall()
    assert [(kind.split(".")[3], version) for kind, version in types] == [
        ("drawn", 1),
        *(("signed", version) for version in (2, 3, 4, 5)),
        ("sealed", 6),
    ]


def test_actas_drawn_and_signed_at_once_are_one_chain_and_sealed_once(
    board: Board, owner: psycopg.Connection[Any]
) -> None:
    ballots = [decided(board) for _ in range(3)]
    paths = [f"/v1/ballots/{ballot['id']}" for ballot in ballots]
    answers = at_once([partial(draw, board, path) for path in paths * 2])
    assert {answer.status_code for answer in answers} == {201}
    found = {answer.json()["id"]: answer.json() for answer in answers}
    assert len(found) == 3
    previous = {acta["previous_sha256"] for acta in found.values()}
    assert len(previous) == 3, "each follows another one"
    assert len(previous & {acta["content_sha256"] for acta in found.values()}) == 2
    acta = answers[0].json()
    signed = at_once([partial(sign, board, acta, seat) for seat in domain.SEATS])
    assert {answer.status_code for answer in signed} == {201}
    sealed = owner.execute(
        "SELECT count(*) FROM outbox WHERE aggregate_id = %s AND type LIKE '%%.acta.sealed.v1'",
        [acta["id"]],
    ).fetchone()
    assert sealed == (1,)
    assert faults(download(board, acta, "file")) == set()


def test_an_unsigned_acta_waits_in_the_inbox_of_who_took_part(board: Board) -> None:
    def waiting(sub: str) -> list[str]:
        inbox = board.call("GET", "/v1/inbox", "board_member", seat="mef", sub=sub)
        assert inbox.status_code == 200, inbox.text
        return [acta["id"] for acta in inbox.json()["actas"]]

    acta = drawn(board, decided(board))
    assert acta["id"] in waiting(holder("mef"))
    assert acta["id"] not in waiting("nadie-1")
    assert board.appoint("mef", "sucesora-9").status_code == 200
    assert acta["id"] in waiting(holder("mef")), "who took part signs, also after its term"
    assert sign(board, acta, "mef").status_code == 201
    assert acta["id"] not in waiting(holder("mef"))


def test_the_next_acta_names_the_one_before(board: Board) -> None:
    first, second = (drawn(board, decided(board)) for _ in range(2))
    assert second["previous_sha256"] == first["content_sha256"]
    for acta in (first, second):
        for seat in domain.SEATS:
            assert sign(board, acta, seat).status_code == 201
    files = [download(board, acta, "file") for acta in (first, second)]
    assert faults(files[1], previous=files[0]) == set()
    assert faults(files[0], previous=files[1]) == {"chain"}


def test_the_secretariat_seals_when_somebody_does_not_sign(board: Board) -> None:
    acta = drawn(board, decided(board, mincetur="against"))
    assert code(seal(board, acta)) == (409, "board.acta_signatures_missing")
    assert sign(board, acta, "midagri").status_code == 201
    refused = seal(board, acta)
    assert code(refused) == (409, "board.acta_signatures_missing")
    assert holder("mincetur") in refused.json()["detail"]
    assert sign(board, acta, "mincetur").status_code == 201
    sealed = seal(board, acta)
    assert sealed.status_code == 200, sealed.text
    assert sealed.json()["seal"] == "by_secretary"
    for form in ("file", "pdf"):
        assert faults(download(board, acta, form)) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"signature": "e30..e30"}, (422, "board.signature_invalid")),
        ({"nonce": "otro-nonce-0123456789"}, (422, "board.signature_invalid")),
        ({"sub": "nadie-1"}, (403, "board.not_attendee")),
        ({"signed_at": "2026-01-01T00:00:00Z"}, (422, "board.signed_at_off")),
    ],
)
def test_a_signature_that_proves_nothing_is_refused(
    board: Board, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    acta = drawn(board, decided(board))
    assert code(sign(board, acta, "mef", **changes)) == expected
    assert sign(board, acta, "mef").status_code == 201
    assert code(sign(board, acta, "mef")) == (409, "board.acta_signed")


def test_an_acta_waits_for_the_end_of_its_ballot(board: Board) -> None:
    ballot = board.open()
    path = f"/v1/ballots/{ballot['id']}"
    assert code(draw(board, path)) == (409, "board.acta_not_ready")
    assert code(board.call("GET", f"{path}/proof", "auditor")) == (409, "board.acta_not_ready")
    gone = draw(board, f"/v1/ballots/{new_id('bal')}")
    assert code(gone) == (404, "http.not_found")
    members = board.call("POST", f"{path}/acta", "board_member", seat="mef")
    assert code(members) == (403, "authz.denied")


def test_the_proof_of_a_ballot_holds_votes_and_keys(board: Board) -> None:
    ballot = decided(board)
    answer = board.call("GET", f"/v1/ballots/{ballot['id']}/proof", "auditor")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    keys = {key["key_id"] for key in found["keys"]}
    assert {vote["key_id"] for vote in found["matter"]["votes"]} == keys
    assert found["matter"]["outcome"]["result"] == "approved"
    applicant = board.call("GET", f"/v1/ballots/{ballot['id']}/proof", "applicant")
    assert code(applicant) == (403, "authz.denied")


def test_the_acta_of_a_session(board: Board, owner: psycopg.Connection[Any]) -> None:
    """The rows of the session are made here; how sessions come to be is another suite's."""
    ballot, session, now = board.open(), new_id("ses"), clock.now()
    owner.execute(
        """INSERT INTO board_session VALUES (%(id)s, %(id)s, 'ordinary', 'virtual', 'Sala virtual',
           true, false, 'voting', 1, 'secretaria-1', %(a)s, %(b)s, %(c)s, %(d)s, %(b)s,
           'first', NULL)""",
        {
            "id": session,
            **{
                name: now + timedelta(hours=hours)
                for name, hours in {"a": -50, "b": -1, "c": 20, "d": 40}.items()
            },
        },
    )
    owner.execute(
        "UPDATE ballot SET session_id = %s, votes_from = %s, version = version + 1 WHERE id = %s",
        [session, now - timedelta(hours=1), ballot["id"]],
    )
    owner.execute(
        "INSERT INTO agenda_item VALUES (%s, 1, %s, 'Banano orgánico')", [session, ballot["id"]]
    )
    for seat in domain.SEATS[:3]:
        assert board.vote(ballot, seat).status_code == 201
    board.decide(board.recuse(ballot, "mef"))
    owner.execute(
        """INSERT INTO attendance SELECT %s, seat, holder_sub, capacity, id, 'first', %s
           FROM seat_term WHERE valid_to IS NULL AND capacity = 'titular' AND seat = 'mef'""",
        [session, clock.now()],
    )
    path = f"/v1/sessions/{session}"
    assert code(draw(board, path)) == (409, "board.acta_not_ready")
    assert board.close(ballot).status_code == 200
    assert code(draw(board, f"/v1/ballots/{ballot['id']}")) == (409, "board.acta_of_session")
    owner.execute(
        "UPDATE board_session SET state = 'closed', closed_at = %s, version = version + 1"
        " WHERE id = %s",
        [clock.now(), session],
    )
    acta = draw(board, path).json()
    assert [(one["seat"], one["call"]) for one in acta["content"]["attendance"]] == [
        ("midagri", "first"),
        ("produce", "first"),
        ("mincetur", "first"),
        ("mef", "first"),
    ]
    for seat in domain.SEATS:
        assert sign(board, acta, seat).status_code == 201
    assert faults(download(board, acta, "pdf")) == set()
    listed = board.call("GET", f"/v1/actas?ballot_id={ballot['id']}&sealed=true", "auditor").json()
    assert [one["id"] for one in listed["data"]] == [acta["id"]]
