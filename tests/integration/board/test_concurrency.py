"""Random interleavings of everything that moves a ballot, on PostgreSQL and with the real OPA.

FUND_TEST_INTERLEAVINGS says how many (40 unless told), FUND_TEST_SEED the first one's seed. What is
stored in the end is recounted here, by code that shares nothing with the room.
"""

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from services.board import dossiers, keys, openings, recusals, seats, service, votes
from services.board.domain import SEATS
from services.board.models import CONSTRAINT_ERRORS
from services.kernel import clock
from services.kernel.db import AsyncSession, Database
from services.kernel.errors import FundError
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from services.kernel.work import Principal, Work
from tests.support import databases, signing, stack

INTERLEAVINGS = int(os.environ.get("FUND_TEST_INTERLEAVINGS", "40"))
FIRST_SEED = int(os.environ.get("FUND_TEST_SEED", "1"))
TERM = timedelta(seconds=10)
"""How long each call of a ballot lasts, by the instants that the steps are told."""
CHAIR, DEPUTY = "midagri", "produce"
STEPS = ["vote"] * 12 + ["declare", "propose", "decide", "replace", "alternates", "expire"]
STEPS += ["close", "close", "second_call"]
AT_ONCE = 4
"""Ballots that are under way at the same time."""
ENDS = {"fund.board.ballot.decided.v1", "fund.board.ballot.lapsed.v1"}
GONE = {"kernel.database_unavailable", "kernel.commit_unknown", "kernel.contention"}
SERVICE = Principal("test-service", "service")
SECRETARIAT = Principal("test-secretariat", "secretariat")
Use = Callable[..., Awaitable[Any]]


def person(seat: str, capacity: str = "titular") -> Principal:
    return Principal(f"mix-{seat}-{capacity}", "board_member", seat=seat)


@dataclass
class Room:
    """The room's use cases, each in a transaction of its own, at the instant it is told."""

    database: Database
    opa: Opa
    eye: psycopg.AsyncConnection[Any]
    """Reads what PostgreSQL has, past the room's code."""
    kills: int = 0
    cancels: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    async def do(self, use: Use, by: Principal, at: datetime, **arguments: Any) -> Any:
        async def attempt(session: AsyncSession) -> Any:
            return await use(Work(session, by, at, "mix"), **arguments)

        return await self.database.run(attempt)

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows that a query finds."""
        found = await self.eye.cursor(row_factory=dict_row).execute(query, list(values))
        return await found.fetchall()

    async def kill_one(self, choose: random.Random) -> None:
        """End one of the room's connections, as a restarted server would."""
        at_work = await self.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'fund-board' AND state <> 'idle'"
        )
        if at_work:
            self.kills += 1
            pid = choose.choice(at_work)["pid"]
            await self.rows("SELECT pg_terminate_backend(%s)", pid)


@pytest.fixture
async def room(board_settings: Settings) -> AsyncIterator[Room]:
    settings = board_settings.model_copy(update={"database_pool_size": 12 * AT_ONCE})
    database = Database("board", settings, CONSTRAINT_ERRORS)
    eye = await psycopg.AsyncConnection.connect(
        stack.admin_url(), dbname=databases.name_of(board_settings), autocommit=True
    )
    async with Opa(board_settings) as opa, eye:
        room = Room(database, opa, eye)
        for seat in SEATS:
            for capacity in ("titular", "alternate"):
                await _seat(room, seat, capacity)
        yield room
    await database.dispose()


async def _seat(room: Room, seat: str, capacity: str) -> None:
    holder, titular = person(seat, capacity), capacity == "titular"
    await room.do(
        seats.appoint,
        SECRETARIAT,
        clock.now(),
        valid_from=None,
        valid_to=None,
        seat=seat,
        capacity=capacity,
        holder_sub=holder.sub,
        holder_name=holder.sub,
        resolution=None,
        chair=titular and seat == CHAIR,
        deputy_chair=titular and seat == DEPUTY,
    )
    body = signing.key_registration(holder.sub)
    signed_at = datetime.fromisoformat(body.pop("signed_at"))
    await room.do(keys.register, holder, clock.now(), signed_at=signed_at, **body)


