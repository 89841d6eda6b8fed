"""All stored decisions asked again: under their own rules, where nothing may differ, or under
other rules, to see before a change whom it would admit or turn away.

Nothing is written to the database. Decisions are read a few at a time; each revision has one
engine for as long as its decisions last.
"""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlmodel import col, select

from services.eligibility import domain, policy
from services.eligibility.models import Assessment
from services.eligibility.revisions import Revisions
from services.kernel.db import Database
from services.kernel.errors import Conflict, Unavailable
from services.kernel.opa import Opa

AT_ONCE: Final = 8
"""Questions that an engine is asked side by side."""

FETCHED: Final = 64
"""Decisions that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Named:
    """A finding by what it is about, without the person's name."""

    code: str
    severity: str
    subject: str


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that these rules would have taken otherwise: its outcome or its findings."""

    assessment_id: str
    application_id: str
    consortium_id: str
    call_id: str
    round: int
    stored_revision: str
    outcome_before: str
    outcome_after: str
    findings_added: Sequence[Named]
    findings_removed: Sequence[Named]


@dataclass(slots=True)
class Impact:
    """What asking all again gave. `revision` is None when each was asked under its own."""

    revision: str | None
    replayed: int = 0
    identical: int = 0
    details_only: int = 0
    """Same outcome and findings; texts, limits, points or parameters differ."""
    newly_eligible: int = 0
    newly_ineligible: int = 0
    changes: list[Change] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)
    """Why a decision (by id) could not be asked again; never counted as the same."""

    @property
    def same(self) -> bool:
        """Whether every decision was asked and answered the same to the last character."""
        return self.identical == self.replayed and not self.unanswered

    def totals(self) -> dict[str, int]:
        """The counts of the report."""
        return {
            "replayed": self.replayed,
            "identical": self.identical,
            "details_only": self.details_only,
            "changed": len(self.changes),
            "newly_eligible": self.newly_eligible,
            "newly_ineligible": self.newly_ineligible,
            "unanswered": len(self.unanswered),
        }


async def replay_all(
    database: Database, revisions: Revisions, *, revision: str | None = None
) -> Impact:
    """Ask every stored question again, under `revision` or else under the one that decided.

    A decision whose rules were not kept, whose stored question was altered, or that the rules do
    not answer wholly, is listed as unanswered. Raises eligibility.revision_not_kept and
    policy.unavailable for `revision` itself.
    """
    impact = Impact(revision)
    if revision is not None:
        async with revisions.serving(revision) as opa:
            await _replay(database, opa, impact, decided_by=None)
        return impact
    for own in await _revisions(database):
        try:
            async with revisions.serving(own) as opa:
                await _replay(database, opa, impact, decided_by=own)
        except (Conflict, Unavailable) as error:
            async for rows in _stored(database, own):
                for row in rows:
                    impact.unanswered.setdefault(row.id, error.code)
    return impact


async def _revisions(database: Database) -> list[str]:
    async with database.begin() as session:
        return list(await session.exec(select(Assessment.policy_revision).distinct()))


async def _stored(
    database: Database, decided_by: str | None
) -> AsyncIterator[Sequence[Assessment]]:
    """The decisions a few at a time, each time in a transaction of its own: one that lasted as
    long as the report would hold back the relay, which waits for the oldest."""
    wanted = select(Assessment).order_by(col(Assessment.id)).limit(FETCHED)
    if decided_by is not None:
        wanted = wanted.where(Assessment.policy_revision == decided_by)
    last = ""
    while True:
        async with database.begin() as session:
            rows = (await session.exec(wanted.where(col(Assessment.id) > last))).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


async def _replay(database: Database, opa: Opa, impact: Impact, *, decided_by: str | None) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(row: Assessment) -> None:
        if policy.sha256_of(row.input) != row.input_sha256:
            impact.unanswered[row.id] = "eligibility.input_altered"
            return
        async with places:
            try:
                answer = await policy.ask(opa, row.input)
            except Unavailable as error:
                impact.unanswered[row.id] = error.code
                return
        _count(impact, row, answer.document)

    async for rows in _stored(database, decided_by):
        await asyncio.gather(*map(ask, rows))


def _count(impact: Impact, row: Assessment, now: dict[str, Any]) -> None:
    impact.replayed += 1
    if not domain.differences(stored=row.decision, now=now):
        impact.identical += 1
        return
    before, after = _named(row.decision), _named(now)
    if before == after and row.outcome == now["outcome"]:
        impact.details_only += 1
        return
    if row.outcome != now["outcome"]:
        impact.newly_eligible += now["eligible"] is True
        impact.newly_ineligible += now["eligible"] is False
    impact.changes.append(
        Change(
            assessment_id=row.id,
            application_id=row.application_id,
            consortium_id=row.consortium_id,
            call_id=row.call_id,
            round=row.round,
            stored_revision=row.policy_revision,
            outcome_before=row.outcome,
            outcome_after=now["outcome"],
            findings_added=_ordered(after - before),
            findings_removed=_ordered(before - after),
        )
    )


def _named(decision: dict[str, Any]) -> set[Named]:
    return {
        Named(
            one["code"], one["severity"], f"{one['subject']['type']} {one['subject']['id'] or ''}"
        )
        for one in decision["findings"]
    }


def _ordered(findings: set[Named]) -> list[Named]:
    return sorted(findings, key=lambda one: (one.code, one.subject, one.severity))


def write(impact: Impact, folder: Path) -> list[Path]:
    """Write the report as JSON, whole, and as CSV, one changed decision a line."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"policy-impact-{impact.revision or 'own'}"
    whole, lines = folder / f"{name}.json", folder / f"{name}.csv"
    impact.changes.sort(key=lambda change: change.assessment_id)
    document = {"revision": impact.revision, "totals": impact.totals()} | {
        "changes": [asdict(change) for change in impact.changes],
        "unanswered": impact.unanswered,
    }
    whole.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    with lines.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(Change.__dataclass_fields__))
        writer.writeheader()
        for change in impact.changes:
            moved = {
                at: "; ".join(f"{one.code} {one.subject}".strip() for one in getattr(change, at))
                for at in ("findings_added", "findings_removed")
            }
            writer.writerow({**asdict(change), **moved})
    return [whole, lines]
