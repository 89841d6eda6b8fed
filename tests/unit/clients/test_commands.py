"""Every command against the stand-in, for a person and with `--json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from clients.fondo.app import app
from tests.unit.clients.conftest import Fondo, token
from tests.unit.clients.sample import FILE
from tests.unit.clients.standin import ACTA, BALLOT, INTEREST, RECUSAL, SESSION, Board

VOTE = ("board", "vote", "1", "--yes")
COMMANDS: list[tuple[tuple[str, ...], str]] = [
    (("whoami",), "mef-1"),
    (("profile", "list"), "sandbox"),
    (("profile", "use", "sandbox"), "sandbox"),
    (("board", "inbox"), "Consorcio Palta"),
    (("board", "list"), "Votaciones"),
    (("board", "votes", "1"), "007-2026-FC"),
    (("seat", "list"), "Rosa Quispe"),
    (
        (
            *("seat", "appoint", "mef", "--holder", "mef-2", "--name", "Ana Ríos", "--yes"),
            *("--capacity", "alternate", "--from", "2026-12-01 00:00"),
        ),
        "mef-2 ocupa el asiento de MEF",
    ),
    (
        (
            *("seat", "absence", "mef", "--from", "2026-12-01 00:00"),
            *("--to", "2026-12-09 00:00", "--reason", "Comisión de servicio."),
        ),
        "Ausencia de MEF registrada",
    ),
    (("board", "show", "1"), "S/ 80 000.00"),
    ((*VOTE, "--for"), "Voto a favor: recibido"),
    ((*VOTE, "--for", "--condition", "Contrato de agua | Copia inscrita | 20"), "Constancia"),
    ((*VOTE, "--against", "--reason", "Falta un mercado."), "Voto en contra: recibido"),
    (
        (*VOTE, "--abstain", "--legal-bar", "LPAG 112", "--reason", "Asesoré."),
        "Voto abstención: recibido",
    ),
    (
        ("board", "recuse", "1", "--ground", "3", "--reason", "Soy socia.", "--yes"),
        "Abstención pedida",
    ),
    (
        ("board", "recusal", "decide", "1", "--accept", "--reason", "Consta.", "--yes"),
        "Abstención aceptada",
    ),
    (
        ("board", "defer", "1", "--until", "2026-12-15", "--reason", "Falta un informe.", "--yes"),
        "Aplazamiento hasta el 2026-12-15: recibido",
    ),
    (("session", "list"), "003-2026"),
    (("session", "show", "1"), "Orden del día"),
    (("session", "attend", "1"), "Asistencia de MEF registrada"),
    (
        (
            *("session", "convene", "--first-call", "2026-12-02 09:30"),
            *("--voting-closes", "2026-12-03 18:00", "--ballot", "1", "--yes"),
        ),
        "003-2026",
    ),
    (("acta", "list"), "ACTA-007-2026-FC"),
    (("acta", "show", "1"), "produce-1"),
    (("acta", "draw", "--session", "1"), "ACTA-007-2026-FC"),
    (("acta", "draw", "--ballot", "1"), "ACTA-007-2026-FC"),
    (("acta", "sign", "1", "--yes"), "Firma del acta ACTA-007-2026-FC: recibido"),
    (
        ("acta", "seal", "1", "--reason", "Mincetur está de viaje.", "--yes"),
        "Sello del acta ACTA-007-2026-FC: recibido",
    ),
    (("key", "list"), "firma"),
    (("interests", "list"), "Agroexportadora"),
    (
        (
            *("interests", "add", "20515397290", "--name", "Agroexportadora"),
            *("--relation", "socia", "--ground", "3", "--from", "2025-01-01"),
        ),
        "Interés en Agroexportadora declarado",
    ),
    (("receipt", "list"), "Constancias"),
]


def names(words: tuple[str, ...]) -> str:
    return " ".join(words[:4])


@pytest.mark.parametrize(("words", "told"), COMMANDS, ids=lambda value: str(value)[:60])
def test_a_command_tells_a_person_and_a_program(
    member: Board, fondo: Fondo, words: tuple[str, ...], told: str
) -> None:
    said = fondo(*words)
    assert said.code == 0, said.err
    assert told in said.out
    as_json = fondo(*words, "--json")
    assert as_json.code == 0, as_json.err
    assert isinstance(as_json.document, dict)


def test_every_command_of_the_program_is_in_that_table_or_has_its_own_test() -> None:
    own = {
        "login", "logout", "profile add", "key create", "key register", "key use", "key revoke",
        "interests end", "receipt verify", "acta download", "board recompile", "verify",
    }  # fmt: skip
    on_the_stack = {  # tests/acceptance/test_operators_cure.py, test_operators_settle.py
        "ops doctor", "ops stuck", "ops dead-letters list", "ops dead-letters show",
        "ops dead-letters replay", "ops outbox list", "ops outbox resend", "ops workflow show",
        "ops workflow retry", "ops workflow terminate", "ops audit verify", "ops ledger check",
        "ops status", "ops reconcile", "ops tranche send-again", "ops tranche inquire",
        "ops notices redeliver",
    }  # fmt: skip
    own |= on_the_stack
    shown = {" ".join(words) for words, _ in COMMANDS}
    for name in _all_commands():
        assert name in own or any(text.startswith(name) for text in shown), name


def _all_commands(group: Any = app, before: str = "") -> list[str]:
    found = [f"{before}{one.name}" for one in group.registered_commands]
    for inner in group.registered_groups:
        found += _all_commands(inner.typer_instance, f"{before}{inner.name} ")
    return found


def test_what_is_sent_is_what_the_api_takes(member: Board, fondo: Fondo) -> None:
    fondo(*VOTE, "--for", "--condition", "Contrato de agua | Copia inscrita | 20")
    method, path, body = member.told[-1]
    assert (method, path) == ("POST", f"/v1/ballots/{BALLOT}/votes")
    assert body["conditions"] == [
        {"text": "Contrato de agua", "evidence": "Copia inscrita", "due_working_days": 20}
    ]
    assert set(body) == {
        *("choice", "reason", "legal_bar", "conditions"),
        *("file_sha256", "signed_at", "nonce", "signature"),
    }
    fondo("session", "list")
    fondo(
        *("session", "convene", "--first-call", "2026-12-02 09:30", "--yes", "--open"),
        *("--voting-closes", "2026-12-03 18:00", "--kind", "extraordinary"),
    )
    assert member.told[-1][2] == {
        "kind": "extraordinary",
        "mode": "virtual",
        "place": "Sala virtual del consejo directivo",
        "blind": False,
        "waived_notice": False,
        "first_call_at": "2026-12-02T14:30:00+00:00",
        "voting_closes_at": "2026-12-03T23:00:00+00:00",
        "agenda": [BALLOT, f"{BALLOT[:-1]}f"],
    }
    fondo("board", "inbox")
    fondo("board", "recuse", "1", "--ground", "2", "--reason", "Asesoró.", "--seat", "mef", "--yes")
    assert member.told[-1][2] == {"ground": 2, "reason": "Asesoró.", "seat": "mef"}
    fondo("board", "recusal", "decide", "1", "--dismiss", "--reason", "No consta.", "--yes")
    assert member.told[-1] == (
        "POST",
        f"/v1/recusals/{RECUSAL}/decision",
        {"accepted": False, "reason": "No consta."},
    )


def test_files_are_written_where_they_are_asked_for(
    member: Board, fondo: Fondo, tmp_path: Path
) -> None:
    pdf = tmp_path / "expediente.pdf"
    assert fondo("board", "show", "1", "--pdf", str(pdf)).code == 0
    assert pdf.read_bytes() == b"%PDF-1.7 dossier"
    for name, start in (("acta.pdf", b"%PDF"), ("acta.json", b'{"content"')):
        fondo("acta", "list")
        assert fondo("acta", "download", "1", str(tmp_path / name)).code == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    refused = fondo("acta", "download", "1", str(tmp_path / "acta.txt"))
    assert refused.code == 2
    assert "client.acta_suffix" in refused.err
    nowhere = fondo("acta", "download", "1", str(tmp_path / "none" / "acta.pdf"))
    assert (nowhere.code, "client.file_unwritable" in nowhere.err) == (2, True)


def test_the_dossier_shows_each_part(member: Board, fondo: Fondo) -> None:
    out = fondo("board", "show", "1").out
    for told in ("Agroexportadora", "Acopio y riego", "Riego", "S/ 50 000.00", "EL-014"):
        assert told in out
    for told in ("contrato.pdf", "12.05 %", member.file_sha256, "Inicio de campaña"):
        assert told in out
    for told in ("El expediente cambió", "Se agregó un anexo.", "Asesoró."):
        assert told in out
    for told in ("Selección [en origen].", "Consorcio Mango", "later_part", "a newer server"):
        assert told in out
    assert fondo("board", "show", "1", "--json").document["file"] == FILE


def test_the_inbox_tells_what_to_vote_decide_attend_and_sign(member: Board, fondo: Fondo) -> None:
    out = fondo("board", "inbox").out
    for told in ("Por votar", "2 d 2 h", "hábiles)", "socia:", "(causal 3)"):
        assert told in out
    for told in ("sí, titular", "no: su", "Abstenciones por decidir", "Sesiones"):
        assert told in out
    assert "Actas por firmar" in out
    told = fondo("board", "inbox", "--json").document
    assert [len(told[name]) for name in ("ballots", "recusals", "sessions", "actas")] == [
        2,
        1,
        1,
        1,
    ]
    fondo("login", "--token-file", "-", stdin=token(sub="produce-1", seat="produce"))
    told = fondo("board", "inbox", "--json").document
    assert (told["sessions"], told["actas"]) == ([], [])


def test_a_ballot_tells_each_vote_and_the_tally(member: Board, fondo: Fondo) -> None:
    out = fondo("board", "votes", "1").out
    for told in ("en contra", "reservado", "se abstiene", "1 a favor, 1 en contra"):
        assert told in out
    for told in ("aprobado", "Midagri", "Contrato de agua (Copia)"):
        assert told in out


def test_keys_are_listed_used_and_revoked(member: Board, fondo: Fondo) -> None:
    first = fondo("key", "list", "--json").document["data"][0]
    second = fondo("key", "create", "--algorithm", "ES256", "--json").document
    assert second["algorithm"] == "ES256"
    rows = fondo("key", "list", "--json").document["data"]
    assert [row["active"] for row in rows] == [False, True]
    assert fondo(*VOTE, "--for").code == 1  # the new one is not registered yet
    assert fondo("key", "use", "1").code == 0
    assert fondo(*VOTE, "--for").code == 0
    assert fondo("key", "use", "2").code == 0
    assert fondo("key", "register").code == 0
    assert fondo(*VOTE, "--for").code == 0
    revoked = fondo("key", "revoke", "1", "--reason", "Cambié de equipo.", "--yes", "--json")
    assert revoked.document["kid"] == first["id"]
    assert fondo("key", "list", "--json").document["data"][0]["revoked_at"]
    assert fondo("key", "use", "A" * 43).code == 2


def test_profiles_are_added_and_used(board: Board, fondo: Fondo) -> None:
    url = json.loads(fondo("profile", "list", "--json").out)["data"][0]["base_url"]
    add = ("profile", "add", "vivo", "--issuer", "https://id.example.pe", "--base-url")
    assert fondo(*add, "http://fondo.example.pe").code == 2
    assert fondo(*add, "https://fondo.example.pe", "--live").code == 0
    assert fondo("profile", "add", "No Va", "--issuer", url, "--base-url", url).code == 2
    assert fondo("whoami").code == 0  # the profile in use did not change
    assert fondo("whoami", "--profile", "vivo").code == 2
    assert "EN VIVO" in fondo("profile", "use", "vivo").out
    assert fondo("whoami", "--profile", "otro").code == 2
    again = fondo(*add, "https://fondo.example.pe")
    assert (again.code, "client.not_confirmed" in again.err) == (2, True)
    assert fondo("whoami", "--profile", "sandbox").code == 0


def test_interests_end_and_a_refusal_names_its_field(member: Board, fondo: Fondo) -> None:
    fondo("interests", "list")
    said = fondo("interests", "end", "1", "--to", "2026-12-31", "--yes")
    assert said.code == 1
    assert "Ya terminó." in said.err
    assert "/valid_to: Ya había terminado." in said.err
    assert member.told[-1][1] == f"/v1/interests/{INTEREST}/end"


def test_logging_out_ends_the_session(board: Board, fondo: Fondo) -> None:
    assert fondo("logout", "--json").document == {"ended": True}
    assert fondo("logout", "--json").document == {"ended": False}
    said = fondo("board", "inbox")
    assert (said.code, "fondo login" in said.err) == (2, True)


def test_a_session_and_an_acta_may_be_named_by_their_id(member: Board, fondo: Fondo) -> None:
    assert fondo("session", "show", SESSION).code == 0
    assert fondo("acta", "show", ACTA).code == 0
    assert fondo("acta", "draw").code == 2
    assert fondo("board", "recompile", "1", "--reason", "Anexo nuevo.").code == 1