@dataclass
class Mix:
    """One ballot and the steps that meet on it."""

    room: Room
    choose: random.Random
    opened_at: datetime
    ballot: dict[str, Any]

    @classmethod
    async def opened(cls, room: Room, seed: int) -> "Mix":
        now = clock.now()
        asked = {
            "application_id": new_id("app"),
            "consortium_id": new_id("con"),
            "call_id": new_id("cal"),
            "dossier_sha256": "ab" * 32,
            "closes_at": now + TERM,
            "cites_ballot_id": None,
            "blind": True,
            "file": _file(),
        }
        view = await answered(lambda: room.do(openings.open_ballot, SERVICE, now, **asked))
        told = view.ballot.model_dump(include={"id", "file_sha256", "dossier_sha256"})
        return cls(room, random.Random(seed), now, told)

    def at(self) -> datetime:
        """Some instant of the first call, or now and then of the second."""
        terms = self.choose.choice([1, 1, 1, 2])
        return self.opened_at + terms * TERM * self.choose.random()

    async def act(self, kind: str) -> None:
        """One step, after a moment; what the room refuses is refused."""
        await asyncio.sleep(self.choose.random() / 100)
        try:
            await getattr(self, f"_{kind}")()
        except FundError as refusal:
            self.room.refusals[refusal.code] += 1

    async def _vote(self) -> None:
        seat = self.choose.choice(SEATS)
        capacity = self.choose.choice(["titular", "titular", "titular", "alternate"])
        choice = self.choose.choice(["for", "for", "for", "against", "against", "abstain"])
        who, now = person(seat, capacity), self.at()
        if self.choose.random() < 0.7:
            await self._look()
        body = signing.signed_vote(self.ballot, seat, who.sub, choice, signed_at=now)
        body["signed_at"] = datetime.fromisoformat(body["signed_at"])
        await self.room.do(votes.cast_vote, who, now, ballot_id=self.ballot["id"], **body)

    async def _look(self) -> None:
        """Read the file in force, as a member does before signing."""
        found = await self.room.rows(
            "SELECT id, file_sha256, dossier_sha256 FROM ballot WHERE id = %s", self.ballot["id"]
        )
        self.ballot = found[0]

    async def _declare(self, of: str | None = None) -> None:
        who = person(self.choose.choice(SEATS))
        await self.room.do(
            recusals.raise_recusal,
            who,
            self.at(),
            ballot_id=self.ballot["id"],
            ground=self.choose.randint(1, 6),
            reason="Interés.",
            seat=of,
        )

    async def _propose(self) -> None:
        await self._declare(of=self.choose.choice(SEATS))

    async def _pending(self) -> list[dict[str, Any]]:
        return await self.room.rows(
            "SELECT id, decide_by FROM recusal WHERE ballot_id = %s AND outcome = 'pending'",
            self.ballot["id"],
        )

    async def _decide(self) -> None:
        for row in await self._pending():
            await self.room.do(
                recusals.decide,
                person(self.choose.choice([CHAIR, CHAIR, DEPUTY])),
                self.at(),
                recusal_id=row["id"],
                accepted=self.choose.random() < 0.6,
                reason="Visto.",
            )

    async def _expire(self) -> None:
        for row in await self._pending():
            due = row["decide_by"].astimezone(UTC)
            await self.room.do(recusals.expire, SERVICE, due, recusal_id=row["id"])

    async def _replace(self) -> None:
        await self.room.do(
            dossiers.replace,
            SECRETARIAT,
            self.at(),
            ballot_id=self.ballot["id"],
            reason="Cambió el plan.",
            file=_file(),
        )

    async def _alternates(self) -> None:
        await self.room.do(service.call_alternates, SERVICE, self.at(), ballot_id=self.ballot["id"])

    async def _second_call(self) -> None:
        now = self.opened_at + TERM
        await self.room.do(
            service.make_second_call,
            SERVICE,
            now,
            ballot_id=self.ballot["id"],
            closes_at=now + TERM,
        )

    async def _close(self, at: datetime | None = None) -> None:
        await self.room.do(
            service.close,
            SERVICE,
            at or self.choose.choice([self.at(), self.opened_at + TERM]),
            ballot_id=self.ballot["id"],
            opa=self.room.opa,
        )

    async def meet(self) -> None:
        """All steps at once; some callers go away in the middle, some connections die."""
        steps = self.choose.sample(STEPS, self.choose.randint(6, 16))
        tasks = [asyncio.create_task(self.act(kind)) for kind in steps]
        if self.choose.random() < 0.3:
            await asyncio.sleep(self.choose.random() / 25)
            self.room.cancels += self.choose.choice(tasks).cancel()
        if self.choose.random() < 0.3:
            await asyncio.sleep(self.choose.random() / 50)
            await self.room.kill_one(self.choose)
        found = await asyncio.gather(*tasks, return_exceptions=True)
        wrong = [one for one in found if isinstance(one, Exception)]
        assert wrong == [], wrong

    async def end(self) -> None:
        """What the workflow does at the end of the terms, and a few more votes in between."""
        last = self.opened_at + 2 * TERM
        await answered(self._expire)
        await answered(lambda: self._close(last))
        await answered(self._second_call)
        await asyncio.gather(*(self.act("vote") for _ in range(self.choose.randint(0, 4))))
        await answered(self._expire)
        await answered(lambda: self._close(last))


