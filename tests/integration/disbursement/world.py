"""The room on its own database beside a partner sandbox, each on a port: what tests do with it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx2
import psycopg
from psycopg.rows import dict_row

from services.disbursement import service
from services.kernel import clock
from services.kernel.auth import not_found
from services.kernel.db import Database
from services.kernel.settings import Settings
from services.kernel.work import Principal, Work
from tests.factories import disbursement as make
from tests.support import no_objections, signing
from tests.support.callers import Caller, principal
from tests.support.databases import admin, name_of
from tests.support.waiting import eventually

OPERATOR_A = principal("operator", "ana-operadora")
OPERATOR_B = principal("operator", "beto-operador")
SECRETARIAT = principal("secretariat", "sara-secretaria")
AUDITOR = principal("auditor")
SERVICE = principal("service", "fund-services")


@dataclass
class KnownRooms:
    """Stands in for the other rooms: what they know, by path."""

    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def read(self, room: str, path: str) -> dict[str, Any]:
        del room
        if path not in self.bodies:
            raise not_found()
        return self.bodies[path]


@dataclass(frozen=True)
class World:
    """The room's callers, its database as superuser, and the sandbox's control."""

    caller: Caller
    settings: Settings
    rooms: KnownRooms
    control: httpx2.AsyncClient
    database: Database

    async def get(self, path: str, *, by: Principal = AUDITOR) -> Any:
        answer = await self.caller.get(path, by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(
        self, path: str, body: Any = None, *, by: Principal = SERVICE, key: str | None = None
    ) -> httpx2.Response:
        return await self.caller.post(path, body, by=by, key=key)

    async def done(self, path: str, body: Any = None, *, by: Principal = SERVICE) -> Any:
        answer = await self.post(path, body, by=by)
        assert answer.is_success, answer.text
        return answer.json()

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What the superuser sees, or does."""
        with admin(name_of(self.settings)) as connection:
            done = connection.cursor(row_factory=dict_row).execute(statement, values)
            return done.fetchall() if done.description else []

    def refused(self, url: str, *statements: str) -> psycopg.Error:
        """The error with which PostgreSQL refuses the statements in one transaction."""
        with closing(psycopg.connect(url)) as connection:
            try:
                for statement in statements:
                    connection.execute(statement)
                connection.commit()
            except psycopg.Error as error:
                return error
        raise AssertionError(f"PostgreSQL took {statements}")

    async def use(self, case: Callable[..., Awaitable[Any]], /, **arguments: Any) -> Any:
        """Run a use case by itself in one transaction."""

        async def attempt(session: Any) -> Any:
            return await case(Work(session, SERVICE, clock.now(), "test"), **arguments)

        return await self.database.run(attempt)

    # -- up to a released tranche ---------------------------------------------------------------

    async def budget(self, call_id: str, amount: int) -> None:
        self.rooms.bodies[f"/v1/calls/{call_id}"] = {"id": call_id}
        body = {"call_id": call_id, "amount": make.money(amount)}
        await self.done("/v1/budgets", body, by=OPERATOR_A)

    async def approved(
        self, *, members: int = 3, conditions: Sequence[Any] = (), **changes: Any
    ) -> tuple[dict[str, Any], str]:
        """An approved application that its room knows, with its resolution heard of."""
        application = make.application(**changes)
        self.rooms.bodies[f"/v1/applications/{application['id']}"] = application
        consortium_id = application["consortium_id"]
        path = f"/v1/consortia/{consortium_id}/facts"
        self.rooms.bodies[path] = make.facts(consortium_id, members)
        path = f"/v1/footprints?consortium_id={consortium_id}"
        self.rooms.bodies[path] = {"data": [make.footprint(consortium_id)]}
        package = make.resolution(application, conditions=list(conditions))
        await self.use(service.keep_resolution, package=package)
        return application, package["ballot_id"]

    async def draft(self, application: dict[str, Any], ballot_id: str) -> httpx2.Response:
        body = {"application_id": application["id"], "ballot_id": ballot_id}
        return await self.post("/v1/agreements", body)

    async def active(
        self, *, left: int = 0, evidenced: bool = True, **changes: Any
    ) -> dict[str, Any]:
        """An agreement signed by both, in a call whose budget has `left` more than it commits; its
        milestones and own contribution are verified unless the test sees to that."""
        application, ballot_id = await self.approved(**changes)
        asked = sum([*changes.get("grant", ()), *changes.get("loan", ())])
        await self.budget(application["call_id"], asked + left)
        answer = await self.draft(application, ballot_id)
        assert answer.status_code == 201, answer.text
        agreement: dict[str, Any] = answer.json()
        for party, by in (("fund", SECRETARIAT), ("consortium", self.consortium(agreement))):
            assert (await self.sign(agreement["id"], party, by)).status_code == 201
        if evidenced:
            self.evidence(agreement["id"])
        whole: dict[str, Any] = await self.get(f"/v1/agreements/{agreement['id']}")
        return whole

    async def sign(self, agreement_id: str, party: str, by: Principal) -> httpx2.Response:
        """Sign the document for a party, with the person's key, registered if need be."""
        await self.done("/v1/signer-keys", signing.key_registration(by.sub), by=by)
        path = f"/v1/agreements/{agreement_id}"
        file = await self.get(f"{path}/document/file")
        body = signing.signed_agreement(file, party, by.sub)
        return await self.post(f"{path}/signatures", body, by=by)

    def evidence(self, agreement_id: str) -> None:
        """Every milestone and the whole own contribution filed and verified, as two people did."""
        self.rows(
            "INSERT INTO evidence SELECT 'evi_' || tranche_id, 'milestone', agreement_id, '',"
            " tranche_id, NULL, 'Acta', 'ab', 'verified', 'rosa', now(), 'vera', now(), NULL"
            " FROM milestone WHERE agreement_id = %s UNION ALL SELECT 'evi_' || id, 'own', id,"
            " consortium_id, NULL, own_centimos, 'Voucher', id, 'verified', 'rosa', now(), 'vera',"
            " now(), NULL FROM agreement WHERE id = %s",
            agreement_id,
            agreement_id,
        )

    def no_objections(self, agreement_id: str) -> None:
        """The programme did not object to what the prepared tranches buy."""
        self.rows(no_objections.GRANTED, agreement_id)

    def final_report(self, agreement_id: str) -> None:
        """The agreement's final report filed and approved, as two people did."""
        self.rows(
            "INSERT INTO final_report SELECT 'fin_' || id, id, consortium_id, 'Hecho', 'Gastado',"
            " 'ab', 'approved', 'rosa', now(), 'vera', now(), NULL, 1 FROM agreement WHERE id = %s",
            agreement_id,
        )

    @staticmethod
    def consortium(of: dict[str, Any], sub: str = "rosa-del-consorcio") -> Principal:
        return principal("applicant", sub, consortium_id=of["consortium_id"])

    async def released(self, agreement: dict[str, Any], tranche_id: str) -> dict[str, Any]:
        """The tranche asked for, prepared and released by three people."""
        path = f"/v1/tranches/{tranche_id}"
        await self.done(f"{path}/request", by=self.consortium(agreement))
        await self.done(f"{path}/prepare", by=OPERATOR_A)
        tranche: dict[str, Any] = await self.done(f"{path}/release", by=OPERATOR_B)
        return tranche

    async def ready(self, **changes: Any) -> tuple[dict[str, Any], str]:
        """An agreement whose first tranche is released."""
        agreement = await self.active(**changes)
        tranche_id: str = agreement["tranches"][0]["id"]
        await self.released(agreement, tranche_id)
        return agreement, tranche_id

    # -- payments -------------------------------------------------------------------------------

    async def instruct(self, tranche_id: str) -> dict[str, Any]:
        tranche: dict[str, Any] = await self.done(f"/v1/tranches/{tranche_id}/instruct")
        return tranche

    async def inquire(self, tranche_id: str) -> dict[str, Any]:
        tranche: dict[str, Any] = await self.done(f"/v1/tranches/{tranche_id}/inquire")
        return tranche

    async def tranche(self, tranche_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.get(f"/v1/tranches/{tranche_id}")
        return found

    async def instructions(self, tranche_id: str, lineage: int | None = None) -> list[Any]:
        page = await self.get(f"/v1/instructions?tranche_id={tranche_id}&limit=100")
        return [row for row in page["data"] if lineage in (None, row["lineage"])]

    async def states(self, tranche_id: str) -> list[str]:
        return sorted(row["state"] for row in await self.instructions(tranche_id))

    async def until_inquired(self, tranche_id: str, state: str) -> dict[str, Any]:
        """Inquire until the tranche is in this state."""

        async def reached() -> dict[str, Any]:
            answer = await self.post(f"/v1/tranches/{tranche_id}/inquire")
            assert answer.status_code in {200, 409}, answer.text
            found = await self.tranche(tranche_id)
            return found if found["state"] == state else {}

        return await eventually(reached, what=f"tranche {state}")

    async def reconcile(self, channel: str) -> httpx2.Response:
        day = clock.lima_date(clock.now()).isoformat()
        return await self.post("/v1/reconciliations", {"channel": channel, "business_date": day})

    async def tell(self, body: Any, **signing: Any) -> httpx2.Response:
        """Send a signed callback, as Agroideas would."""
        secret = signing.pop("secret", None)
        known = self.settings.agroideas_webhook_secret.get_secret_value()
        at = signing.pop("at", None) or clock.now()
        raw, headers = make.signed(secret or known, body, at=at, **signing)
        return await self.caller.client.post(
            "/v1/partners/agroideas/callbacks", content=raw, headers=headers
        )

    def cut_attempt(self, tranche_id: str, *, minutes: int = 5) -> None:
        """Leave the tranche as a crash between sending and answer would, some time ago."""
        self.rows(
            "UPDATE attempt SET started_at = started_at - make_interval(mins => %s),"
            " outcome = 'sending', ended_at = NULL WHERE tranche_id = %s AND number ="
            " (SELECT max(number) FROM attempt WHERE tranche_id = %s)",
            minutes,
            tranche_id,
            tranche_id,
        )
        self.rows(
            "UPDATE instruction SET state = 'sent' WHERE tranche_id = %s"
            " AND state IN ('acknowledged', 'unknown')",
            tranche_id,
        )

    def attempts(self, tranche_id: str) -> list[str]:
        found = self.rows(
            "SELECT outcome FROM attempt WHERE tranche_id = %s ORDER BY number", tranche_id
        )
        return [row["outcome"] for row in found]

    def cases(self, *references: str) -> list[str]:
        found = self.rows(
            "SELECT kind FROM reconciliation_case WHERE reference = ANY(%s) ORDER BY opened_at",
            list(references),
        )
        return [row["kind"] for row in found]

    # -- the sandbox ----------------------------------------------------------------------------

    async def behave(self, partner: str, mode: str, **options: Any) -> None:
        answer = await self.control.put(f"/control/{partner}", json={"mode": mode, **options})
        assert answer.status_code == 200, answer.text

    async def book(self, reference: str) -> list[dict[str, Any]]:
        answer = await self.control.get("/control/book", params={"reference": reference})
        found: list[dict[str, Any]] = answer.json()
        return found

    async def until_booked(self, reference: str, status: str) -> list[dict[str, Any]]:
        async def reached() -> list[dict[str, Any]]:
            found = await self.book(reference)
            return found if found and {row["status"] for row in found} == {status} else []

        return await eventually(reached, what=f"{reference} {status}")

    # -- the books ------------------------------------------------------------------------------

    async def money(self, call_id: str) -> dict[str, int]:
        """The call's money in céntimos, after the books were found sound."""
        self.check_books()
        view = await self.get(f"/v1/budgets?call_id={call_id}")
        found = {
            name: int(view[name]["amount"].replace(".", ""))
            for name in ("allocated", "available", "committed", "in_transit", "paid_out")
        }
        assert found["allocated"] == sum(found.values()) - found["allocated"]
        assert min(found.values()) >= 0
        return found

    def check_books(self) -> None:
        """Balances are the sums of entries, all sum to zero, each instruct ends at most once."""
        wrong = self.rows(
            "SELECT code, balance_centimos, coalesce(sum(amount_centimos), 0) AS entries"
            " FROM account LEFT JOIN entry ON account_code = code GROUP BY code"
            " HAVING balance_centimos <> coalesce(sum(amount_centimos), 0)"
            " OR (balance_centimos < 0 AND NOT may_overdraw)"
        )
        assert wrong == []
        (total,) = self.rows("SELECT coalesce(sum(balance_centimos), 0) AS total FROM account")
        assert total["total"] == 0
        loose = self.rows(
            "SELECT transfer_id FROM entry GROUP BY transfer_id"
            " HAVING sum(amount_centimos) <> 0 OR count(*) <> 2"
        )
        assert loose == []
        unpaid = self.rows(
            "SELECT reference FROM instruction WHERE (state = 'settled') IS DISTINCT FROM"
            " (SELECT count(*) = 1 FROM transfer AS s WHERE s.kind = 'settle'"
            "  AND s.reference = instruction.reference AND NOT EXISTS"
            "  (SELECT FROM transfer AS r WHERE r.reverses = s.id))"
        )
        assert unpaid == []

    def transfers(self, reference: str) -> list[str]:
        found = self.rows("SELECT kind FROM transfer WHERE reference = %s ORDER BY id", reference)
        return [row["kind"] for row in found]


async def at_once(count: int, make_one: Callable[[int], Awaitable[Any]]) -> Sequence[Any]:
    """The results of so many at the same time."""
    return await asyncio.gather(*(make_one(number) for number in range(count)))
