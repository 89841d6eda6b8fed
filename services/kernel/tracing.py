"""One trace an application: what a request, message or activity is about, and its spans.

An application's way takes days and many requests, so its trace id is derived and not handed on:
the first half of SHA-256 of its id; its root span, the request that drafted it, has the next eight
bytes. A unit of work gathers its spans and learns on the way which application it is about; only at
its end are they placed in that trace and exported. Without an exporter (`export_to`) a unit keeps
the application's id for the logs and no spans.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from services.kernel import clock
from services.kernel.errors import FundError
from services.kernel.ids import SUFFIX_PATTERN

Fact = str | int | bool

APPLICATION_ID: Final = re.compile(f"(?<![0-9a-z_])app_{SUFFIX_PATTERN}(?![0-9a-z_])")
SPANS_MAX: Final = 2_000
"""Spans of a unit past these are counted and dropped."""
ERROR_LENGTH: Final = 300
_TRACEPARENT: Final = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_STATE: Final = "fund="
"""Our entry of `tracestate`: which application the caller's work is about."""


@dataclass(frozen=True, slots=True)
class Place:
    """A span's trace and id."""

    trace_id: int
    span_id: int

    def traceparent(self) -> str:
        """As W3C Trace Context writes it, sampled."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-01"


def place_of(traceparent: str | None) -> Place | None:
    """The place that a `traceparent` names; None when there is none or it is not well formed."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None:
        return None
    place = Place(int(found[1], 16), int(found[2], 16))
    return place if place.trace_id and place.span_id else None


@lru_cache(maxsize=4096)
def root_of(application_id: str) -> Place:
    """Where an application's trace begins."""
    digest = hashlib.sha256(application_id.encode()).digest()
    return Place(int.from_bytes(digest[:16]), int.from_bytes(digest[16:24]))


@dataclass(slots=True, eq=False)
class Span:
    """A piece of work with its beginning and end, in nanoseconds since 1970."""

    kind: str
    name: str
    parent: "Span | None"
    facts: dict[str, Fact]
    span_id: int = field(default_factory=lambda: secrets.randbits(64) or 1)
    started_ns: int = field(default_factory=clock.now_ns)
    ended_ns: int = 0
    error: tuple[str, str] | None = None
    """The error's type or code, and what it says."""

    def fail(self, error: BaseException) -> None:
        """Keep what went wrong; of a refusal only its code, since its sentence names people."""
        code = error.code if isinstance(error, FundError) else getattr(error, "type", None)
        if isinstance(code, str):
            self.error = (code, "")
        else:
            self.error = (type(error).__name__, str(error)[:ERROR_LENGTH])


@dataclass(frozen=True, slots=True)
class Finished:
    """A span with its final place; `parent_id` is None for a root."""

    span: Span
    place: Place
    parent_id: int | None
    links: tuple[Place, ...]
    application_id: str | None


@dataclass(slots=True, eq=False)
class Unit:
    """One request, message or activity."""

    first: Span
    application_id: str | None = None
    request_id: str = ""
    caller: Place | None = None
    claim: str | None = None
    """The application that the caller names; believed once the caller is known for ours."""
    trusted: bool = False
    begins: bool = False
    """Whether the application was drafted by it."""
    refused: bool = False
    reads: bool = False
    """Whether it changes nothing: a person's look is no step of the way, and people look often."""
    trace_id: int = field(default_factory=lambda: secrets.randbits(128) or 1)
    """Of a unit that is about no application, or about several."""
    spans: list[Span] | None = None
    dropped: int = 0
    told: dict[str, Span] = field(default_factory=dict)
    """By application: the span under which its events were written to the outbox."""
    written: set[str] = field(default_factory=set)
    asking: list[Span] = field(default_factory=list)
    """Spans under which others were asked before the application was known."""

    @property
    def way(self) -> str | None:
        """The application whose way it is a step of, as far as is known by now."""
        outside = (self.reads or self.refused) and not self.trusted
        return None if outside else self.application_id

    def place(self, span: Span) -> Place:
        """Where the span stands, as far as is known by now."""
        if self.way is not None:
            return Place(root_of(self.way).trace_id, span.span_id)
        trace_id = self.caller.trace_id if self.caller else self.trace_id
        return Place(trace_id, span.span_id)


