"""The dossier on paper says what the file says, and carries it."""

import asyncio
import hashlib
import io
import json
from typing import Any, cast

import pytest
from pypdf import PdfReader

from services.board import file_paper, files
from services.kernel.ids import new_id
from services.kernel.neighbours import Neighbours
from services.kernel.proof import canonical, sha256_of
from services.paper.drawing import attachments_of
from tests.factories.dossier import Neighbourhood, agreement, subject
from tests.factories.eligibility import finding


def paper(file: dict[str, Any], **about: Any) -> bytes:
    known = {
        "ballot_id": "bal_01k9z8r5x6e7rvq4n2m3k1j0hg",
        "sequence": 1,
        "file_sha256": sha256_of(file),
        "reason": "Apertura de la votación.",
        "compiled_at": "2026-03-06T15:00:00Z",
    }
    return file_paper.drawn(file, **(known | about))


def text_of(pdf: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\u200b", "").replace("\u2009", " ").split())


@pytest.fixture
def file() -> dict[str, Any]:
    about, rooms = subject(), Neighbourhood()
    body = rooms.know(about)
    said = rooms.bodies["eligibility", f"/v1/assessments/{body['assessment_id']}"]
    said["findings"].append(finding("MEM-003"))
    own = about["consortium_id"]
    rooms.agree(new_id("cal"), own, agreement(own, new_id("cal"), state="closed"))
    earlier = {
        "ballot_id": new_id("bal"),
        "application_id": new_id("app"),
        "state": "decided",
        "result": "rejected",
        "resolution_number": "003-2026-FC",
        "closed_on": "2026-01-20",
    }
    return asyncio.run(files.compiled(cast(Neighbours, rooms), about, earlier=[earlier]))


def test_a_minister_reads_all_of_it_summary_first(file: dict[str, Any]) -> None:
    text = text_of(paper(file))
    said = [
        "Resumen",
        "Palta del Mantaro",
        "S/ 13 000.50",
        "Aporte propio: S/ 6 999.50. Costo total: S/ 20 000.00",
        "Elegible, puntaje 62, hallazgos que impiden: 1",
        "Recomienda aprobar, puntaje 82",
        "Empresa tractora 1.30 %",
        "Presupuesto por instrumento",
        "Riego tecnificado",
        "S/ 6 999.50",
        "Elegibilidad",
        "MEM-003 Impide Rosa Quispe tiene 6 ha.",
        "Señales de organización de papel",
        "Descartada: La cuenta es de la cooperativa",
        "Evaluación de la secretaría técnica",
        "Concentración del dinero de la convocatoria",
        "Junín",
        "Convenios y votaciones anteriores",
        "Cerrado",
        "20/01/2026 Decidida Denegado 003-2026-FC",
        "Documentos",
        "contrato-acopio.pdf",
        "Partes del procedimiento",
        "Productora 7",
        "Huellas",
    ]
    place = 0
    for words in said:
        place = text.find(words, place)
        assert place != -1, words
    bare = text.replace(" ", "")
    assert file["documents"][0]["sha256"] in bare
    assert sha256_of(file) in bare


def test_nobodys_dni_is_on_paper(file: dict[str, Any]) -> None:
    text = text_of(paper(file))
    assert not [one for one in file["parties"] if one["kind"] == "dni" and one["value"] in text]


def test_it_carries_the_file_that_is_signed(file: dict[str, Any]) -> None:
    inside = attachments_of(paper(file))["expediente.json"]
    assert inside == canonical(file)
    assert hashlib.sha256(inside).hexdigest() == sha256_of(file)


def test_the_same_file_gives_the_same_bytes(file: dict[str, Any]) -> None:
    assert paper(file) == paper(json.loads(json.dumps(file, sort_keys=True)))


def test_a_file_that_replaces_another_says_why(file: dict[str, Any]) -> None:
    text = text_of(paper(file, sequence=2, reason="Se adjuntó el contrato firmado."))
    assert "reemplaza al n.º 1" in text
    assert "Se adjuntó el contrato firmado." in text
    assert "reemplaza" not in text_of(paper(file))


def test_a_dossier_with_nothing_in_its_lists_is_drawn_too(file: dict[str, Any]) -> None:
    bare = {
        **file,
        "eligibility": None,
        "signals": None,
        "evaluation": None,
        "documents": [],
        "earlier": {"agreements": [], "ballots": []},
        "consortium": {
            **file["consortium"],
            "formed_on": None,
            "adviser": None,
            "directors": [],
            "suppliers": [],
            "regions": [],
            "crops": [],
        },
    }
    assert "Sin evaluación registrada" in text_of(paper(bare))


def test_texts_are_never_markup(file: dict[str, Any]) -> None:
    file["plan"]["summary"] = '#panic("x") *negrita* $x$ <etiqueta> \\'
    assert '#panic("x") *negrita* $x$ <etiqueta>' in text_of(paper(file))
