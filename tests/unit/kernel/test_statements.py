"""The texts that members sign, byte for byte."""

from datetime import UTC, date, datetime, timedelta, timezone

from services.kernel import proof, statements

AT = datetime(2026, 11, 24, 12, 0, 0, 999999, tzinfo=UTC)


def test_an_instant_is_written_in_utc_to_the_second() -> None:
    lima = timezone(timedelta(hours=-5))
    assert statements.signed_instant(AT.astimezone(lima)) == "2026-11-24T12:00:00Z"


def test_a_vote_has_one_text() -> None:
    vote = statements.vote_statement(
        ballot_id="bal_1",
        file_sha256="ab",
        dossier_sha256="cd",
        seat="mef",
        holder_sub="mef-1",
        choice="for",
        reason=None,
        legal_bar=None,
        conditions=[{"due_working_days": 10, "text": "Póliza", "evidence": "PDF", "number": 1}],
        signed_at=AT,
        nonce="n" * 16,
    )
    assert proof.canonical(vote).decode() == (
        '{"ballot_id":"bal_1","choice":"for","conditions":[{"due_working_days":10,'
        '"evidence":"PDF","text":"Póliza"}],"dossier_sha256":"cd","file_sha256":"ab",'
        '"holder_sub":"mef-1","legal_bar":null,"nonce":"nnnnnnnnnnnnnnnn","reason":null,'
        '"seat":"mef","signed_at":"2026-11-24T12:00:00Z","type":"fondo.vote.v1"}'
    )


def test_each_kind_of_statement_names_its_type() -> None:
    deferral = statements.deferral_statement(
        ballot_id="bal_1",
        file_sha256="ab",
        seat="mef",
        holder_sub="mef-1",
        reason="Falta el informe.",
        until=date(2026, 12, 1),
        signed_at=AT,
        nonce="n" * 16,
    )
    assert (deferral["type"], deferral["until"]) == ("fondo.deferral.v1", "2026-12-01")
    acta = statements.acta_statement(
        acta_id="act_1",
        content_sha256="ab",
        seat="mef",
        holder_sub="mef-1",
        signed_at=AT,
        nonce="n" * 16,
    )
    assert (acta["type"], acta["acta_id"]) == ("fondo.acta.v1", "act_1")
    key = statements.key_statement(jwk={"kty": "OKP"}, holder_sub="mef-1", signed_at=AT)
    assert (key["type"], key["jwk"]) == ("fondo.key.v1", {"kty": "OKP"})
