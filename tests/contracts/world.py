"""All rooms served alone, side by side, on scratch databases, with one application of each stage.

The rooms reach each other over HTTP as in production; only Kafka is left out: the one event that
payments need, the board's decision, is handed to its listener here.
"""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import yaml
from sqlmodel import select

from services.disbursement import service as payments
from services.kernel import clock
from services.kernel.app import create_app
from services.kernel.ids import new_id
from services.kernel.rooms import ROOMS, database_of
from services.kernel.settings import Settings, settings
from services.kernel.values import is_ruc
from services.kernel.work import Principal, Work
from services.notices.listeners import tell
from services.notices.models import Delivery
from tests.factories.notices import received
from tests.support import signing
from tests.support.callers import principal, token_of
from tests.support.databases import name_of, scratch_settings
from tests.support.serving import free_port, own_issuer, served, url_of
from tests.support.stack import ROOT

SEATS: Final = ("midagri", "produce", "mincetur", "mef")
ACTIONS: Final[dict[str, dict[str, str]]] = yaml.safe_load(
    (ROOT / "policies/fund/authz/actions/data.yaml").read_text()
)
_numbers = itertools.count(1)


def ruc() -> str:
    """A RUC with its check digit, another each time."""
    stem = f"20{next(_numbers):08d}"
    return next(found for last in range(10) if is_ruc(found := f"{stem}{last}"))


def money(soles: int) -> dict[str, str]:
    return {"amount": f"{soles}.00", "currency": "PEN"}


def plan() -> dict[str, Any]:
    line = {"line_no": 1, "item": "riego", "description": "Riego tecnificado"}
    parts = {"total": 1000, "agroideas": 600, "agrobanco": 200, "own": 200}
    return {
        "title": "Palta del Mantaro",
        "summary": "Riego y acopio.",
        "budget_lines": [{**line, **{name: money(soles) for name, soles in parts.items()}}],
        "tranches": [
            {"sequence": 1, "channel": channel, "amount": money(soles), "milestone": "Inicio"}
            for channel, soles in (("agroideas", 600), ("agrobanco", 200))
        ],
    }


