"""All stored decisions asked again: 0 differences under their own rules, and exactly those that a
changed parameter changes under others.

400 decisions by default; FUND_TEST_DECISIONS=10000 takes the promised number.
"""

import asyncio
import csv
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.eligibility import impact, policy
from services.eligibility.keeping import Prepared, draft_of
from services.eligibility.likeness import traits_of
from services.eligibility.models import Assessment
from services.eligibility.questions import Inquiry
from services.eligibility.revisions import Revisions
from services.kernel.clock import now
from services.kernel.db import Database
from services.kernel.opa import Opa
from services.kernel.rooms import database_of
from services.kernel.settings import Settings
from tests.factories.decisions import Varied, varied
from tests.support.databases import admin, name_of, scratch_settings
from tests.support.figures import note
from tests.support.rules import kept_rules

COUNT = int(os.environ.get("FUND_TEST_DECISIONS", "400"))
FEW = 12
pytestmark = pytest.mark.timeout(1800)
STRICTER = (
    "fund/parameters/fund/data.yaml",
    "producer.max_ha:\n  - value: 5",
    "producer.max_ha:\n  - value: 4",
)


@pytest.fixture(scope="module")
def decided(servers: None) -> Iterator[Settings]:
    """A database of so many decisions, each the real policy's own answer."""
    with scratch_settings("eligibility") as chosen:
        started_s = time.perf_counter()
        asyncio.run(decide(chosen, COUNT))
        print(f"\n{COUNT} decisions made and kept in {time.perf_counter() - started_s:.1f} s")
        yield chosen


async def decide(chosen: Settings, count: int) -> None:
    questions = varied(count)
    patient = chosen.model_copy(update={"opa_timeout_s": 30})
    async with open_database(chosen) as database, Opa(patient) as opa:
        while some := list(islice(questions, 16)):
            rows = await asyncio.gather(*(row_for(opa, one) for one in some))
            async with database.begin() as session:
                session.add_all(rows)


async def row_for(opa: Opa, one: Varied) -> Assessment:
    body, dossier = one
    answer = await policy.ask(opa, dossier.question.document())
    assert body.dossier_sha256 is not None
    as_of = dossier.question.as_of
    inquiry = Inquiry(dossier, traits_of(body, dossier.registry), dossier.question)
    return draft_of(Prepared(body, body.dossier_sha256, as_of, inquiry, answer), now=now()).row


@asynccontextmanager
async def open_database(chosen: Settings) -> AsyncIterator[Database]:
    database = database_of("eligibility", chosen)
    yield database
    await database.dispose()


async def replayed(chosen: Settings, revision: str | None = None) -> impact.Impact:
    started_s = time.perf_counter()
    async with open_database(chosen) as database:
        found = await impact.replay_all(database, Revisions(chosen), revision=revision)
    elapsed_s = time.perf_counter() - started_s
    print(f"\n{found.totals()} under {revision or 'their own rules'} in {elapsed_s:.1f} s")
    name = "other" if revision else "own"
    note(f"eligibility.replay.{name}.per_s", found.replayed / elapsed_s, "1/s", samples=COUNT)
    return found


async def test_under_their_own_rules_no_decision_differs(decided: Settings) -> None:
    found = await replayed(decided)
    assert found.same
    assert (found.replayed, found.identical, found.changes) == (COUNT, COUNT, [])
    note("eligibility.replay.own.differences", COUNT - found.identical, "", samples=COUNT)


async def test_a_changed_parameter_changes_exactly_the_decisions_it_touches(
    decided: Settings, tmp_path: Path
) -> None:
    revision = kept_rules(tmp_path / "policies", STRICTER)
    found = await replayed(decided, revision)
    assert (found.replayed, found.unanswered) == (COUNT, {})
    expected = await touched(decided)
    assert {c.assessment_id: {n.subject for n in c.findings_added} for c in found.changes} == {
        row_id: {f"producer {one}" for one in members} for row_id, members in expected.items()
    }
    assert {n.code for c in found.changes for n in c.findings_added} == {"MEM-003"}
    assert not [c for c in found.changes if c.findings_removed]
    assert found.newly_ineligible == len(
        [c for c in found.changes if c.outcome_before == "eligible"]
    )
    whole, lines = impact.write(found, tmp_path / "build")
    said = json.loads(whole.read_text())
    assert (said["revision"], said["totals"]) == (revision, found.totals())
    with lines.open(newline="") as handle:
        listed = list(csv.DictReader(handle))
    assert [one["assessment_id"] for one in listed] == sorted(expected)
    assert all(one["findings_added"].startswith("MEM-003 producer pro_") for one in listed)


async def touched(chosen: Settings) -> dict[str, set[str]]:
    """In SQL and not in Rego: which members have 4 ha or more and less than 5, by decision."""
    sql = """
        SELECT id, array_agg(member ->> 'producer_id')
        FROM assessment, jsonb_array_elements(input #> '{facts,members}') AS member
        WHERE (member ->> 'total_area_m2')::int BETWEEN 40000 AND 49999 GROUP BY id
    """
    async with open_database(chosen) as database, database.begin() as session:
        connection = await session.connection()
        # Ten thousand questions unpacked take longer on a busy machine than a room's limit.
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        found: list[Any] = list(await connection.execute(text(sql)))
    return {row_id: set(members) for row_id, members in found}


@pytest.fixture
async def few(servers: None) -> AsyncIterator[Settings]:
    """A database of a few decisions, for an intruder to spoil."""
    with scratch_settings("eligibility") as chosen:
        await decide(chosen, FEW)
        yield chosen


async def test_what_was_altered_or_has_no_rules_is_told_and_never_called_the_same(
    few: Settings,
) -> None:
    with admin(name_of(few)) as intruder:
        [(altered,), (orphan,)] = intruder.execute(
            "SELECT id FROM assessment ORDER BY id LIMIT 2"
        ).fetchall()
        intruder.execute("ALTER TABLE assessment DISABLE TRIGGER ALL")
        intruder.execute(
            'UPDATE assessment SET input = input || \'{"as_of": "2020-01-01"}\' WHERE id = %s',
            (altered,),
        )
        intruder.execute(
            "UPDATE assessment SET policy_revision = '000000000000' WHERE id = %s", (orphan,)
        )
    async with open_database(few) as database:
        found = await impact.replay_all(database, Revisions(few))
    assert not found.same
    assert found.unanswered == {
        altered: "eligibility.input_altered",
        orphan: "eligibility.revision_not_kept",
    }
    assert found.identical == FEW - 2