Sink = Callable[[Sequence[Finished]], None]
_sink: Sink | None = None
_HERE: ContextVar[tuple[Unit, Span] | None] = ContextVar("fund_unit", default=None)
_NOTHING: Final = nullcontext()


def export_to(sink: Sink | None) -> None:
    """Switch tracing on, or off with None; a sink must not raise and not block."""
    global _sink
    _sink = sink


def is_on() -> bool:
    """Whether spans are exported."""
    return _sink is not None


def new_unit(
    kind: str,
    name: str,
    *,
    application_id: str | None = None,
    request_id: str = "",
    traceparent: str | None = None,
    claim: str | None = None,
    trusted: bool = True,
    facts: dict[str, Fact] | None = None,
) -> Unit:
    """A unit that begins now; `finish` ends it. A traceparent of the same application becomes the
    parent when the caller is trusted, any other one a link."""
    unit = Unit(Span(kind, name, None, facts or {}), application_id, request_id, trusted=trusted)
    if _sink is not None:
        unit.spans = [unit.first]
        unit.caller, unit.claim = place_of(traceparent), claim
    return unit


def enter(unit: Unit) -> None:
    """Make it what the present context works at."""
    _HERE.set((unit, unit.first))


def finish(unit: Unit) -> None:
    """End the unit and export its spans."""
    if unit.spans is not None and _sink is not None:
        unit.first.ended_ns = unit.first.ended_ns or clock.now_ns()
        _sink(list(_placed(unit)))
        unit.spans = None


@contextmanager
def unit_of(
    kind: str,
    name: str,
    *,
    application_id: str | None,
    request_id: str = "",
    traceparent: str | None = None,
    facts: dict[str, Fact] | None = None,
) -> Iterator[Unit]:
    """A unit of work of our own processes, from beginning to end."""
    before = _HERE.get()
    unit = new_unit(
        kind,
        name,
        application_id=application_id,
        request_id=request_id,
        traceparent=traceparent,
        facts=facts,
    )
    enter(unit)
    try:
        yield unit
    except BaseException as error:
        unit.first.fail(error)
        raise
    finally:
        finish(unit)
        _HERE.set(before)


def span(kind: str, name: str, **facts: Fact) -> AbstractContextManager[Span | None]:
    """A span within the unit; nothing at all when nothing is exported."""
    here = _HERE.get()
    if here is None or here[0].spans is None:
        return _NOTHING
    unit, above = here
    if len(here[0].spans) >= SPANS_MAX:
        unit.dropped += 1
        return _NOTHING
    made = Span(kind, name, above, facts)
    here[0].spans.append(made)
    return _within(unit, made)


@contextmanager
def _within(unit: Unit, made: Span) -> Iterator[Span]:
    token = _HERE.set((unit, made))
    try:
        yield made
    except BaseException as error:
        made.fail(error)
        raise
    finally:
        made.ended_ns = clock.now_ns()
        _HERE.reset(token)


def about(application_id: str | None) -> None:
    """The unit turns out to be about this application, unless another one is known already."""
    here = _HERE.get()
    if here is not None and application_id and here[0].application_id is None:
        here[0].application_id = application_id


def begin(application_id: str) -> None:
    """The application is drafted here: its trace begins with this unit."""
    here = _HERE.get()
    if here is not None:
        unit = here[0]
        unit.application_id, unit.begins = application_id, True
        unit.first.span_id = root_of(application_id).span_id


def trust() -> None:
    """The caller has proved to be one of our own services: its word on the application holds."""
    here = _HERE.get()
    if here is not None:
        here[0].trusted = True
        if here[0].claim is not None:
            here[0].application_id = here[0].claim


def outgoing(*, outside: bool = False) -> dict[str, str]:
    """Headers for what is asked of others from here: `traceparent`, and for our own services
    `tracestate` with the application; none when nothing is exported."""
    here = _HERE.get()
    if here is None or here[0].spans is None:
        return {}
    unit, made = here
    headers = {"traceparent": unit.place(made).traceparent()}
    if unit.way is None:
        unit.asking.append(made)
    elif not outside:
        headers |= state_of(unit.way)
    return headers