@dataclass
class World:
    """The rooms' addresses, and what there is in them by the name of its path parameter."""

    settings: Settings
    urls: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    early: dict[str, str] = field(default_factory=dict)
    """A draft application and an open ballot; `ids` names an approved one and a decided one."""
    other: dict[str, str] = field(default_factory=dict)
    """The consortium and the application of somebody else."""

    def client(self, room: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.urls[room], timeout=30, trust_env=False)

    def who(self, action: str) -> Principal:
        """Somebody who may do this, to what the world holds."""
        # Who may it for anybody before who may it for itself: most names are not its own.
        found = sorted(ACTIONS[action].items(), key=lambda item: (item[1] == "own", item[0]))
        role, scope = found[0]
        consortium = self.ids.get("consortium_id") if scope == "consortium" else None
        return principal(
            role,
            sub="midagri-1" if role == "board_member" else f"{action}-caller",
            seat="midagri" if role == "board_member" else None,
            program="agroideas" if role == "partner" else None,
            consortium_id=consortium,
        )

    def bearer(self, by: Principal) -> dict[str, str]:
        return {"Authorization": f"Bearer {token_of(self.settings, by)}"}

    def ask(
        self,
        method: str,
        room: str,
        path: str,
        body: Any = None,
        *,
        by: Principal,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """One request; bytes are sent as JSON as they are, every write has a key of its own."""
        sent = {**self.bearer(by), "Idempotency-Key": new_id("key"), **(headers or {})}
        content: dict[str, Any] = {"json": body} if body is not None else {}
        if isinstance(body, bytes):
            sent = {"Content-Type": "application/json", **sent}
            content = {"content": body}
        with self.client(room) as client:
            return client.request(method, path, headers=sent, **content)

    def made(self, room: str, path: str, body: Any = None, *, by: Principal) -> dict[str, Any]:
        answer = self.ask("POST", room, path, body, by=by)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def world_of(folder: Path) -> Iterator[World]:
    """The rooms, served until the end of the block, with something in each."""
    with ExitStack() as stack:
        here = stack.enter_context(own_issuer(settings(), folder))
        sockets = {room: free_port() for room in ROOMS}
        urls = {room: url_of(listening) for room, listening in sockets.items()}
        here = here.model_copy(update={"room_urls": urls, "registers_url": ""})
        own: dict[str, Settings] = {}
        for room in ROOMS:
            name = name_of(stack.enter_context(scratch_settings(room)))
            url = here.database_url.replace("fund_{room}", name)
            own[room] = here.model_copy(update={"database_url": url})
            stack.enter_context(served(create_app([room], own[room]), sockets[room]))
        world = World(here, urls)
        _fill(world, own["disbursement"])
        world.ids["delivery_id"] = asyncio.run(_told(own["notices"]))
        yield world


def _consortium(world: World) -> str:
    by = principal("secretariat")
    place = {"scheme": "INEI", "code": "120301"}
    firm = {"ruc": ruc(), "legal_name": "Valle Verde S.A.C.", "ruc_state": "ACTIVO"}
    firm |= {"ruc_condition": "HABIDO", "exporting": True, "ubigeo": place}  # type: ignore[dict-item]
    person = {"dni": f"{next(_numbers):08d}", "full_name": "Rosa Quispe", "sex": "F"}
    parcel = {"code": new_id("x"), "area_ha": "1.8000", "crop": "palta", "tenure": "propia"}
    person |= {"born_on": "1984-05-17", "alive": True, "cci": "00219300123456789013"}  # type: ignore[dict-item]
    person |= {"ppa": None, "parcels": [{**parcel, "ubigeo": place}]}  # type: ignore[dict-item]
    anchor = world.made("registry", "/v1/anchor-firms", firm, by=by)["id"]
    producer = world.made("registry", "/v1/producers", person, by=by)["id"]
    member = {"producer_id": producer, "product": "palta", "annual_volume_kg": 9000}
    member |= {"price_formula": "70 % del FOB"}
    body = {"name": f"Consorcio {next(_numbers)}", "anchor_firm_id": anchor, "members": [member]}
    body |= {"cci": "00219300123456789013"}
    world.ids |= {"anchor_firm_id": anchor, "producer_id": producer}
    made: str = world.made("registry", "/v1/consortia", body, by=by)["id"]
    return made


def _application(world: World, call_id: str, consortium_id: str) -> dict[str, Any]:
    by = principal("applicant", consortium_id=consortium_id)
    body = {"call_id": call_id, "consortium_id": consortium_id, "plan": plan()}
    return world.made("applications", "/v1/applications", body, by=by)


def _fill(world: World, money_room: Settings) -> None:
    today = clock.lima_date(clock.now())
    call = {"code": "PALTA-1", "title": "Palta", "instruments": ["agroideas", "agrobanco"]}
    call |= {"envelope": money(1_000_000), "per_producer_cap": money(30_000)}  # type: ignore[dict-item]
    call |= {"opens_on": today.isoformat()}
    call |= {"closes_on": (today + timedelta(days=30)).isoformat()}
    by = principal("secretariat")
    call_id = world.made("applications", "/v1/calls", call, by=by)["id"]
    stranger = _consortium(world)
    world.other = {"consortium_id": stranger}
    world.other["application_id"] = _application(world, call_id, stranger)["id"]
    world.ids |= {"call_id": call_id, "consortium_id": _consortium(world)}
    draft = _application(world, call_id, world.ids["consortium_id"])
    world.ids["application_id"] = draft["id"]
    world.ids["assessment_id"] = _assessed(world)
    world.ids["ballot_id"] = _decided(world, money_room)
    operator = principal("operator")
    body = {"call_id": call_id, "amount": money(100_000)}
    world.made("disbursement", "/v1/budgets", body, by=operator)
    world.early = {"application_id": _early(world, call)}
    world.early["ballot_id"] = _open(world, call)
    wanted = {name: world.ids[name] for name in ("application_id", "ballot_id")}
    agreement = world.made("disbursement", "/v1/agreements", wanted, by=principal("service"))
    world.ids["agreement_id"] = agreement["id"]
    with world.client("disbursement") as client:
        path = f"/v1/tranches?agreement_id={agreement['id']}"
        found = client.get(path, headers=world.bearer(operator)).json()["data"]
    world.ids["tranche_id"] = found[0]["id"]
    _sign(world, f"/v1/agreements/{agreement['id']}", by)


def _sign(world: World, path: str, secretariat: Principal) -> None:
    applicant = principal("applicant", consortium_id=world.ids["consortium_id"])
    for party, by in (("consortium", applicant), ("fund", secretariat)):
        made = world.made(
            "disbursement", "/v1/signer-keys", signing.key_registration(by.sub), by=by
        )
        world.ids["kid"] = made["id"]
        file = world.ask("GET", "disbursement", f"{path}/document/file", by=by).json()
        body = signing.signed_agreement(file, party, by.sub)
        world.made("disbursement", f"{path}/signatures", body, by=by)


def _early(world: World, call: dict[str, Any]) -> str:
    second = {**call, "code": "PALTA-2"}
    by = principal("secretariat")
    call_id = world.made("applications", "/v1/calls", second, by=by)["id"]
    draft: str = _application(world, call_id, world.ids["consortium_id"])["id"]
    return draft


def _open(world: World, call: dict[str, Any]) -> str:
    """A ballot without votes, of a submitted application in a call of its own."""
    by, consortium_id = principal("secretariat"), world.ids["consortium_id"]
    own = world.made("applications", "/v1/calls", {**call, "code": "PALTA-3"}, by=by)
    draft = _application(world, own["id"], consortium_id)
    path = f"/v1/applications/{draft['id']}"
    applicant = principal("applicant", consortium_id=consortium_id)
    return _ballot(world, world.made("applications", f"{path}/submit", by=applicant))


def _ballot(world: World, application: dict[str, Any]) -> str:
    body = {name: application[name] for name in ("consortium_id", "call_id", "dossier_sha256")}
    body["application_id"] = application["id"]
    body["closes_at"] = (clock.now() + timedelta(hours=1)).isoformat()
    made: str = world.made("board", "/v1/ballots", body, by=principal("service"))["id"]
    return made


def _assessed(world: World) -> str:
    service, application_id = principal("service"), world.ids["application_id"]
    path = f"/v1/applications/{application_id}"
    applicant = principal("applicant", consortium_id=world.ids["consortium_id"])
    world.made("applications", f"{path}/submit", by=applicant)
    world.made("applications", f"{path}/take-up", by=service)
    body = {"application_id": application_id}
    assessment_id: str = world.made("eligibility", "/v1/assessments", body, by=service)["id"]
    result = {"assessment_id": assessment_id, "outcome": "eligible", "findings_count": 0}
    world.made("applications", f"{path}/assessment-result", result, by=service)
    evaluation = {"score": 80, "recommendation": "recommend", "reasons": "Viable."}
    by = principal("secretariat", sub="evaluadora")
    world.made("applications", f"{path}/evaluation", evaluation, by=by)
    return assessment_id


def _decided(world: World, money_room: Settings) -> str:
    service, path = principal("service"), f"/v1/applications/{world.ids['application_id']}"
    by = principal("secretariat")
    for seat in SEATS:
        holder = {"holder_sub": f"{seat}-1", "holder_name": seat, "chair": seat == "midagri"}
        assert world.ask("PUT", "board", f"/v1/seats/{seat}", holder, by=by).is_success
    application = world.ask("GET", "applications", path, by=service).json()
    ballot_id = _ballot(world, application)
    ballot = world.ask("GET", "board", f"/v1/ballots/{ballot_id}", by=service).json()
    step = {"to": "in_board", "reference": ballot_id}
    world.made("applications", f"{path}/progress", step, by=service)
    for seat in SEATS:
        sub = f"{seat}-1"
        voter = principal("board_member", sub=sub, seat=seat)
        world.made("board", "/v1/keys", signing.key_registration(sub), by=voter)
        vote = signing.signed_vote(ballot, seat, sub)
        world.made("board", f"/v1/ballots/{ballot_id}/votes", vote, by=voter)
    world.made("board", f"/v1/ballots/{ballot_id}/close", by=service)
    world.made("applications", f"{path}/progress", {**step, "to": "approved"}, by=service)
    package = world.ask("GET", "board", f"/v1/ballots/{ballot_id}/resolution", by=service).json()
    asyncio.run(_keep(package, money_room))
    return ballot_id


async def _told(notices_room: Settings) -> str:
    """A delivery to somebody who has no contact."""
    database = database_of("notices", notices_room)
    event = received("fund.board.ballot.lapsed.v1")

    async def apply(session: Any) -> str:
        by = Principal(sub="notices.deliveries", role="service")
        await tell(Work(session, by, clock.now(), ""), event)
        found: str = (await session.exec(select(Delivery.id))).one()
        return found

    made = await database.run(apply)
    await database.dispose()
    return made


async def _keep(package: dict[str, Any], money_room: Settings) -> None:
    database = database_of("disbursement", money_room)
    listener = Principal(sub="disbursement.resolutions", role="service")

    async def apply(session: Any) -> None:
        await payments.keep_resolution(Work(session, listener, clock.now(), ""), package)

    await database.run(apply)
    await database.dispose()
