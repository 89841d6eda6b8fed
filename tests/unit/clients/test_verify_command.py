"""`fondo verify`: offline, with no session and no profile, the verdict in words and in JSON."""

import json
from pathlib import Path

import pytest

from services.paper.acta import acta_pdf
from tests.factories.actas import drawn, edited
from tests.unit.clients.conftest import Fondo


@pytest.fixture(scope="module")
def file() -> bytes:
    return drawn().file()


def test_a_whole_acta_is_valid_as_json_and_as_paper(
    fondo: Fondo, file: bytes, tmp_path: Path
) -> None:
    for name, content in (("acta.json", file), ("acta.pdf", acta_pdf(file))):
        path = tmp_path / name
        path.write_bytes(content)
        said = fondo("verify", str(path))
        assert said.code == 0, said.err
        assert "✓ El acta es válida." in said.out
        assert "acuerdo 001-2026-FC" in said.out
        told = fondo("verify", str(path), "--json").document
        assert (told["valid"], told["faults"]) == (True, [])


def test_a_swapped_vote_is_named_and_exits_with_1(
    fondo: Fondo, file: bytes, tmp_path: Path
) -> None:
    def swap(document: dict[str, object]) -> None:
        votes = document["content"]["matters"][0]["votes"]  # type: ignore[index]
        votes[0]["statement"]["choice"] = "against"

    path = tmp_path / "acta.json"
    path.write_bytes(edited(file, swap))
    said = fondo("verify", str(path))
    assert said.code == 1
    assert "Lo que está mal" in said.out
    assert "El acta NO es válida" in said.err
    told = fondo("verify", str(path), "--json")
    assert told.code == 1
    assert told.document["valid"] is False
    assert "vote_signature" in {one["code"] for one in told.document["faults"]}


def test_a_key_that_is_not_the_persons_is_named(fondo: Fondo, file: bytes, tmp_path: Path) -> None:
    path, known = tmp_path / "acta.json", tmp_path / "keys.json"
    path.write_bytes(file)
    said = fondo("verify", str(path), "--known-keys", str(known))
    assert (said.code, "client.file_unreadable" in said.err) == (2, True)
    known.write_text("[]")
    assert fondo("verify", str(path), "--known-keys", str(known)).code == 2
    people = {one["holder_sub"] for one in json.loads(file)["keys"]}
    known.write_text(json.dumps({person: ["A" * 43] for person in people}))
    assert fondo("verify", str(path), "--known-keys", str(known)).code == 1


def test_a_file_that_is_not_there_is_named(fondo: Fondo, tmp_path: Path) -> None:
    said = fondo("verify", str(tmp_path / "none.json"))
    assert (said.code, "client.file_unreadable" in said.err) == (2, True)
    (tmp_path / "none.json").write_text("{}")
    assert fondo("verify", str(tmp_path / "none.json")).code == 1