def state_of(application_id: str) -> dict[str, str]:
    """The `tracestate` by which our services tell each other what their work is about."""
    return {"tracestate": f"{_STATE}{application_id}"}


def application_in(tracestate: str | None) -> str | None:
    """The application that our entry of a `tracestate` names."""
    for entry in (tracestate or "").split(","):
        if entry.strip().startswith(_STATE):
            found = APPLICATION_ID.fullmatch(entry.strip().removeprefix(_STATE))
            return found[0] if found else None
    return None


def traceparent_of_event(application_id: str | None) -> str | None:
    """What an event carries on: a place in its application's trace; None when nothing is
    exported. The events that a unit writes about an application share one span."""
    here = _HERE.get()
    if here is None or here[0].spans is None:
        return None
    unit, made = here
    if application_id is None:
        if unit.way is None:
            unit.asking.append(made)
        return unit.place(made).traceparent()
    written = unit.told.get(application_id)
    if written is None:
        written = unit.told[application_id] = Span("outbox", "write to the outbox", made, {})
    return Place(root_of(application_id).trace_id, written.span_id).traceparent()


def outbox_written() -> None:
    """What was told so far is being committed."""
    here = _HERE.get()
    if here is not None and here[0].told:
        unit = here[0]
        unit.written |= unit.told.keys()
        for written in unit.told.values():
            written.ended_ns = clock.now_ns()


@dataclass(frozen=True, slots=True)
class Ids:
    """By which logs and problems are found; what is not known is None."""

    application_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None


def ids() -> Ids:
    """Of the present context. An application's trace id is known even when nothing is exported."""
    here = _HERE.get()
    if here is None:
        return Ids()
    unit, made = here
    place = unit.place(made)
    exported = unit.spans is not None
    return Ids(
        application_id=unit.application_id,
        request_id=unit.request_id or None,
        trace_id=f"{place.trace_id:032x}" if exported or unit.way else None,
        span_id=f"{place.span_id:016x}" if exported else None,
    )


def _placed(unit: Unit) -> Iterator[Finished]:
    """The unit's spans in the trace that they belong to."""
    application_id = unit.way
    if application_id is None and len(unit.written) == 1:
        (application_id,) = unit.written
    root, caller = unit.first, unit.caller
    first_known = Place(caller.trace_id if caller else unit.trace_id, root.span_id)
    links: tuple[Place, ...] = ()
    if application_id is None:
        trace_id = first_known.trace_id
        parent_id = caller.span_id if caller else None
        if unit.application_id is not None and not unit.refused:
            application_id = unit.application_id
            links = (root_of(application_id),)
    else:
        begun = root_of(application_id)
        trace_id = begun.trace_id
        joined = caller is not None and unit.trusted and caller.trace_id == trace_id
        links = (caller,) if caller and not joined else ()
        parent_id = caller.span_id if caller and joined else begun.span_id
        if unit.begins and not unit.refused:
            parent_id = None
            links = (caller,) if caller else ()
    if unit.dropped:
        root.facts["dropped_spans"] = unit.dropped
    yield Finished(root, Place(trace_id, root.span_id), parent_id, links, application_id)
    for made in (unit.spans or ())[1:]:
        above = made.parent.span_id if made.parent else root.span_id
        made.ended_ns = made.ended_ns or root.ended_ns
        yield Finished(made, Place(trace_id, made.span_id), above, (), application_id)
    yield from _told(unit, Place(trace_id, root.span_id))
    if trace_id != first_known.trace_id:
        before = caller.span_id if caller else None
        for made in dict.fromkeys(unit.asking):  # whoever was asked stands under it there
            there = Place(first_known.trace_id, made.span_id)
            yield Finished(made, there, before, (Place(trace_id, made.span_id),), None)


def _told(unit: Unit, first: Place) -> Iterator[Finished]:
    """The spans of what was written to the outbox, each in its own application's trace."""
    for application_id in unit.written:
        made = unit.told[application_id]
        begun = root_of(application_id)
        place = Place(begun.trace_id, made.span_id)
        if begun.trace_id == first.trace_id and made.parent is not None:
            yield Finished(made, place, made.parent.span_id, (), application_id)
        else:
            yield Finished(made, place, begun.span_id, (first,), application_id)
