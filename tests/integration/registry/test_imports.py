"""The padrón's import on the real PostgreSQL: what is taken, what is rejected and what is told."""

import csv
from datetime import date
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from pyarrow import parquet

from services.kernel import audit
from services.kernel.errors import Invalid
from services.kernel.rooms import database_of
from services.registry.queries import registered_on
from tests.factories.padron import PRODUCER
from tests.integration.registry.padron import AS_OF, Padron, counts

ODD_NAME = 'Ana "Ñata" Díaz, hija \\\\N'


def test_a_first_load_leaves_producers_snapshots_one_audit_row_and_one_event(
    padron: Padron,
) -> None:
    done = padron.load(
        padron.file({}, {"dni": "40123457", "full_name": ODD_NAME, "ppa_from": ""}),
        parcels=padron.parcels({}, {"code": "P-0002", "area_ha": "0.5"}),
        source="MIDAGRI",
        actor="ana",
    )
    assert counts(done.producers) == (2, 2, 0, 0, 0)
    assert counts(done.parcels) == (2, 2, 0, 0, 0)
    assert padron.everything() == [2, 2, 1, 1, 1, 1]
    people = padron.ask("SELECT id ~ '^pro_[0-7][0-9a-hjkmnp-tv-z]{25}$', full_name FROM producer")
    assert people == [(True, "Rosa Quispe Huamán"), (True, ODD_NAME)]
    assert padron.ask("SELECT area_m2 FROM parcel ORDER BY 1") == [(5000,), (18000,)]
    assert padron.ask("SELECT source, actor, as_of FROM import_run") == [("MIDAGRI", "ana", AS_OF)]
    (event,) = padron.ask("SELECT type, body->'data'->>'producers_new' FROM outbox")
    assert event == ("fund.registry.padron.imported.v1", "2")
    assert audit.verify("registry", padron.settings).fault is None


HELD = {
    "constraints": "SELECT conrelid::regclass::text, conname, convalidated,"
    " pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes"
    " WHERE schemaname = 'public' ORDER BY 1, 2",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "columns": "SELECT table_name, ordinal_position, column_name, data_type, is_nullable,"
    " column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    "grants": "SELECT table_name, grantee, privilege_type FROM"
    " information_schema.role_table_grants WHERE table_schema = 'public' ORDER BY 1, 2, 3",
    "left over": "SELECT relname FROM pg_class WHERE relnamespace = 'incoming'::regnamespace",
    "logged": "SELECT relname, relpersistence FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
}


@pytest.mark.parametrize("with_land", [False, True], ids=["producers", "parcels too"])
def test_the_tables_are_afterwards_as_they_were(padron: Padron, with_land: bool) -> None:
    before = {name: padron.ask(query) for name, query in HELD.items()}
    assert before["left over"] == []
    land = padron.parcels({}) if with_land else None
    padron.load(padron.file({}), parcels=land)
    assert {name: padron.ask(query) for name, query in HELD.items()} == before
    padron.load(padron.file({"alive": "false"}, {"dni": "40123457"}), parcels=land)
    assert {name: padron.ask(query) for name, query in HELD.items()} == before


def test_the_first_period_of_a_producer_is_never_changed(padron: Padron) -> None:
    padron.load(padron.file({}))
    with psycopg.connect(padron.url) as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute("UPDATE producer SET ppa_from = '2024-01-01'")


