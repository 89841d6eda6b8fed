"""What must not leave in logs and traces, and what must stay readable there: both sides."""

import pytest

from services.kernel.ids import new_id
from services.kernel.masking import masked, masked_text

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl"

PERSONAL = [
    ("el DNI 41234567 ya está", "41234567"),
    ("DNI 41234567.", "41234567"),
    ("dni=41234567&limit=20", "41234567"),
    ("GET /v1/producers?dni=41234567", "41234567"),
    ("41234567-3", "41234567"),
    ("RUC 10412345678 de la productora", "10412345678"),
    ("RUC 15412345678", "15412345678"),
    ("RUC 17412345678", "17412345678"),
    ("llame al 987654321", "987654321"),
    ("llame al 987 654 321", "987 654 321"),
    ("llame al +51 987 654 321", "987 654 321"),
    ("llame al +51987654321", "987654321"),
    ("llame al 51987654321", "987654321"),
    ("fijo (01) 234-5678", "234-5678"),
    ("escriba a maria.quispe@correo.example hoy", "maria.quispe"),
    ("CCI 00219110000000000157", "00219110000000000157"),
    ("CCI 002-191-100000000001-57", "100000000001"),
    ("cuenta 1911234567890", "1911234567890"),
    ("cuenta 191-12345678-0-12", "12345678"),
    (f"Authorization: Bearer {TOKEN}", TOKEN),
    (f"got {TOKEN}", "eyJzdWIiOiJhbmEifQ"),
    ("Authorization: Bearer abc123opaque", "abc123opaque"),
    ("authorization=Basic Zm9uZG86c2VjcmV0bw==", "Zm9uZG86c2VjcmV0bw"),
    ("password=hunter2 next", "hunter2"),
    ('{"client_secret": "s3cr3t-value"}', "s3cr3t-value"),
    ("postgresql://fund_app:s3cr3t@127.0.0.1:18010/x", "s3cr3t"),
    ('{"full_name": "Ana Quispe Mamani", "n": 1}', "Quispe"),
    ("{'holder_name': 'Ana \"La Jefa\" Quispe'}", "Quispe"),
    ('{"full_name": "Ana \\"Q\\" Quispe"}', "Quispe"),
    ("Producer(full_name='Ana Quispe', sex='F')", "Ana Quispe"),
    ("beneficiary_name=Quispe", "Quispe"),
    ("Key (dni)=(ABC) already exists.", "ABC"),
    ("Key (full_name, sex)=(Ana Quispe (hija), F) already exists.", "Quispe"),
    ("Failing row contains (pro_1, Ana Quispe, F).", "Quispe"),
    ("INSERT … [parameters: ('Ana Quispe', 'F')]\n(Background on this error", "Quispe"),
    ("Input should be valid [type=x, input_value='Ana Quispe', input_type=str]", "Quispe"),
]

KEPT = [
    "app_01k9zq4v7hf8qbn0w2d5r6t3ye",
    "POST /v1/applications/app_01k9zq4v7h98765432d5r6t3ye/submit",
    "workflow application/app_01k9zq4v7hf8qbn0w2d5r6t3ye tranche/tra_01k9zq4v7h12345678d5r6t3ye",
    "event evt_01k9zz00000000000012345678 is known",
    "monto 1234.50 PEN",
    "S/ 10000000.00",
    "S/ 12345678.90 de la convocatoria",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "2026-12-01T15:04:05.123456Z",
    "2026-12-01",
    "RUC 20515397290 de la empresa ancla",
    "127.0.0.1:18010 did not answer in 90 s",
    "fund.applications.v1/0@1234567",
    "lote 1234567-01, revisión 42",
    "5d1f0a9c-2f43-4c53-9d0b-8a4a3f6f2f10",
    "board.seat_already_voted: ese asiento ya votó",
    "the name of the topic; the token expired; no account",
    "ubigeo 110101",
    "65535 rows in 12.345678 s",
]


@pytest.mark.parametrize(("text", "secret"), PERSONAL)
def test_what_is_personal_or_secret_leaves_a_text(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in masked_text(text)
    assert "[" in masked_text(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_operators_look_for_stays(text: str) -> None:
    assert masked_text(text) == text


def test_what_stands_around_it_stays_readable() -> None:
    text = 'producer pro_1: {"dni": "41234567", "crop": "palta"} of ana@x.pe'
    assert masked_text(text) == 'producer pro_1: {"dni": [personal], "crop": "palta"} of [email]'


def test_masking_twice_changes_nothing_more() -> None:
    for text, _ in PERSONAL:
        once = masked_text(text)
        assert masked_text(once) == once


@pytest.mark.parametrize(
    "name",
    [
        *("name", "full_name", "holder_name", "beneficiary_name", "legal_rep_name", "dni", "cci"),
        *("beneficiary_cci", "beneficiary_document", "phone", "contact_phone", "email", "address"),
        *("born_on", "authorization", "Authorization", "access_token", "client_secret", "cookie"),
        *("password", "passphrase", "account_number"),
    ],
)
def test_a_field_known_by_name_is_masked_whole(name: str) -> None:
    for value in ("Ana", ["Ana"], {"of": "Ana"}, 41):
        assert masked(value, name) in {"[personal]", "[secret]"}


def test_other_fields_are_searched_at_every_depth() -> None:
    body = {
        "consumer": "board.x",
        "application_id": new_id("app"),
        "amount_centimos": 12345678,
        "lines": [{"producer": {"dni": "41234567", "area_ha": "1.8000"}}, ("DNI 41234567",)],
        "trace_id": "11111111111111111111111111111111",
        "span_id": "1111111111111111",
        "on": True,
        "left": None,
    }
    assert masked(body) == {
        **body,
        "lines": [{"producer": {"dni": "[personal]", "area_ha": "1.8000"}}, ["DNI [dni]"]],
    }


def test_an_object_is_masked_by_its_text() -> None:
    assert masked(ValueError("DNI 41234567")) == "DNI [dni]"
