"""Agreements of a whole country, paid through both channels by the room's own use cases."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import text
from stdnum.pe import ruc

from services.disbursement import integrity, partners, queries, reconciliation, service, tranches
from services.disbursement.channels.agrobanco import Agrobanco
from services.disbursement.channels.agroideas import Agroideas
from services.disbursement.channels.protocol import Channel
from services.disbursement.models import CONSTRAINT_ERRORS, Tranche
from services.disbursement.payment_list import service as payment_list
from services.disbursement.payment_list.rules import Payee
from services.kernel import clock
from services.kernel.db import Database
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.settings import Settings
from services.kernel.values import to_centimos
from services.kernel.work import Principal, Work
from tests.factories import disbursement as make
from tests.support import agreements
from tests.support.callers import principal
from tests.support.no_objections import GRANTED

PREPARER = principal("operator", "ana-operadora")
RELEASER = principal("operator", "beto-operador")
SECRETARIAT = principal("secretariat", "sara-secretaria")
SERVICE = principal("service", "fund-services")
EACH_CENTIMOS = 1_000_00
PARTS = ("total", "agroideas", "agrobanco", "own")
PartnerLine = tuple[str, str, int, int]
"""Partner, reference, céntimos, how often executed."""


@dataclass(frozen=True)
class Steps:
    """Runs use cases, each in a transaction of its own, for one person."""

    database: Database
    actor: Principal

    async def step(self, use_case: Callable[..., Awaitable[Any]], /, **arguments: Any) -> Any:
        async def attempt(session: Any) -> Any:
            return await use_case(Work(session, self.actor, clock.now(), "nation"), **arguments)

        return await self.database.run(attempt)


class Nation:
    """So many instructions over so many agreements, half grants to suppliers, half loans."""

    def __init__(
        self, settings: Settings, instructions: int, agreements: int, side_by_side: int
    ) -> None:
        self._settings = settings
        self.per_tranche = instructions // (2 * agreements)
        self.agreements = agreements
        self.instructions = self.per_tranche * 2 * agreements
        self.grant_centimos = sum(EACH_CENTIMOS + place for place in range(self.per_tranche))
        self.loan_centimos = EACH_CENTIMOS * self.per_tranche + 1
        self.total_centimos = agreements * (self.grant_centimos + self.loan_centimos)
        self.call_id = new_id("cal")
        self._places = asyncio.Semaphore(side_by_side)
        self._spent_s: dict[str, float] = defaultdict(float)

    async def run(self) -> float:
        """Draw up and sign the agreements; then pay them all and match the statements. Returns
        the seconds of the latter."""
        self._database = Database("disbursement", self._settings, CONSTRAINT_ERRORS)
        self._channels: Mapping[str, Channel] = {
            "agroideas": Agroideas(self._settings),
            "agrobanco": Agrobanco(self._settings),
        }
        async with Opa(self._settings) as self._opa:
            try:
                signed = [await self._signed(number) for number in await self._funded()]
                started_s, first_day = time.perf_counter(), clock.lima_date(clock.now())
                async with asyncio.TaskGroup() as group:
                    for one in itertools.chain.from_iterable(signed):
                        group.create_task(self._paid(one))
                for day in {first_day, clock.lima_date(clock.now())}:
                    names = self._channels.items()
                    await asyncio.gather(*(self._matched(*one, day) for one in names))
                return time.perf_counter() - started_s
            finally:
                for channel in self._channels.values():
                    await channel.close()
                await self._database.dispose()

    def timeline(self) -> str:
        """Where the time went, summed over what ran side by side."""
        return ", ".join(f"{name} {spent:.1f} s" for name, spent in self._spent_s.items())

    def _by(self, actor: Principal) -> Steps:
        return Steps(self._database, actor)

    async def _funded(self) -> range:
        await self._by(PREPARER).step(
            service.allocate, call_id=self.call_id, amount_centimos=self.total_centimos
        )
        return range(self.agreements)

    async def _signed(self, number: int) -> list[tuple[int, Tranche]]:
        """The tranches of a signed agreement."""
        application = make.application(
            grant=(self.grant_centimos,), loan=(self.loan_centimos,), call_id=self.call_id
        )
        package = make.resolution(application)
        await self._by(SERVICE).step(service.keep_resolution, package=package)
        agreement = await self._by(SERVICE).step(
            service.draft_agreement,
            application={**application, "plan": _in_centimos(application["plan"])},
            ballot_id=package["ballot_id"],
            opa=self._opa,
        )
        applicant = principal("applicant", "rosa", consortium_id=application["consortium_id"])
        for party, by in (("fund", SECRETARIAT), ("consortium", applicant)):
            await self._by(by).step(agreements.sign, agreement_id=agreement.id, party=party)
        found: list[Tranche] = await self._by(SERVICE).step(_tranches, agreement_id=agreement.id)
        return [(number, tranche) for tranche in found]

    async def _paid(self, numbered: tuple[int, Tranche]) -> None:
        """One tranche from the request to the partner's word on every instruction."""
        number, tranche = numbered
        async with self._places:
            await self._timed("prepare", self._prepared(number, tranche))
            release = self._by(RELEASER).step(
                tranches.release_tranche, tranche_id=tranche.id, opa=self._opa
            )
            await self._timed("release", release)
            run = self._by(SERVICE)
            await self._timed("send", partners.instruct(run, self._channels, tranche.id))
            state = "instructed"
            while state != "confirmed":
                await asyncio.sleep(0.2)
                await self._timed("inquire", partners.inquire(run, self._channels, tranche.id))
                state = (await run.step(tranches.look, tranche_id=tranche.id)).state

    async def _prepared(self, number: int, tranche: Tranche) -> None:
        applicant = principal("applicant", "rosa", consortium_id=tranche.consortium_id)
        await self._by(applicant).step(tranches.request_tranche, tranche_id=tranche.id)
        members = make.members(self.per_tranche, 1 + number * self.per_tranche)
        if tranche.channel == "agroideas":
            await self._by(PREPARER).step(
                payment_list.prepare,
                tranche_id=tranche.id,
                payees=_suppliers(number, self.per_tranche),
                members=frozenset(member["dni"] for member in members),
                opa=self._opa,
            )
            await self._by(SERVICE).step(_granted, agreement_id=tranche.agreement_id)
        else:
            await self._by(PREPARER).step(
                tranches.prepare_tranche, tranche_id=tranche.id, consortium={}, members=members
            )

    async def _matched(self, name: str, channel: Channel, day: Any) -> None:
        lines = await self._timed("statement", channel.statement(day))
        found = await self._timed(
            "reconcile", self._by(SERVICE).step(reconciliation.reconcile, channel=name, lines=lines)
        )
        assert (found.new, found.cases) == (found.matched, 0), found

    async def _timed(self, name: str, work: Awaitable[Any]) -> Any:
        started_s = time.perf_counter()
        try:
            return await work
        finally:
            self._spent_s[name] += time.perf_counter() - started_s


