"""What is refused, by the fund or here, is told in Spanish with a cure and the right exit code."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clients.fondo import numbering, receipts, store, times, words
from clients.fondo.app import app
from clients.fondo.errors import Refused
from tests.support.serving import free_port, url_of
from tests.unit.clients.conftest import PASSPHRASE, Fondo, token
from tests.unit.clients.standin import BALLOT, Board

VOTE = ("board", "vote", "1", "--yes")
BAD = [
    ((*VOTE,), "client.choice"),
    ((*VOTE, "--for", "--against"), "client.choice"),
    ((*VOTE, "--against"), "client.reason_required"),
    ((*VOTE, "--against", "--reason", " "), "client.reason_required"),
    ((*VOTE, "--abstain", "--reason", "No sé."), "client.legal_bar_required"),
    ((*VOTE, "--for", "--legal-bar", "LPAG 112"), "client.legal_bar_unfit"),
    (
        (*VOTE, "--against", "--reason", "No.", "--condition", "a | b | 3"),
        "client.condition_unfit",
    ),
    ((*VOTE, "--for", "--condition", "sin plazo"), "client.condition_malformed"),
    ((*VOTE, "--for", "--condition", "a | b | pronto"), "client.condition_malformed"),
    (("board", "vote", "1", "--for"), "client.not_confirmed"),
    (("board", "recuse", "1"), "client.ground_required"),
    (("board", "show", "3"), "client.number_unknown"),
    (("board", "show", "0"), "client.number_unknown"),
    (("board", "show", "dos"), "client.number_wanted"),
    (("session", "show", "9"), "client.number_unknown"),
    (("receipt", "verify", "1"), "client.number_unknown"),
]


@pytest.mark.parametrize(("typed", "code"), BAD, ids=lambda value: str(value)[:50])
def test_what_is_typed_wrong_sends_nothing_and_exits_with_2(
    member: Board, fondo: Fondo, typed: tuple[str, ...], code: str
) -> None:
    before = len(member.told)
    said = fondo(*typed)
    assert (said.code, said.out) == (2, "")
    assert code in said.err
    assert [told for told in member.told[before:] if told[0] == "POST"] == []
    assert f'"code": "{code}"' in fondo(*typed, "--json").err


def test_the_grounds_are_listed_in_words(member: Board, fondo: Fondo) -> None:
    said = fondo("board", "recuse", "1")
    assert all(text in said.err for text in words.GROUNDS.values())


def test_a_wrong_passphrase_signs_nothing(
    member: Board, fondo: Fondo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FONDO_PASSPHRASE", "otra frase cualquiera")
    said = fondo(*VOTE, "--for")
    assert (said.code, "client.passphrase_wrong" in said.err) == (2, True)
    assert [path for method, path, _ in member.told if path.endswith("/votes")] == []


def test_a_short_passphrase_makes_no_key(
    board: Board, fondo: Fondo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FONDO_PASSPHRASE", "corta")
    assert fondo("key", "create").code == 2
    assert fondo("key", "list", "--json").document == {"data": []}
    assert "client.key_missing" in fondo("key", "register").err


def test_the_passphrase_is_asked_when_no_variable_gives_it(
    member: Board, fondo: Fondo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FONDO_PASSPHRASE")
    said = fondo(*VOTE, "--for", "--json", stdin=PASSPHRASE + "\n")
    assert said.code == 0, said.err
    assert PASSPHRASE not in said.out + said.err
    assert said.document["choice"] == "for"


def test_a_key_file_is_encrypted_and_nobody_elses(member: Board, home: Path) -> None:
    [pem] = (home / "keys" / "sandbox").glob("*.pem")
    assert pem.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_nobody_answers_exits_with_3(fondo: Fondo) -> None:
    with free_port() as listening:
        gone = url_of(listening)
    fondo("profile", "add", "sandbox", "--base-url", gone, "--issuer", gone)
    fondo("login", "--token-file", "-", stdin=token())
    said = fondo("board", "inbox")
    assert said.code == 3
    assert f"{gone} no responde" in said.err
    assert fondo("login").code == 3
    told = json.loads(fondo("board", "inbox", "--json").err)
    assert (told["exit_code"], told["error"]["code"]) == (3, "client.unreachable")


def test_a_refusal_of_the_fund_exits_with_1_and_names_its_request(
    member: Board, fondo: Fondo
) -> None:
    said = fondo("board", "show", "bal_01k9zq4v7hf8qbn0w2d5r6t3yf")
    assert said.code == 1
    assert "No existe, o no es suyo." in said.err
    assert "http.not_found · solicitud 9b2f0a4c" in said.err
    told = json.loads(fondo("board", "show", "bal_01k9zq4v7hf8qbn0w2d5r6t3yf", "--json").err)
    assert told["error"]["request_id"] == "9b2f0a4c"
    assert told["error"]["status"] == 404


def test_an_unregistered_key_is_refused_with_its_cure(board: Board, fondo: Fondo) -> None:
    fondo("key", "create")
    fondo("board", "inbox")
    said = fondo(*VOTE, "--for")
    assert (said.code, "fondo key register" in said.err) == (1, True)
    assert fondo("receipt", "list", "--json").document == {"data": []}


@pytest.mark.parametrize("act", [(*VOTE, "--for"), ("board", "show", "1")])
def test_a_file_that_is_not_what_its_hash_says_is_never_shown_or_signed(
    member: Board, fondo: Fondo, act: tuple[str, ...]
) -> None:
    member.lie = "0" * 64
    said = fondo(*act)
    assert (said.code, "client.hash_differs" in said.err) == (1, True)
    assert member.told[-1][0] == "GET"


def test_an_answer_that_explains_nothing_is_still_told() -> None:
    for content in (b"<html>Bad gateway</html>", b"[]", b'{"detail": 1}'):
        error = Refused.of(502, content)
        assert (error.code, error.EXIT_CODE) == ("http.unexplained", 1)
        assert "502" in error.detail


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("no es un token", "client.token_malformed"),
        ("", "client.token_malformed"),
        (token(exp=1), "client.session_ended"),
        (token(exp=10**30), "client.token_malformed"),
    ],
)
def test_a_token_that_is_none_or_has_ended_starts_no_session(
    fondo: Fondo, given: str, code: str
) -> None:
    said = fondo("login", "--token-file", "-", stdin=given)
    assert (said.code, code in said.err) == (2, True)
    assert fondo("whoami").code == 2


def test_a_token_comes_from_a_file_too(fondo: Fondo, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(token() + "\n")
    assert fondo("login", "--token-file", str(tmp_path / "token")).code == 0
    assert fondo("login", "--token-file", str(tmp_path / "none")).code == 2
    assert fondo("whoami", "--json").document["seat"] == "mef"
    fondo("login", "--token-file", "-", stdin=token(seat=""))
    assert "client.no_seat" in fondo("session", "attend", "ses_" + "0" * 26).err


def test_typing_errors_are_told_in_spanish(fondo: Fondo) -> None:
    for typed, told in (
        (("bord",), "No hay un comando bord"),
        (("board", "vote"), "Falta N"),
        (("--nada",), "No hay una opción --nada"),
        (("board", "recuse", "1", "--ground", "9"), "Valor no admitido en --ground"),
    ):
        said = fondo(*typed)
        assert said.code == 2
        assert told in said.err
        assert "Uso: fondo" in said.err


def test_a_damaged_file_is_named(fondo: Fondo, home: Path) -> None:
    store.write({}, "profiles.json")
    (home / "profiles.json").write_text("{")
    said = fondo("profile", "list")
    assert (said.code, "profiles.json" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("fondo board vote ", "1"), ("fondo bo", "board"), ("fondo acta s", "show")],
)
def test_the_shell_completes_numbers_and_verbs(member: Board, typed: str, shown: str) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    asked["_FONDO_COMPLETE"] = "complete_bash"
    found = CliRunner().invoke(app, [], env=asked, prog_name="fondo")
    assert shown in found.stdout.split()


def test_numbers_are_completed_with_their_labels(member: Board) -> None:
    assert numbering.completions("sandbox", "ballot", "") == [
        ("1", "Consorcio Palta, S/ 50 000.00"),
        ("2", "Consorcio Palta, S/ 50 000.00"),
    ]
    assert numbering.completions("sandbox", "ballot", "3") == []
    assert numbering.resolve("sandbox", "ballot", "1") == BALLOT
    assert numbering.resolve("sandbox", "ballot", BALLOT) == BALLOT


def test_a_receipt_proves_what_was_signed_and_shows_what_was_changed(
    member: Board, fondo: Fondo, home: Path
) -> None:
    told = fondo(*VOTE, "--for", "--json").document["receipt"]
    assert fondo("receipt", "verify", "--json").document["sha256"] == told["sha256"]
    fondo("receipt", "list")
    assert "Voto a favor" in fondo("receipt", "verify", "1").out
    [path] = (home / "receipts" / "sandbox").glob("*.json")
    receipt = json.loads(path.read_text())
    assert receipts.faults(receipt) == []
    receipt["answer"]["choice"] = "against"
    assert len(receipts.faults(receipt)) == 1
    receipt["signed"]["text"]["choice"] = "against"
    assert len(receipts.faults(receipt)) == 2
    del receipt["signed"]
    path.write_text(json.dumps(receipt))
    said = fondo("receipt", "verify", "--file", str(path))
    assert (said.code, "client.receipt_broken" in said.err) == (1, True)
    path.write_text("[]")
    assert fondo("receipt", "verify", "--file", str(path)).code == 2


def test_money_and_time_are_written_as_in_peru(monkeypatch: pytest.MonkeyPatch) -> None:
    assert words.soles({"amount": "1234567.5", "currency": "PEN"}) == "S/ 1 234 567.50"
    assert words.soles(None) == "—"
    assert times.in_lima("2026-12-02T14:30:00Z") == "02/12/2026 09:30"
    assert times.typed("2026-12-02 09:30") == "2026-12-02T14:30:00Z"
    assert times.typed("2026-12-02T09:30:00+00:00") == "2026-12-02T09:30:00Z"
    monkeypatch.setattr(times, "now", lambda: times.parse("2026-12-02T14:30:00Z"))
    assert times.left("2026-12-04T17:31:00Z") == "2 d 3 h"
    assert times.left("2026-12-02T16:35:00Z") == "2 h 05 min"
    assert times.left("2026-12-02T14:31:00Z") == "1 min"
    assert times.left("2026-12-02T14:30:00Z") == "venció"