@pytest.mark.parametrize(
    "change",
    [
        {"dni": "4012345x"},
        {"dni": "401234567"},
        {"dni": "4012345٦"},
        {"dni": "\\x303030"},
        {"cci": "0021930012345678901"},
        {"cci": "0021930012345678901e"},
        {"ppa_from": None},
        {"ppa_to": "2025-03-01"},
        {"ppa_from": "1899-12-31"},
        {"ppa_to": "2101-01-01"},
    ],
)
def test_postgresql_itself_refuses_a_wrong_producer(
    padron: Padron, change: dict[str, str | None]
) -> None:
    row = {
        "id": "pro_01kaw9yk2gf7z8v6e3m5q4r2t1",
        **PRODUCER,
        "ppa_to": "2026-01-01",
        "created_at": "2026-03-01",
        **change,
    }
    names = ", ".join(row)
    places = ", ".join(f"%({name})s" for name in row)
    with psycopg.connect(padron.url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(f"INSERT INTO producer ({names}) VALUES ({places})", row)


def test_parquet_is_taken_with_its_own_kinds(padron: Padron) -> None:
    people: dict[str, Any] = {name: [value] for name, value in PRODUCER.items()}
    people |= {"born_on": [date(1984, 5, 17)], "alive": [True], "ppa_to": [None]}
    people["ppa_from"] = [date(2025, 3, 1)]
    file = padron.folder / "padron.parquet"
    parquet.write_table(pa.table(people), file)
    assert counts(padron.load(file).producers) == (1, 1, 0, 0, 0)
    again = padron.load(padron.file({}))
    assert counts(again.producers) == (1, 0, 0, 1, 0), "the CSV says the same"


def test_the_same_file_again_changes_nothing(padron: Padron) -> None:
    file, land = padron.file({}, {"dni": "40123457", "ppa_from": ""}), padron.parcels({})
    padron.load(file, parcels=land)
    before = padron.ask("SELECT *, xmin FROM producer ORDER BY dni")
    done = padron.load(file, parcels=land)
    assert counts(done.producers) == (2, 0, 0, 2, 0)
    assert counts(done.parcels) == (1, 0, 0, 1, 0)
    assert done.snapshots_added == 0
    assert padron.ask("SELECT *, xmin FROM producer ORDER BY dni") == before


def test_importing_again_updates_and_adds_but_removes_nobody(padron: Padron) -> None:
    padron.load(padron.file({}, {"dni": "40123457"}), parcels=padron.parcels({}))
    done = padron.load(
        padron.file({"alive": "false"}, {"dni": "40123458"}),
        parcels=padron.parcels({"area_ha": "2"}, {"code": "P-0002"}),
    )
    assert counts(done.producers) == (2, 1, 1, 0, 0)
    assert counts(done.parcels) == (2, 1, 1, 0, 0)
    assert padron.ask("SELECT dni, alive FROM producer ORDER BY dni") == [
        ("40123456", False),
        ("40123457", True),
        ("40123458", True),
    ]
    assert padron.ask("SELECT area_m2 FROM parcel ORDER BY code") == [(20000,), (18000,)]


@pytest.fixture
def periods(padron: Padron) -> Padron:
    """Rosa's period is shortened later, Ana leaves the padrón, Eva was in it twice."""
    rosa, ana, eva = ({"dni": f"4012345{last}"} for last in (6, 7, 8))
    padron.load(padron.file(rosa, ana, {**eva, "ppa_from": "2020-01-01", "ppa_to": "2022-01-01"}))
    done = padron.load(
        padron.file({**rosa, "ppa_to": "2025-09-01"}, {**ana, "ppa_from": ""}, eva),
    )
    assert done.snapshots_added == 3
    assert counts(done.producers) == (3, 0, 3, 0, 0)
    again = padron.load(padron.file({**ana, "ppa_from": ""}))
    assert again.snapshots_added == 0
    return padron


@pytest.mark.parametrize(
    ("day", "who"),
    [
        ("2019-12-31", ""),
        ("2020-01-01", "E"),
        ("2021-12-31", "E"),
        ("2022-01-01", ""),
        ("2025-03-01", "RAE"),
        ("2025-08-31", "RAE"),
        ("2025-09-01", "AE"),
        ("2026-02-28", "AE"),
        ("2026-03-01", "E"),
    ],
)
async def test_who_was_in_the_padron_on_a_day(periods: Padron, day: str, who: str) -> None:
    database = database_of("registry", periods.settings)
    names = dict(periods.ask("SELECT id, translate(right(dni, 1), '678', 'RAE') FROM producer"))
    async with database.begin() as session:
        found = await session.exec(registered_on(date.fromisoformat(day)))
        assert {names[producer_id] for producer_id in found} == set(who)
    await database.dispose()


PRODUCER_REJECTS = [
    ({"dni": "4012345"}, "dni", "ocho dígitos"),
    ({"dni": "4012345٦"}, "dni", "ocho dígitos"),
    ({"full_name": " "}, "full_name", "200 caracteres"),
    ({"full_name": "x" * 201}, "full_name", "200 caracteres"),
    ({"full_name": "a\tb"}, "full_name", "control"),
    ({"sex": "f"}, "sex", "F, M o X"),
    ({"born_on": "1984-02-30"}, "born_on", "AAAA-MM-DD"),
    ({"born_on": "17/05/1984"}, "born_on", "AAAA-MM-DD"),
    ({"born_on": "2026-03-02"}, "born_on", "2026-03-01"),
    ({"born_on": ""}, "born_on", "AAAA-MM-DD"),
    ({"alive": "sí"}, "alive", "true o false"),
    ({"cci": "123"}, "cci", "veinte dígitos"),
    ({"ppa_from": "ayer"}, "ppa_from", "déjela vacía"),
    ({"ppa_to": "2101-01-01"}, "ppa_to", "2100-12-31"),
    ({"ppa_to": "2025-03-01"}, "ppa_to", "posterior"),
    ({"ppa_from": "", "ppa_to": "2025-03-01"}, "ppa_from", "hay ppa_to"),
    ({"dni": "40123455"}, "dni", "ya figura antes"),
]


def test_each_rejected_producer_is_told_and_all_others_are_taken(padron: Padron) -> None:
    rows = [{"dni": "40123455"}]
    for number, (fields, _, _) in enumerate(PRODUCER_REJECTS):
        rows += [{"dni": f"5{number:07}", **fields}, {"dni": f"6{number:07}"}]
    out = padron.folder / "rechazos.csv"
    done = padron.load(padron.file(*rows), rejects=out)
    good = len(PRODUCER_REJECTS) + 1
    assert counts(done.producers) == (len(rows), good, 0, 0, len(PRODUCER_REJECTS))
    assert padron.everything()[0] == good
    with out.open(newline="", encoding="utf-8") as file:
        told = sorted(csv.DictReader(file), key=lambda row: int(row["row"]))
    assert [int(row["row"]) for row in told] == [3 + 2 * n for n in range(len(PRODUCER_REJECTS))]
    for row, (_, column, reason) in zip(told, PRODUCER_REJECTS, strict=True):
        assert (row["file"], row["column"]) == ("producers", column)
        assert reason in row["reason"]


PARCEL_REJECTS = [
    ({"dni": "1"}, "dni", "ocho dígitos"),
    ({"dni": "99999999"}, "dni", "no hay productor"),
    ({"code": ""}, "code", "200 caracteres"),
    ({"area_ha": "0"}, "area_ha", "mayor que 0"),
    ({"area_ha": "10000.0001"}, "area_ha", "10000 ha"),
    ({"area_ha": "1.80001"}, "area_ha", "cuatro decimales"),
    ({"area_ha": "1,8"}, "area_ha", "cuatro decimales"),
    ({"area_ha": "NaN"}, "area_ha", "cuatro decimales"),
    ({"crop": ""}, "crop", "200 caracteres"),
    ({"tenure": "\x1b"}, "tenure", "control"),
    ({"ubigeo_scheme": "ONU"}, "ubigeo_scheme", "INEI o RENIEC"),
    ({"ubigeo_code": "12030"}, "ubigeo_code", "seis dígitos"),
    ({"code": "P-0001"}, "code", "ya figura antes"),
]


def test_each_rejected_parcel_is_told_and_all_others_are_taken(padron: Padron) -> None:
    rows = [{"code": "P-0001"}]
    rows += [{"code": f"X-{n}", **fields} for n, (fields, _, _) in enumerate(PARCEL_REJECTS)]
    out = padron.folder / "rechazos.csv"
    done = padron.load(padron.file({}), parcels=padron.parcels(*rows), rejects=out)
    assert counts(done.parcels) == (len(rows), 1, 0, 0, len(PARCEL_REJECTS))
    with out.open(newline="", encoding="utf-8") as file:
        told = sorted(csv.DictReader(file), key=lambda row: int(row["row"]))
    for row, (number, (_, column, reason)) in zip(told, enumerate(PARCEL_REJECTS), strict=True):
        assert (row["file"], row["row"], row["column"]) == ("parcels", str(number + 3), column)
        assert reason in row["reason"]


def test_a_line_with_other_columns_is_one_reject_and_keeps_the_numbers_right(
    padron: Padron,
) -> None:
    file = padron.file({}, {"dni": "40123457"}, {"dni": "4"})
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:2], "a,b", "", *lines[2:], "x,y,z"]))
    out = padron.folder / "rechazos.csv"
    done = padron.load(file, rejects=out)
    assert counts(done.producers) == (5, 2, 0, 0, 3)
    told = sorted(
        (int(row[1]), row[2]) for row in list(csv.reader(out.read_text().splitlines()))[1:]
    )
    assert told == [(3, ""), (6, "dni"), (7, "")]


