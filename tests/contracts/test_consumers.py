"""Who asks a room asks what it promises and can read what it promises: rooms and workflows alike.

Each consumer talks to rooms made of their documents alone: a request must fit the operation, and
the answer is the document's own example.
"""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from temporalio.testing import ActivityEnvironment

from services.disbursement.api import _in_centimos
from services.eligibility.facts import RoomFacts
from services.kernel.errors import Unavailable
from services.kernel.openapi import operations
from services.kernel.rooms import ROOMS
from services.kernel.settings import Settings
from workflows import messages as m
from workflows.activities.applications import ApplicationsActivities
from workflows.activities.board import BoardActivities
from workflows.activities.disbursement import DisbursementActivities
from workflows.activities.eligibility import EligibilityActivities
from workflows.clients import Rooms

pytestmark = pytest.mark.serverless

SUFFIX = "01k9v1q0m5f3tt0p6k1s9w2r4e"
APPLICATION, BALLOT, TRANCHE = (f"{prefix}_{SUFFIX}" for prefix in ("app", "bal", "tra"))
CONSORTIUM, CALL = f"con_{SUFFIX}", f"cal_{SUFFIX}"
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


class PromisedRooms:
    """All rooms as their documents describe them."""

    def __init__(self, documents: dict[str, dict[str, Any]]) -> None:
        self.documents = documents
        self.asked: list[str] = []
        resources = [
            (f"urn:{room}", Resource(contents=document, specification=DRAFT202012))
            for room, document in documents.items()
        ]
        self._registry: Registry[Any] = Registry().with_resources(resources)

    def settings(self) -> Settings:
        return Settings(room_urls={room: f"http://{room}" for room in ROOMS})

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Check a request against its operation; answer with the documented example."""
        if request.url.path == "/token":
            return httpx2.Response(200, json={"access_token": "t", "expires_in": 3600})
        room, method = request.url.host, request.method.lower()
        operation, values = self._operation(room, method, request.url.path)
        self.asked.append(operation["operationId"])
        given = {
            "path": values,
            "query": dict(request.url.params),
            "header": {name.title(): value for name, value in request.headers.items()},
        }
        for parameter in operation.get("parameters", []):
            value = given[parameter["in"]].get(parameter["name"])
            assert value is not None or not parameter["required"], parameter["name"]
            if value is not None and parameter["schema"].get("type") == "string":
                self._check(room, parameter["schema"], value)
        unknown = set(given["query"]) - {p["name"] for p in operation.get("parameters", [])}
        assert not unknown, f"{operation['operationId']} has no {unknown}"
        wanted = operation.get("requestBody")
        assert bool(wanted) is bool(request.content), operation["operationId"]
        if wanted:
            schema = wanted["content"]["application/json"]["schema"]
            self._check(room, schema, json.loads(request.content))
        return self._example(operation)

    async def read(self, room: str, path: str) -> dict[str, Any]:
        """As `Neighbours.read`."""
        found: dict[str, Any] = self.answer(httpx2.Request("GET", f"http://{room}{path}")).json()
        return found

    def _operation(
        self, room: str, method: str, path: str
    ) -> tuple[dict[str, Any], dict[str, str]]:
        for template, verb, operation in operations(self.documents[room]):
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
            if verb == method and found:
                return operation, found.groupdict()
        raise AssertionError(f"{room} has no {method} {path}")

    def _check(self, room: str, schema: dict[str, Any], value: Any) -> None:
        if "$ref" in schema:
            schema = {"$ref": f"urn:{room}{schema['$ref']}"}
        Draft202012Validator(schema, registry=self._registry).validate(value)

    @staticmethod
    def _example(operation: dict[str, Any]) -> httpx2.Response:
        status = next(status for status in operation["responses"] if status < "300")
        content = operation["responses"][status]["content"]["application/json"]
        return httpx2.Response(int(status), json=content["example"])


@pytest.fixture
def promised(documents: dict[str, dict[str, Any]]) -> PromisedRooms:
    return PromisedRooms(documents)


def rooms(promised: PromisedRooms) -> Rooms:
    return Rooms(promised.settings(), httpx2.MockTransport(promised.answer))


Act = Callable[[Rooms], tuple[Callable[..., Awaitable[Any]], Any]]
ACTS: dict[str, Act] = {
    "assess": lambda r: (EligibilityActivities(r).assess, m.AssessInput(APPLICATION, 1, NOW)),
    "progress": lambda r: (
        ApplicationsActivities(r).progress,
        m.ProgressInput(APPLICATION, [m.Move("deferred", BALLOT, "Sin quórum.")]),
    ),
    "open_ballot": lambda r: (
        BoardActivities(r).open_ballot,
        m.OpenBallotInput(APPLICATION, CONSORTIUM, CALL, "ab" * 32, NOW, 5),
    ),
    "close_ballot": lambda r: (BoardActivities(r).close_ballot, m.CloseBallotInput(BALLOT, 1)),
    "second_call": lambda r: (BoardActivities(r).second_call, m.SecondCallInput(BALLOT, NOW)),
    "draft_agreement": lambda r: (
        DisbursementActivities(r).record_approval_and_draft,
        m.DraftAgreementInput(APPLICATION, BALLOT, NOW, 30),
    ),
    "instruct": lambda r: (
        DisbursementActivities(r).instruct,
        m.InstructInput(TRANCHE, f"evt_{SUFFIX}"),
    ),
    "inquire": lambda r: (
        DisbursementActivities(r).inquire,
        m.InquireInput(TRANCHE, f"evt_{SUFFIX}", 1),
    ),
    "reconcile": lambda r: (
        DisbursementActivities(r).reconcile,
        m.ReconcileInput(TRANCHE, f"evt_{SUFFIX}", "agroideas", "2026-03-02", 1),
    ),
}


@pytest.mark.parametrize("name", ACTS)
async def test_an_activity_asks_what_rooms_promise_and_reads_their_examples(
    promised: PromisedRooms, name: str
) -> None:
    activity, message = ACTS[name](rooms(promised))
    await ActivityEnvironment().run(activity, message)
    assert promised.asked


async def test_eligibility_reads_the_applications_and_the_registrys_answers(
    promised: PromisedRooms,
) -> None:
    facts = RoomFacts(promised)  # type: ignore[arg-type]
    application = await facts.application(APPLICATION)
    dossier = await facts.dossier(application, as_of=date(2026, 3, 2))
    assert dossier.question
    assert len(promised.asked) == 3


async def test_a_field_that_goes_away_is_noticed(promised: PromisedRooms) -> None:
    for _, _, operation in operations(promised.documents["registry"]):
        if operation["operationId"] == "registry_read_facts":
            operation = json.loads(json.dumps(operation))
            told = operation["responses"]["200"]["content"]["application/json"]["example"]
            told["members"][0].pop("total_area_ha")
            item = promised.documents["registry"]["paths"]["/v1/consortia/{consortium_id}/facts"]
            kept, item["get"] = item["get"], operation
    try:
        facts = RoomFacts(promised)  # type: ignore[arg-type]
        application = await facts.application(APPLICATION)
        with pytest.raises(Unavailable):
            await facts.dossier(application, as_of=date(2026, 3, 2))
    finally:
        item["get"] = kept


async def test_payments_read_the_plan_and_the_members_that_rooms_tell(
    promised: PromisedRooms,
) -> None:
    application = await promised.read("applications", f"/v1/applications/{APPLICATION}")
    told = _in_centimos(application["plan"])
    assert all(isinstance(tranche["amount_centimos"], int) for tranche in told["tranches"])
    assert {"id", "call_id", "consortium_id", "state", "dossier_sha256"} <= set(application)
    facts = await promised.read("registry", f"/v1/consortia/{CONSORTIUM}/facts")
    assert {"name", "cci"} <= set(facts["consortium"])
    assert all({"full_name", "dni", "cci"} <= set(member) for member in facts["members"])


async def test_a_request_that_the_document_forbids_is_noticed(promised: PromisedRooms) -> None:
    asked = rooms(promised)
    for path, body in (
        ("/v1/ballots/bal_1/close", None),
        (f"/v1/ballots/{BALLOT}/close", {"why": "x"}),
        (f"/v1/ballots/{BALLOT}/second-call", {"closes_at": 5}),
        ("/v1/ballot", None),
    ):
        with pytest.raises(Exception, match=r".+") as caught:
            await ActivityEnvironment().run(_post, asked, path, body)
        assert type(caught.value).__name__ in ("AssertionError", "ValidationError")


async def _post(asked: Rooms, path: str, body: Any) -> Any:
    return await asked.post("board", path, body, step="s", counter=1)
