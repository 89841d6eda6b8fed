"""Rows from before votes were signed: they are kept as they were, and their open ballots end."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import psycopg
import pytest
from alembic import command

from services.board import domain
from services.kernel import clock
from services.kernel.app import create_app
from services.kernel.ids import new_id
from services.kernel.migrate import config_of, upgrade
from services.kernel.settings import Settings
from tests.integration.board.conftest import Board, holder
from tests.support.databases import empty_database
from tests.support.serving import own_issuer, served

DOSSIER = "ab" * 32
NOW = clock.now()
DECIDED, OPEN = new_id("bal"), new_id("bal")


def rows_of_the_first_schema(connection: psycopg.Connection[Any]) -> None:
    began = NOW - timedelta(days=90)
    terms = {seat: new_id("ter") for seat in domain.SEATS}
    for seat, term in terms.items():
        connection.execute(
            "INSERT INTO seat_term (id, seat, holder_sub, holder_name, chair, valid_from, valid_to)"
            " VALUES (%s, %s, %s, 'Antes', false, %s, %s), (%s, %s, %s, 'Ahora', %s, %s, NULL)",
            [
                *(new_id("ter"), seat, f"former-{seat}", began, began + timedelta(days=1)),
                *(term, seat, holder(seat), seat == "midagri", began + timedelta(days=1)),
            ],
        )
    opened = NOW - timedelta(days=2)
    for ballot in (DECIDED, OPEN):
        connection.execute(
            "INSERT INTO ballot (id, application_id, consortium_id, call_id, dossier_sha256, state,"
            " version, opened_at, closes_at) VALUES (%s, %s, %s, %s, %s, 'open', 1, %s, %s)",
            [
                *(ballot, new_id("app"), new_id("con"), new_id("cal"), DOSSIER),
                *(opened, NOW + timedelta(hours=1)),
            ],
        )
    for ballot, seats in ((DECIDED, domain.SEATS[:3]), (OPEN, domain.SEATS[:1])):
        for seat in seats:
            connection.execute(
                "INSERT INTO vote (id, ballot_id, seat, choice, dossier_sha256, term_id,"
                " holder_sub, cast_at) VALUES (%s, %s, %s, 'for', %s, %s, %s, %s)",
                [
                    *(new_id("vot"), ballot, seat, DOSSIER, terms[seat], holder(seat)),
                    opened + timedelta(hours=1),
                ],
            )
        connection.execute(
            "INSERT INTO recusal (id, ballot_id, seat, ground, reason, term_id, holder_sub,"
            " raised_at) VALUES (%s, %s, 'mef', 2, 'Asesoré.', %s, %s, %s)",
            [new_id("rec"), ballot, terms["mef"], holder("mef"), opened + timedelta(hours=2)],
        )
    connection.execute(
        "UPDATE ballot SET state = 'decided', version = 2, closed_at = %s, result = 'approved',"
        " resolution_number = '007-2026-FC', resolution = '{}', policy_revision = 'r1',"
        " policy_input = '{}', policy_answer = '{}', quorum_required = 3, present = 4,"
        " votes_for = 3, votes_against = 0 WHERE id = %s",
        [opened + timedelta(hours=3), DECIDED],
    )
    connection.execute("INSERT INTO resolution_counter VALUES (%s, 7)", [clock.lima_date(NOW).year])


@pytest.fixture(scope="module")
def upgraded(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A database that was filled under the first schema and then brought to the newest."""
    with empty_database() as scratch:
        command.upgrade(config_of("board", scratch), "0001")
        with _owner(scratch) as connection:
            rows_of_the_first_schema(connection)
        upgrade("board", scratch)
        with own_issuer(scratch, tmp_path_factory.mktemp("issuer")) as settings:
            yield settings


def _owner(settings: Settings) -> psycopg.Connection[Any]:
    url = settings.migration_database_url.format(room="board").replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


@pytest.fixture(scope="module")
def old_board(upgraded: Settings) -> Iterator[Board]:
    with (
        served(create_app(["board"], upgraded)) as url,
        httpx2.Client(base_url=url, timeout=30, trust_env=False) as http,
    ):
        yield Board(http, upgraded)


def test_a_decided_ballot_is_shown_as_it_was(old_board: Board) -> None:
    found = old_board.read({"id": DECIDED})
    assert (found["state"], found["result"], found["recused"]) == ("decided", "approved", ["mef"])
    assert [vote["choice"] for vote in found["votes"]] == ["for"] * 3
    assert {vote["key_id"] for vote in found["votes"]} == {None}
    assert {vote["capacity"] for vote in found["votes"]} == {"titular"}


def test_an_open_ballot_goes_on_with_signed_votes_and_is_decided(old_board: Board) -> None:
    ballot = old_board.read({"id": OPEN})
    assert (ballot["seats_voted"], ballot["recused"], ballot["blind"]) == (1, ["mef"], True)
    assert old_board.vote(ballot, "midagri").json()["code"] == "board.seat_already_voted"
    assert old_board.vote(ballot, "mef").json()["code"] == "board.seat_recused"
    assert old_board.vote(ballot, "produce").status_code == 201
    assert old_board.vote(ballot, "mincetur", "against").status_code == 201
    closed = old_board.close(ballot)
    assert closed.status_code == 200, closed.text
    assert (closed.json()["result"], closed.json()["votes_for"]) == ("approved", 2)
    assert closed.json()["resolution_number"].startswith("008-")
    package = old_board.call("GET", f"/v1/ballots/{OPEN}/resolution").json()
    signed = {vote["seat"]: vote["signature"] is not None for vote in package["votes"]}
    assert signed == {"midagri": False, "produce": True, "mincetur": True}


def test_an_old_file_tells_its_hash_alone_and_has_no_paper(old_board: Board) -> None:
    path = f"/v1/ballots/{DECIDED}/dossier"
    told = old_board.call("GET", path, "auditor").json()
    assert [one["part"] for one in told["parts"]] == list(told["file"]) == ["dossier_sha256"]
    paper = old_board.call("GET", f"{path}.pdf", "auditor")
    assert (paper.status_code, paper.json()["code"]) == (409, "board.dossier_not_compiled")
    listed = old_board.call("GET", f"/v1/ballots/{DECIDED}/recusals", "auditor").json()["data"]
    assert [(one["seat"], one["outcome"]) for one in listed] == [("mef", "accepted")]


def test_an_old_vote_says_that_it_stood_on_the_dossier_alone(upgraded: Settings) -> None:
    with _owner(upgraded) as connection:
        found = connection.execute(
            "SELECT v.file_sha256 = b.file_sha256, f.file, v.nonce FROM vote v"
            " JOIN ballot b ON b.id = v.ballot_id JOIN ballot_file f ON f.ballot_id = b.id"
            " WHERE b.id = %s LIMIT 1",
            [DECIDED],
        ).fetchone()
    assert found == (True, {"dossier_sha256": DOSSIER}, None)