async def answered(step: Callable[[], Awaitable[Any]]) -> Any:
    """What a step that must get through gives: asked again while connections die, as the workflow
    does; a refusal is an answer."""
    while True:
        try:
            return await step()
        except FundError as refusal:
            if refusal.code not in GONE:
                return None


def _file() -> dict[str, Any]:
    return {"type": "mix", "parties": [], "replaces": None, "nonce": secrets.token_hex(8)}


async def check(mix: Mix) -> str:
    """That the ballot ended as its stored votes say; gives how."""
    ballot_id = mix.ballot["id"]
    (ballot,) = await mix.room.rows("SELECT * FROM ballot WHERE id = %s", ballot_id)
    cast = await mix.room.rows("SELECT * FROM vote WHERE ballot_id = %s", ballot_id)
    raised = await mix.room.rows("SELECT * FROM recusal WHERE ballot_id = %s", ballot_id)
    events = await mix.room.rows(
        "SELECT type, aggregate_version AS version FROM outbox WHERE aggregate_id = %s", ballot_id
    )
    counted = {row["seat"]: row for row in cast if row["file_sha256"] == ballot["file_sha256"]}
    seats_voted = Counter((row["seat"], row["file_sha256"]) for row in cast)
    assert max(seats_voted.values(), default=0) <= 1, "a seat counted twice"
    assert all(row["cast_at"] < ballot["closes_at"] for row in cast)
    assert all(row["outcome"] != "pending" for row in raised), "closed over an open recusal"
    standing = {row["holder_sub"] for row in raised if row["outcome"] == "accepted"}
    assert standing.isdisjoint(row["holder_sub"] for row in counted.values())
    alternates = [row for row in counted.values() if row["capacity"] == "alternate"]
    assert not alternates or ballot["alternates_called_at"] is not None

    recused = [s for s in SEATS if s not in counted and person(s).sub in standing]
    choices = {seat: row["choice"] for seat, row in counted.items()}
    outcome = recount(choices, recused)
    assert (ballot["state"], ballot["result"]) == (
        ("lapsed", None) if outcome is None else ("decided", outcome)
    ), (choices, recused)
    ends = [row for row in events if row["type"] in ENDS]
    assert len(ends) == 1
    assert sorted(row["version"] for row in events) == list(range(1, ballot["version"] + 1))
    if ballot["resolution"] is not None:
        told = {vote["vote_id"] for vote in ballot["resolution"]["votes"]}
        assert told == {row["id"] for row in counted.values()}
        assert set(ballot["resolution"]["recused"]) == set(recused)
    return str(outcome)


def recount(choices: dict[str, str], recused: list[str]) -> str | None:
    """What the votes come to (LPAG 110 to 112), or None without a quorum."""
    ayes = [seat for seat, choice in choices.items() if choice == "for"]
    noes = [seat for seat, choice in choices.items() if choice == "against"]
    if len(choices) + len(recused) < 3 or len(ayes) + len(noes) < 2:
        return None
    if len(ayes) == len(noes):
        casting = next((seat for seat in (CHAIR, DEPUTY) if seat in ayes + noes), None)
        return "approved" if casting in ayes else "rejected"
    return "approved" if len(ayes) > len(noes) else "rejected"


@pytest.mark.timeout(max(300, 10 * INTERLEAVINGS))
async def test_no_mix_decides_without_quorum_or_counts_a_seat_twice(room: Room) -> None:
    outcomes: Counter[str] = Counter()
    seeds = iter(range(FIRST_SEED, FIRST_SEED + INTERLEAVINGS))

    async def one_after_another() -> None:
        for seed in seeds:
            mix = await Mix.opened(room, seed)
            try:
                await mix.meet()
                await mix.end()
                outcomes[await check(mix)] += 1
                if sum(outcomes.values()) % 100 == 0:
                    print(f"{sum(outcomes.values())} so far: {dict(outcomes)}", flush=True)
            except Exception as error:
                error.add_note(f"FUND_TEST_SEED={seed} FUND_TEST_INTERLEAVINGS=1 may show it again")
                raise

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_after_another())
    told = f"{sum(outcomes.values())} interleavings: {dict(outcomes)}"
    kept = sum(room.refusals.values())
    print(f"\n{told}; {kept} refusals, {room.cancels} callers and {room.kills} connections gone")
    assert sum(outcomes.values()) == INTERLEAVINGS
    assert INTERLEAVINGS < 40 or set(outcomes) == {"approved", "rejected", "None"}
    assert room.refusals["board.tally_disagrees"] == 0