HEADER = ",".join(PRODUCER)
LINE = ",".join(PRODUCER.values())
BAD_FILES = [
    (b"", "está vacío"),
    (f"{HEADER}\n".encode(), "no tiene filas"),
    (f"{HEADER.replace(',cci', '')}\n{LINE}\n".encode(), "«cci»"),
    (f"{HEADER},dni\n{LINE},1\n".encode(), "«dni» está dos veces"),
    (f"{HEADER}\n{LINE}\n".replace(",", ";").encode(), "separada por comas"),
    (f"{HEADER}\n{LINE}\n".encode("latin-1"), "«full_name» no está en UTF-8"),
    (f"{HEADER}\n{LINE}\n".encode("utf-16"), "UTF-16"),
    (f"{HEADER}\n{LINE}\n{LINE}".replace("Quispe", "Qu\0spe").encode(), "«full_name»"),
    (b"PK\x03\x04" + bytes(100), "no es CSV ni Parquet"),
    (b"PAR1" + bytes(100), "cortado o dañado"),
]


@pytest.mark.parametrize(("content", "said"), BAD_FILES)
@pytest.mark.parametrize("full", [False, True], ids=["first", "again"])
def test_a_file_that_cannot_be_read_is_refused_whole(
    padron: Padron, content: bytes, said: str, full: bool
) -> None:
    if full:
        padron.load(padron.file({}, name="before.csv"))
    before = padron.everything()
    file = padron.folder / "padron.csv"
    file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        padron.load(file)
    assert refused.value.code == "registry.import_file"
    assert said in refused.value.detail
    assert "No se importó nada" in refused.value.detail
    assert padron.everything() == before


