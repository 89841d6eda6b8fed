"""One key, one effect: at once, again, by another, after a refusal and after a crash (F58)."""

import asyncio
import json
from collections import Counter

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from services.kernel.ids import new_id
from services.kernel.tables import IdempotencyRow
from tests.integration.kernel import effects
from tests.integration.kernel.conftest import ANA, LUIS, Kernel, problem_of


async def test_fifty_at_once_leave_one_effect(kernel: Kernel, thing: str) -> None:
    key = new_id("key")
    answers = await asyncio.gather(*(kernel.effect(thing, key=key) for _ in range(50)))
    seen = Counter(answer.status_code for answer in answers)
    assert set(seen) <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    for answer in answers:
        if answer.status_code == 409:
            problem_of(answer, 409, "idempotency.in_progress")
            assert answer.headers["retry-after"] == "1"
    assert await kernel.effects(thing) == 1


async def test_a_key_sent_again_gives_the_first_answer(kernel: Kernel, thing: str) -> None:
    key = new_id("key")
    first = await kernel.effect(thing, key=key)
    again = await kernel.effect(thing, key=key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await kernel.effects(thing) == 1


async def test_the_same_body_written_otherwise_is_the_same(kernel: Kernel, thing: str) -> None:
    key, path = new_id("key"), f"/v1/things/{thing}/effects"
    body = {"mode": "work", "note": "ñandú"}
    first = await kernel.caller.post(path, json.dumps(body).encode(), by=ANA, key=key)
    turned = json.dumps(dict(reversed(body.items())), ensure_ascii=False, indent=2).encode()
    again = await kernel.caller.post(path, turned, by=ANA, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"


async def test_another_body_under_the_key_is_refused(kernel: Kernel, thing: str) -> None:
    key = new_id("key")
    assert (await kernel.effect(thing, key=key)).status_code == 201
    problem_of(await kernel.effect(thing, key=key, note="otro"), 422, "idempotency.key_reused")
    assert await kernel.effects(thing) == 1


async def test_another_query_under_the_key_is_refused(kernel: Kernel, thing: str) -> None:
    key, path = new_id("key"), f"/v1/things/{thing}/effects"
    assert (await kernel.caller.post(path, {}, by=ANA, key=key)).status_code == 201
    answer = await kernel.caller.post(f"{path}?dry=1", {}, by=ANA, key=key)
    problem_of(answer, 422, "idempotency.key_reused")


@pytest.mark.parametrize("mode", ["conflict", "invalid", "missing", "stale", "held"])
async def test_after_a_refusal_the_key_is_free(kernel: Kernel, thing: str, mode: str) -> None:
    key = new_id("key")
    assert (await kernel.effect(thing, mode, key=key)).is_client_error
    assert await kernel.effects(thing) == 0
    corrected = await kernel.effect(thing, key=key)
    assert corrected.status_code == 201
    assert "idempotency-replayed" not in corrected.headers
    assert await kernel.effects(thing) == 1


async def test_after_a_malformed_body_the_key_is_free(kernel: Kernel, thing: str) -> None:
    key = new_id("key")
    answer = await kernel.caller.post(f"/v1/things/{thing}/effects", b"{", by=ANA, key=key)
    problem_of(answer, 400, "http.malformed_json")
    assert (await kernel.effect(thing, key=key)).status_code == 201


async def test_after_a_crash_nothing_is_left_and_the_key_is_free(
    kernel: Kernel, thing: str
) -> None:
    key = new_id("key")
    problem_of(await kernel.effect(thing, "break", key=key), 500, "http.internal_error")
    assert await kernel.effects(thing) == 0
    assert (await kernel.effect(thing, key=key)).status_code == 201
    assert await kernel.effects(thing) == 1


async def test_anothers_key_is_another_key(kernel: Kernel, thing: str) -> None:
    key = new_id("key")
    hers = await kernel.effect(thing, key=key, by=ANA)
    his = await kernel.effect(thing, key=key, by=LUIS)
    assert (hers.status_code, his.status_code) == (201, 201)
    assert "idempotency-replayed" not in his.headers
    assert (hers.json()["by"], his.json()["by"]) == (ANA.sub, LUIS.sub)
    assert await kernel.effects(thing) == 2


async def test_the_key_on_another_thing_is_another_key(kernel: Kernel, thing: str) -> None:
    key, other = new_id("key"), new_id("thing")
    first, second = await kernel.effect(thing, key=key), await kernel.effect(other, key=key)
    assert (first.json()["thing"], second.json()["thing"]) == (thing, other)
    assert "idempotency-replayed" not in second.headers


async def test_while_the_first_runs_the_second_is_told_to_wait(kernel: Kernel, thing: str) -> None:
    key, gate = new_id("key"), effects.Gate()
    effects.gates[thing] = gate
    first = asyncio.create_task(kernel.effect(thing, "wait", key=key))
    await asyncio.wait_for(gate.reached.wait(), 10)
    problem_of(await kernel.effect(thing, "wait", key=key), 409, "idempotency.in_progress")
    elsewhere = await kernel.effect(thing, key=new_id("key"))
    assert elsewhere.status_code == 201
    gate.opened.set()
    answer = await first
    again = await kernel.effect(thing, "wait", key=key)
    assert answer.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert await kernel.effects(thing) == 2


async def test_who_ended_while_the_key_was_being_taken_is_found_at_the_second_try(
    kernel: Kernel, thing: str
) -> None:
    """The other one commits after this one looked and before this one commits."""
    key, gate = new_id("key"), effects.Gate()
    effects.gates[thing] = gate
    slow = asyncio.create_task(kernel.effect(thing, "wait", key=key))
    await asyncio.wait_for(gate.reached.wait(), 10)
    copied = await an_answer(kernel, thing)
    async with kernel.database.begin() as session:
        other = {"key": key, "body": '{"by": "the other one"}'}
        session.add(IdempotencyRow(**{**copied.model_dump(), **other}))
    gate.opened.set()
    answer = await slow
    assert answer.json() == {"by": "the other one"}
    assert answer.headers["idempotency-replayed"] == "true"
    assert await kernel.effects(thing) == 1  # the one whose answer was copied


async def an_answer(kernel: Kernel, thing: str) -> IdempotencyRow:
    """What is kept of one more effect in mode `wait`, which does not wait this time."""
    key, effects.gates[thing] = new_id("key"), effects.Gate()
    effects.gates[thing].opened.set()
    assert (await kernel.effect(thing, "wait", key=key)).status_code == 201
    async with kernel.database.begin() as session:
        found = await session.exec(select(IdempotencyRow).where(col(IdempotencyRow.key) == key))
        return found.one()


@pytest.mark.parametrize("key", ["x" * 256, "a b", "a\tb", "\x7f"])
async def test_a_key_must_be_visible_ascii(kernel: Kernel, thing: str, key: str) -> None:
    problem_of(await kernel.effect(thing, key=key), 400, "idempotency.key_missing")


async def test_a_write_without_a_key_is_refused(kernel: Kernel, thing: str) -> None:
    path, headers = f"/v1/things/{thing}/effects", {"Idempotency-Key": ""}
    answer = await kernel.caller.post(path, {}, by=ANA, headers=headers)
    problem_of(answer, 400, "idempotency.key_missing")
    assert await kernel.effects(thing) == 0


async def test_the_answer_is_kept_with_who_asked_for_what(kernel: Kernel, thing: str) -> None:
    key = new_id("key")
    answer = await kernel.effect(thing, key=key)
    async with kernel.database.begin() as session:
        rows = (
            await session.exec(select(IdempotencyRow).where(col(IdempotencyRow.key) == key))
        ).all()
        clock = await session.scalar(select(func.now()))
    [row] = rows
    assert row.principal == ANA.sub
    assert row.operation == "POST /v1/things/{thing}/effects"
    assert row.resource == f"/v1/things/{thing}/effects"
    assert row.body == answer.text
    assert clock is not None
    assert row.created_at <= clock
