"""The bridge: which event becomes which start or signal, and what happens to all others."""

import json
from collections import namedtuple
from typing import Any

import pytest
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from services.kernel.errors import Unavailable
from services.kernel.operations_schemas import ParkingIn
from services.kernel.settings import Settings
from workflows import bridge as b
from workflows import messages as m

Partition = namedtuple("Partition", "topic partition")
Record = namedtuple("Record", "offset key value headers")


class Temporal:
    """Takes starts and signals; fails first as often as told."""

    def __init__(self, failures: list[Exception] | None = None) -> None:
        self.failures = failures or []
        self.done: list[tuple[Any, ...]] = []

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    async def start_workflow(self, name: str, message: Any, **options: Any) -> None:
        self._fail()
        assert options["id_reuse_policy"] == WorkflowIDReusePolicy.REJECT_DUPLICATE
        signal = options["start_signal"]
        self.done.append(("start", options["id"], message.round, signal))

    def get_workflow_handle(self, workflow_id: str) -> "Handle":
        return Handle(self, workflow_id)


class Handle:
    def __init__(self, temporal: Temporal, workflow_id: str) -> None:
        self.temporal = temporal
        self.workflow_id = workflow_id

    async def signal(self, name: str, fact: Any, **_: Any) -> None:
        self.temporal._fail()
        self.temporal.done.append(("signal", self.workflow_id, name, fact))