def test_a_parquet_column_of_numbers_is_refused_by_name(padron: Padron) -> None:
    people: dict[str, Any] = {name: [value] for name, value in PRODUCER.items()}
    people["dni"] = [40123456]
    file = padron.folder / "padron.parquet"
    parquet.write_table(pa.table(people), file)
    with pytest.raises(Invalid, match=r"«dni» es de tipo int64\. Guárdela como texto"):
        padron.load(file)


def test_a_parquet_text_that_is_not_utf8_is_refused_by_name(padron: Padron) -> None:
    people: dict[str, Any] = {name: pa.array([value]) for name, value in PRODUCER.items()}
    people["full_name"] = pa.array([b"Mar\xeda"]).cast(pa.binary()).view(pa.string())
    file = padron.folder / "padron.parquet"
    parquet.write_table(pa.table(people), file)
    with pytest.raises(Invalid, match="«full_name» no está en UTF-8"):
        padron.load(file)


def test_the_apis_user_may_neither_import_nor_change_a_run(padron: Padron) -> None:
    padron.load(padron.file({}))
    url = padron.settings.database_url.replace("+psycopg", "")
    for statement in ("UPDATE producer SET alive = false", "DELETE FROM import_run"):
        with (
            psycopg.connect(url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)
    with psycopg.connect(padron.url) as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute("UPDATE import_run SET source = 'x'")