async def _granted(work: Work, *, agreement_id: str) -> None:
    """The programme does not object to what the list buys."""
    granted = text(GRANTED.replace("%s", ":agreement_id"))
    await work.session.execute(granted, {"agreement_id": agreement_id})


async def _tranches(work: Work, *, agreement_id: str) -> list[Tranche]:
    return list((await queries.agreement(work.session, agreement_id)).tranches)


def _suppliers(number: int, count: int) -> list[Payee]:
    """Each supplier with an invoice of its own."""
    return [
        Payee(
            kind="supplier",
            name=f"Proveedora Número {place} SAC",
            document=ruc_of(place),
            cci=f"018{place:017d}",
            bank="018",
            amount_centimos=EACH_CENTIMOS + place,
            budget_line=1,
            invoice=f"F{number:05d}-{place}",
        )
        for place in range(count)
    ]


def ruc_of(place: int) -> str:
    base = f"20{10_000_000 + place}"
    return base + str(ruc.calc_check_digit(base))


def _in_centimos(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as the room's route hands it over."""
    return {
        "budget_lines": [
            {**line, **{f"{name}_centimos": to_centimos(line[name]["amount"]) for name in PARTS}}
            for line in plan["budget_lines"]
        ],
        "tranches": [
            {**item, "amount_centimos": to_centimos(item["amount"]["amount"])}
            for item in plan["tranches"]
        ],
    }


def check_books(
    connection: psycopg.Connection[Any], theirs: Iterable[PartnerLine], nation: Nation
) -> None:
    """Every instruction stands once in the partner's books and in ours, settled and found in a
    statement; the ledger holds the same money, to the céntimo, and its own invariants."""
    with connection.cursor("ours") as ours:
        ours.execute(
            "SELECT channel, reference, amount_centimos, 1,"
            " state = 'settled' AND reconciled_at IS NOT NULL"
            ' FROM instruction ORDER BY channel, reference COLLATE "C"'
        )
        count = 0
        for (*line, done), other in zip(ours, theirs, strict=True):
            assert tuple(line) == tuple(other), (line, other)
            assert done, line
            count += 1
    assert count == nation.instructions
    assert _one(connection, "SELECT count(*) FROM reconciliation_case") == 0
    assert _one(connection, "SELECT count(*) FROM statement_line") == nation.instructions
    assert _one(connection, "SELECT sum(amount_centimos) FROM statement_line") == (
        nation.total_centimos
    )
    kinds: Sequence[tuple[str, int]] = connection.execute(
        "SELECT kind, sum(balance_centimos)::bigint FROM account GROUP BY kind"
    ).fetchall()
    balances = {kind: balance for kind, balance in kinds if balance}
    assert balances == {
        "treasury": -nation.total_centimos,
        "grants": nation.agreements * nation.grant_centimos,
        "loans": nation.agreements * nation.loan_centimos,
    }
    assert integrity.findings(connection) == []


def _one(connection: psycopg.Connection[Any], statement: str) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