class Letters:
    """The rooms: they keep what they are told, and are away first as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.kept: list[tuple[str, dict[str, str]]] = []
        self.keys: set[str] = set()

    async def tell(self, room: str, path: str, body: dict[str, str], *, key: str) -> None:
        assert path == f"/v1/operations/{room}/dead-letters"
        self.keys.add(key)
        if self.failures:
            self.failures -= 1
            raise Unavailable("kernel.neighbour_unavailable", "No responde.")
        ParkingIn.model_validate(body)
        self.kept.append((room, body))


def event(kind: str, subject: str, data: dict[str, Any], **more: Any) -> bytes:
    return json.dumps(
        {
            "id": f"evt_{kind}",
            "source": "/fund/x",
            "type": f"fund.{kind}.v1",
            "subject": subject,
            "time": "2026-12-02T02:00:00Z",
            "datacontenttype": "application/json",
            "specversion": "1.0",
            "aggregateversion": 1,
            "requestid": "r",
            "data": data,
            **more,
        }
    ).encode()


def build(temporal: Temporal, letters: Letters, *, stopping: bool = False) -> b.Bridge:
    client: Any = temporal
    rooms: Any = letters
    return b.Bridge(client, rooms, Settings(), until=lambda: stopping)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(b, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(b, "NOT_YET_PAUSES_S", (0.001, 0.001))


SUBMITTED = {"application_id": "app_1", "round": 1}
OF_APPLICATION = {"application_id": "app_1"}


@pytest.mark.parametrize(
    ("value", "done"),
    [
        (
            event("applications.application.submitted", "app_1", SUBMITTED),
            ("start", "application/app_1", 1, None),
        ),
        (
            event("applications.application.submitted", "app_1", {**SUBMITTED, "round": 2}),
            ("start", "application/app_1", 2, "application_submitted"),
        ),
        (
            event(
                "applications.application.evaluated",
                "app_1",
                {**OF_APPLICATION, "recommendation": "recommend", "score": 80},
            ),
            (
                "signal",
                "application/app_1",
                "evaluated",
                m.ApplicationEvaluated("evt_applications.application.evaluated", "recommend"),
            ),
        ),
        (
            event("applications.application.amendment_waived", "app_1", OF_APPLICATION),
            (
                "signal",
                "application/app_1",
                "amendment_waived",
                m.AmendmentWaived("evt_applications.application.amendment_waived"),
            ),
        ),
        (
            event("applications.application.withdrawn", "app_1", OF_APPLICATION),
            (
                "signal",
                "application/app_1",
                "withdrawn",
                m.ApplicationWithdrawn("evt_applications.application.withdrawn"),
            ),
        ),
        (
            event("board.vote.cast", "bal_1", {"ballot_id": "bal_1", "complete": True}),
            ("signal", "ballot/bal_1", "vote_cast", m.SeatsMoved("evt_board.vote.cast", True)),
        ),
        (
            event("board.seat.recused", "bal_1", {"ballot_id": "bal_1", "complete": True}),
            (
                "signal",
                "ballot/bal_1",
                "seat_recused",
                m.SeatsMoved("evt_board.seat.recused", True),
            ),
        ),
        (
            event(
                "disbursement.agreement.signed",
                "agr_1",
                {"agreement_id": "agr_1", "application_id": "app_1"},
                applicationid="app_1",
            ),
            (
                "signal",
                "application/app_1",
                "agreement_signed",
                m.AgreementSigned("evt_disbursement.agreement.signed", "agr_1"),
            ),
        ),
        (
            event(
                "disbursement.tranche.released",
                "tra_1",
                {"tranche_id": "tra_1"},
                applicationid="app_1",
            ),
            (
                "signal",
                "application/app_1",
                "tranche_released",
                m.TrancheReleased("evt_disbursement.tranche.released", "tra_1"),
            ),
        ),
        (
            event("disbursement.tranche.returned", "tra_1", {"tranche_id": "tra_1"}),
            (
                "signal",
                "tranche/tra_1",
                "tranche_settled",
                m.TrancheSettled(
                    "evt_disbursement.tranche.returned", "returned", "tra_1", "2026-12-01"
                ),
            ),
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
async def test_an_event_reaches_its_workflow(value: bytes, done: tuple[Any, ...]) -> None:
    temporal, letters = Temporal(), Letters()
    await build(temporal, letters).take("t/0@1", b"k", value)
    assert temporal.done == [done]
    assert letters.kept == []


@pytest.mark.parametrize(
    "value",
    [
        event("board.vote.cast", "bal_1", {"ballot_id": "bal_1", "complete": False}),
        event("board.ballot.opened", "bal_1", {"ballot_id": "bal_1"}),
    ],
    ids=["incomplete", "not_ours"],
)
async def test_what_no_workflow_waits_for_is_left(value: bytes) -> None:
    temporal, letters = Temporal(), Letters()
    await build(temporal, letters).take("t/0@1", b"k", value)
    assert (temporal.done, letters.kept) == ([], [])


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"no json",
        b"[" * 100_000,
        b'{"type": "x"}',
        event("applications.application.submitted", "app_1", {"application_id": "app_1"}),
        event("applications.application.submitted", "app_1", {**SUBMITTED, "round": "many"}),
        event("disbursement.tranche.released", "tra_1", {"tranche_id": "tra_1"}),
    ],
    ids=["empty", "not_json", "deep", "no_event", "no_round", "round_no_number", "no_application"],
)
@pytest.mark.parametrize(
    ("key", "known_as"),
    [(b"app_1", "app_1"), (b"", "fund.board.v1:0:7"), (b"\xff No id", "fund.board.v1:0:7")],
    ids=["of_ours", "none", "of_a_stranger"],
)
async def test_what_cannot_be_read_is_told_to_its_room_as_a_dead_letter(
    value: bytes, key: bytes, known_as: str
) -> None:
    temporal, letters = Temporal(), Letters(failures=2)
    await build(temporal, letters).take("fund.board.v1:0:7", key, value)
    assert temporal.done == []
    [(room, kept)] = letters.kept
    assert (room, kept["consumer"]) == ("board", "workflows.bridge")
    assert kept["aggregate_id"] == known_as
    assert kept["reason"].startswith("fund.board.v1:0:7: ")
    assert len(letters.keys) == 1


async def test_without_temporal_the_event_waits_and_is_not_skipped() -> None:
    outage: list[Exception] = [
        RPCError("gone", RPCStatusCode.UNAVAILABLE, b""),
        RPCError("late", RPCStatusCode.DEADLINE_EXCEEDED, b""),
        RPCError("Namespace default is not found.", RPCStatusCode.NOT_FOUND, b""),
    ]
    temporal = Temporal(outage)
    value = event("applications.application.withdrawn", "app_1", OF_APPLICATION)
    await build(temporal, Letters()).take("t/0@1", b"k", value)
    assert len(temporal.done) == 1


async def test_a_process_that_is_to_end_does_not_wait_for_temporal() -> None:
    temporal = Temporal([RPCError("gone", RPCStatusCode.UNAVAILABLE, b"")])
    value = event("applications.application.withdrawn", "app_1", OF_APPLICATION)
    with pytest.raises(b.Stopping):
        await build(temporal, Letters(), stopping=True).take("t/0@1", b"k", value)
    assert temporal.done == []


async def test_a_vote_that_overtakes_its_ballots_workflow_is_told_a_moment_later() -> None:
    temporal = Temporal([RPCError("workflow not found", RPCStatusCode.NOT_FOUND, b"")] * 2)
    value = event("board.vote.cast", "bal_1", {"ballot_id": "bal_1", "complete": True})
    await build(temporal, Letters()).take("t/0@1", b"k", value)
    assert len(temporal.done) == 1


@pytest.mark.parametrize(
    ("message", "tries"),
    [("workflow not found for ID: x", 3), ("workflow execution already completed", 1)],
)
async def test_a_fact_for_no_workflow_is_counted_and_left(message: str, tries: int) -> None:
    failures: list[Exception] = [RPCError(message, RPCStatusCode.NOT_FOUND, b"")] * 5
    temporal = Temporal(failures)
    value = event("board.vote.cast", "bal_1", {"ballot_id": "bal_1", "complete": True})
    counter = b.IGNORED.labels("fund.board.vote.cast.v1")
    before = counter._value.get()
    await build(temporal, Letters()).take("t/0@1", b"k", value)
    assert counter._value.get() == before + 1
    assert len(failures) == 5 - tries
    assert temporal.done == []


async def test_a_second_delivery_of_a_submission_starts_nothing() -> None:
    temporal = Temporal([WorkflowAlreadyStartedError("application/app_1", "FundingApplication")])
    value = event("applications.application.submitted", "app_1", SUBMITTED)
    letters = Letters()
    await build(temporal, letters).take("t/0@1", b"k", value)
    assert (temporal.done, letters.kept) == ([], [])


async def test_what_temporal_refuses_as_such_goes_to_the_dead_letters() -> None:
    temporal = Temporal([RPCError("id too long", RPCStatusCode.INVALID_ARGUMENT, b"")])
    value = event("applications.application.withdrawn", "app_1", OF_APPLICATION)
    letters = Letters()
    await build(temporal, letters).take("fund.applications.v1:0:1", b"app_1", value)
    [(room, kept)] = letters.kept
    assert (room, kept["aggregate_id"]) == ("applications", "app_1")
    assert kept["reason"].endswith("Temporal refuses it: id too long")


async def test_a_process_that_is_to_end_does_not_wait_for_a_room_and_commits_nothing() -> None:
    letters = Letters(failures=9)
    with pytest.raises(b.Stopping):
        await build(Temporal(), letters, stopping=True).take("fund.board.v1:0:7", b"k", b"no json")
    assert letters.kept == []


async def test_the_events_of_a_key_keep_their_order() -> None:
    temporal = Temporal()
    partition = Partition("fund.applications.v1", 0)
    records = []
    for offset in range(20):
        application_id = f"app_{offset % 2}"
        data = {"application_id": application_id, "round": 2 + offset}
        value = event("applications.application.submitted", application_id, data)
        records.append(Record(offset, application_id.encode(), value, []))
    await build(temporal, Letters()).carry({partition: records})
    for number in (0, 1):
        rounds = [done[2] for done in temporal.done if done[1] == f"application/app_{number}"]
        assert rounds == sorted(rounds)
        assert len(rounds) == 10
    assert b.next_offsets({partition: records})[partition].offset == 20


async def test_a_session_s_workflow_is_started_once() -> None:
    class Sessions(Temporal):
        async def start_workflow(self, name: str, message: Any, **options: Any) -> None:
            self._fail()
            self.done.append((name, options["id"], message.session_id))

    hour = "2026-12-07T15:00:00Z"
    hours = ("reminder_at", "first_call_at", "second_call_at", "voting_closes_at")
    data = {"session_id": "ses_1", **dict.fromkeys(hours, hour)}
    temporal, letters = Sessions(), Letters()
    bridge = build(temporal, letters)
    value = event("board.session.convened", "ses_1", data)
    await bridge.take("t/0@1", b"k", value)
    temporal.failures.append(WorkflowAlreadyStartedError("session/ses_1", "BoardSession"))
    await bridge.take("t/0@1", b"k", value)
    assert temporal.done == [("BoardSession", "session/ses_1", "ses_1")]
    assert letters.kept == []


@pytest.mark.parametrize("running", [False, True])
async def test_a_release_after_the_applications_end_is_paid_by_its_own_workflow(
    *, running: bool
) -> None:
    class Ended(Temporal):
        async def start_workflow(self, name: str, message: Any, **options: Any) -> None:
            if running:
                raise WorkflowAlreadyStartedError(options["id"], name)
            self.done.append((name, options["id"], message))

    over = RPCError("workflow execution already completed", RPCStatusCode.NOT_FOUND, b"")
    temporal, letters = Ended([over]), Letters()
    kind = "disbursement.tranche.released"
    value = event(kind, "tra_1", {"tranche_id": "tra_1"}, applicationid="app_1")
    await build(temporal, letters).take("t/0@1", b"k", value)
    told = m.TrancheInput("tra_1", "app_1", release_id=f"evt_{kind}")
    expected = [] if running else [("TrancheDisbursement", "tranche/tra_1", told)]
    assert (temporal.done, letters.kept) == (expected, [])
