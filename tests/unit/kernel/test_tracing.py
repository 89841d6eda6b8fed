"""Which trace a span stands in, and under which parent: told only at the end of a unit of work."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence

import pytest

from services.kernel import tracing
from services.kernel.errors import Conflict
from services.kernel.tracing import Finished, Place

APPLICATION, OTHER = "app_01k9zq4v7hf8qbn0w2d5r6t3ye", "app_01k9zq5a2bf8qbn0w2d5r6t3ye"
STRANGE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def told() -> Iterator[list[Finished]]:
    """What is exported while the test runs."""
    found: list[Finished] = []

    def keep(spans: Sequence[Finished]) -> None:
        found.extend(spans)

    tracing.export_to(keep)
    yield found
    tracing.export_to(None)


def request(traceparent: str | None = None, claim: str | None = None) -> tracing.Unit:
    """A request of somebody that is not known yet."""
    unit = tracing.new_unit("http", "GET", traceparent=traceparent, claim=claim, trusted=False)
    tracing.enter(unit)
    return unit


def test_the_trace_id_is_half_of_the_hash_of_the_applications_id() -> None:
    digest = hashlib.sha256(APPLICATION.encode()).hexdigest()
    root = tracing.root_of(APPLICATION)
    assert f"{root.trace_id:032x}{root.span_id:016x}" == digest[:48]


@pytest.mark.parametrize(
    "text",
    ["", None, "00-0-0-01", STRANGE + "0", STRANGE.replace("00f067aa0ba902b7", "0" * 16), "ñ"],
)
def test_a_malformed_traceparent_is_none(text: str | None) -> None:
    assert tracing.place_of(text) is None


def test_a_place_is_read_as_it_is_written() -> None:
    place = tracing.place_of(STRANGE)
    assert place is not None
    assert place.traceparent() == STRANGE


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (f"fund={APPLICATION}", APPLICATION),
        (f"other=1, fund={APPLICATION}", APPLICATION),
        ("fund=app_1", None),
        (f"fund={APPLICATION}x", None),
        (f"fond={APPLICATION}", None),
        (None, None),
    ],
)
def test_the_application_of_a_tracestate(state: str | None, found: str | None) -> None:
    assert tracing.application_in(state) == found


def test_the_request_that_drafts_an_application_is_its_root(told: list[Finished]) -> None:
    unit = request(STRANGE)
    with tracing.span("opa", "before it is known"):
        pass
    tracing.begin(APPLICATION)
    tracing.finish(unit)
    root, inner = told
    assert root.place == tracing.root_of(APPLICATION)
    assert root.parent_id is None
    assert root.links == (tracing.place_of(STRANGE),)
    assert inner.place.trace_id == root.place.trace_id
    assert inner.parent_id == root.place.span_id


def test_a_later_request_stands_under_the_root_and_links_its_caller(told: list[Finished]) -> None:
    unit = request(STRANGE)
    tracing.about(APPLICATION)
    tracing.about(OTHER)
    tracing.finish(unit)
    (found,) = told
    begun = tracing.root_of(APPLICATION)
    assert (found.place.trace_id, found.parent_id) == (begun.trace_id, begun.span_id)
    assert found.links == (tracing.place_of(STRANGE),)


def test_a_stranger_cannot_put_a_span_under_any_other(told: list[Finished]) -> None:
    forged = Place(tracing.root_of(APPLICATION).trace_id, 7)
    unit = request(forged.traceparent(), claim=APPLICATION)
    tracing.about(APPLICATION)
    tracing.finish(unit)
    assert told[0].parent_id == tracing.root_of(APPLICATION).span_id
    assert told[0].links == (forged,)


def test_a_strangers_word_on_the_application_counts_for_nothing(told: list[Finished]) -> None:
    tracing.finish(request(STRANGE, claim=APPLICATION))
    (found,) = told
    assert found.application_id is None
    assert found.place.trace_id == int(STRANGE[3:35], 16)


def test_a_refused_request_stays_outside_of_the_trace_that_it_named(told: list[Finished]) -> None:
    unit = request()
    tracing.about(APPLICATION)
    unit.refused = True
    tracing.finish(unit)
    assert told[0].application_id is None
    assert told[0].place.trace_id != tracing.root_of(APPLICATION).trace_id


def test_what_a_person_reads_is_linked_to_the_way_and_no_step_of_it(told: list[Finished]) -> None:
    unit = request(STRANGE)
    unit.reads = True
    tracing.about(APPLICATION)
    assert tracing.outgoing().keys() == {"traceparent"}
    tracing.finish(unit)
    (found,) = told
    assert (found.application_id, found.place.trace_id) == (APPLICATION, int(STRANGE[3:35], 16))
    assert found.links == (tracing.root_of(APPLICATION),)


def test_what_a_service_reads_is_a_step(told: list[Finished]) -> None:
    unit = request(tracing.root_of(APPLICATION).traceparent(), claim=APPLICATION)
    unit.reads = True
    tracing.trust()
    tracing.finish(unit)
    assert told[0].parent_id == tracing.root_of(APPLICATION).span_id


def test_who_was_asked_before_the_application_was_known_has_a_parent(
    told: list[Finished],
) -> None:
    unit = request()
    with tracing.span("room", "read registry"):
        asked = tracing.place_of(tracing.outgoing()["traceparent"])
    tracing.begin(APPLICATION)
    tracing.finish(unit)
    root, real, there = told
    assert there.place == asked
    assert there.parent_id is None
    assert there.links == (real.place,)
    assert real.place.trace_id == root.place.trace_id == tracing.root_of(APPLICATION).trace_id


def test_our_own_services_word_makes_the_caller_the_parent(told: list[Finished]) -> None:
    caller = Place(tracing.root_of(APPLICATION).trace_id, 7)
    unit = request(caller.traceparent(), claim=APPLICATION)
    tracing.trust()
    assert tracing.ids().application_id == APPLICATION
    tracing.finish(unit)
    assert (told[0].place.trace_id, told[0].parent_id, told[0].links) == (caller.trace_id, 7, ())


def test_what_is_about_no_application_goes_on_in_its_callers_trace(told: list[Finished]) -> None:
    with tracing.unit_of("kafka", "apply", application_id=None, traceparent=STRANGE):
        outgoing = tracing.outgoing()
    assert f"00-{told[0].place.trace_id:032x}" == STRANGE[:35]
    assert f"{told[0].parent_id:016x}" == STRANGE[36:52]
    assert outgoing == {"traceparent": told[0].place.traceparent()}


def test_events_stand_under_the_span_that_wrote_them_once_it_is_committed(
    told: list[Finished],
) -> None:
    unit = request()
    first, second = (tracing.traceparent_of_event(APPLICATION) for _ in range(2))
    tracing.outbox_written()
    tracing.finish(unit)
    root, written = told
    assert first == second == written.place.traceparent()
    assert (written.span.kind, written.parent_id) == ("outbox", root.place.span_id)
    assert root.parent_id == tracing.root_of(APPLICATION).span_id


def test_what_was_rolled_back_was_never_told(told: list[Finished]) -> None:
    unit = request()
    tracing.traceparent_of_event(APPLICATION)
    tracing.finish(unit)
    assert [found.span.kind for found in told] == ["http"]
    assert told[0].application_id is None


def test_a_request_that_tells_of_several_applications_belongs_to_none(
    told: list[Finished],
) -> None:
    unit = request()
    for application_id in (APPLICATION, OTHER):
        tracing.traceparent_of_event(application_id)
    tracing.outbox_written()
    tracing.finish(unit)
    root, *written = told
    assert root.application_id is None
    for found in written:
        assert found.application_id is not None
        begun = tracing.root_of(found.application_id)
        assert (found.place.trace_id, found.parent_id) == (begun.trace_id, begun.span_id)
        assert found.links == (root.place,)
    assert {found.application_id for found in written} == {APPLICATION, OTHER}


def test_spans_side_by_side_keep_their_own_parents(told: list[Finished]) -> None:
    async def ask(name: str) -> None:
        with tracing.span("opa", name):
            await asyncio.sleep(0)
            with tracing.span("room", f"under {name}"):
                await asyncio.sleep(0)

    async def both() -> None:
        with tracing.unit_of("activity", "x", application_id=APPLICATION):
            await asyncio.gather(ask("a"), ask("b"))

    asyncio.run(both())
    ids = {found.place.span_id: found.span.name for found in told}
    parents = {found.span.name: ids.get(found.parent_id or 0) for found in told}
    assert parents == {"x": None, "a": "x", "b": "x", "under a": "a", "under b": "b"}


def test_a_refusal_is_kept_by_its_code_and_without_its_sentence(told: list[Finished]) -> None:
    refusal = Conflict("board.seat_taken", "Ana Quispe ya votó.")
    with (
        pytest.raises(Conflict),
        tracing.unit_of("activity", "x", application_id=APPLICATION),
        tracing.span("opa", "y"),
    ):
        raise refusal
    assert [found.span.error for found in told] == [("board.seat_taken", "")] * 2


def test_partners_learn_the_place_and_not_the_application(told: list[Finished]) -> None:
    with tracing.unit_of("activity", "x", application_id=APPLICATION):
        assert tracing.outgoing()["tracestate"] == f"fund={APPLICATION}"
        assert tracing.outgoing(outside=True).keys() == {"traceparent"}


def test_a_unit_keeps_so_many_spans_and_tells_how_many_it_dropped(
    told: list[Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "SPANS_MAX", 3)
    with tracing.unit_of("activity", "x", application_id=APPLICATION):
        for _ in range(5):
            with tracing.span("opa", "y"), tracing.span("opa", "z"):
                pass
    known = {found.place.span_id for found in told}
    assert len(told) == 3
    assert told[0].span.facts["dropped_spans"] == 8
    assert all(found.parent_id in known for found in told[1:])


def test_without_an_exporter_only_the_ids_for_the_logs_are_kept() -> None:
    assert not tracing.is_on()
    with tracing.unit_of("kafka", "x", application_id=APPLICATION, request_id="evt_1") as unit:
        with tracing.span("opa", "y") as span:
            assert span is None
        assert unit.spans is None
        assert tracing.outgoing() == {}
        assert tracing.traceparent_of_event(APPLICATION) is None
        found = tracing.ids()
    assert found.application_id == APPLICATION
    assert found.trace_id == f"{tracing.root_of(APPLICATION).trace_id:032x}"
    assert (found.request_id, found.span_id) == ("evt_1", None)
