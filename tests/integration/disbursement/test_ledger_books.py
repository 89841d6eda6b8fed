"""The ledger as people read it: any account at any past moment, and the whole of it as a file."""

import base64
import csv
import hashlib
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from pyarrow import parquet

from services.disbursement import ledger, service
from services.kernel import clock
from services.kernel.ids import new_id
from tests.integration.disbursement.world import OPERATOR_A, World


async def allocated(world: World, *amounts: int) -> str:
    call_id = new_id("cal")
    for amount in amounts:
        await world.use(service.allocate, call_id=call_id, amount_centimos=amount)
    return call_id


async def asked(world: World, path: str, **query: str) -> Any:
    return await world.caller.get(f"{path}?{urlencode(query)}", by=OPERATOR_A)


async def read(world: World, path: str, **query: str) -> Any:
    answer = await asked(world, path, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_account_is_told_at_any_past_moment(world: World) -> None:
    before = clock.now()
    call_id = await allocated(world, 100_00, 20_00)
    between = clock.now()
    await world.use(service.allocate, call_id=call_id, amount_centimos=3_50)
    path = f"/v1/ledger/accounts/{ledger.available(call_id)}/statement"
    whole = await read(world, path)
    assert [entry["balance"]["amount"] for entry in whole["data"]] == ["100.00", "120.00", "123.50"]
    assert (whole["opening"]["amount"], whole["closing"]["amount"]) == ("0.00", "123.50")
    then = await read(world, path, until=between.isoformat())
    assert (then["closing"]["amount"], then["count"]) == ("120.00", 2)
    late = await read(world, path, since=between.isoformat())
    assert (late["opening"]["amount"], late["closing"]["amount"]) == ("120.00", "123.50")
    assert [entry["balance"]["amount"] for entry in late["data"]] == ["123.50"]
    never = await read(world, path, until=(before - timedelta(days=1)).isoformat())
    assert (never["closing"]["amount"], never["data"]) == ("0.00", [])


async def test_the_pages_of_a_statement_carry_the_balance_on(world: World) -> None:
    call_id = await allocated(world, 1_00, 2_00, 3_00)
    path = f"/v1/ledger/accounts/{ledger.available(call_id)}/statement"
    first = await read(world, path, limit="2")
    second = await read(world, path, limit="2", cursor=first["next_cursor"])
    assert [entry["balance"]["amount"] for entry in first["data"]] == ["1.00", "3.00"]
    assert [entry["balance"]["amount"] for entry in second["data"]] == ["6.00"]
    assert second["next_cursor"] is None


async def test_a_trial_balance_of_the_past_sums_to_zero(world: World) -> None:
    call_id = await allocated(world, 10_00)
    then = clock.now()
    await world.use(service.allocate, call_id=call_id, amount_centimos=5_00)
    for at, amount in ((then, "10.00"), (clock.now(), "15.00")):
        told = await read(world, "/v1/ledger/trial-balance", call_id=call_id, at=at.isoformat())
        assert told["total"]["amount"] == "0.00"
        balances = {line["code"]: line["balance"]["amount"] for line in told["accounts"]}
        assert balances[ledger.available(call_id)] == amount
    whole = await read(world, "/v1/ledger/trial-balance", at=then.isoformat())
    assert whole["total"]["amount"] == "0.00"


async def test_accounts_are_listed_by_kind(world: World) -> None:
    call_id = await allocated(world, 10_00)
    listed: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await read(world, "/v1/ledger/accounts", kind="available", limit="200", **cursor)
        listed += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert {account["kind"] for account in listed} == {"available"}
    assert ledger.available(call_id) in [account["code"] for account in listed]


def rows_of(form: str, content: bytes) -> list[dict[str, Any]]:
    if form == "parquet":
        return list(parquet.read_table(io.BytesIO(content)).to_pylist())
    text = content.decode()
    if form == "jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return [
        {**row, "amount_centimos": int(row["amount_centimos"])}
        for row in csv.DictReader(io.StringIO(text))
    ]


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
async def test_the_ledger_as_a_file_is_whole_and_says_what_it_is(world: World, form: str) -> None:
    call_id = await allocated(world, 100_00, 20_00)
    answer = await asked(world, "/v1/ledger/export", format=form, call_id=call_id)
    assert answer.status_code == 200, answer.text
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    rows = rows_of(form, answer.content)
    assert answer.headers["x-entries"] == str(len(rows)) == "4"
    assert sum(row["amount_centimos"] for row in rows) == 0
    given = {row["account"]: 0 for row in rows}
    for row in rows:
        given[row["account"]] += row["amount_centimos"]
    assert given == {"treasury": -120_00, ledger.available(call_id): 120_00}


async def test_what_is_asked_wrongly_is_told(world: World) -> None:
    for path, query, status in (
        ("/v1/ledger/accounts/nobody/statement", {}, 404),
        ("/v1/ledger/accounts/treasury/statement", {"until": "yesterday"}, 422),
        ("/v1/ledger/export", {"format": "xlsx"}, 422),
        ("/v1/ledger/trial-balance", {"at": "2026-13-01T00:00:00Z"}, 422),
    ):
        answer = await asked(world, path, **query)
        assert answer.status_code == status, (path, answer.text)
