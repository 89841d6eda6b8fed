"""The simulator: draws an operation, lets it act, and has every step looked at."""

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, Final

from services.kernel.errors import FundError
from services.kernel.work import Principal
from tests.simulation.watch import Violated, Watch
from tests.simulation.wire import FAULTS, FLOW, Flow, Killed
from tests.simulation.world import World
from tests.support.callers import principal

SERVICE: Final = principal("service", "fund-services")
OPERATORS: Final = [principal("operator", name) for name in ("ana", "beto", "carla")]
SECRETARIAT: Final = principal("secretariat", "sara")
STALLED_AT_MOST: Final = 5
ENDED_KEPT: Final = 60


@dataclass
class Application:
    """An application that the board decided on, or did not yet."""

    body: dict[str, Any]
    package: dict[str, Any]
    approved: bool
    heard: bool = False
    withdrawn: bool = False
    agreement_id: str | None = None


@dataclass
class Stalled:
    """A flow that stands still on the wire."""

    kind: str
    flow: Flow
    task: asyncio.Task[str]


class Failed(AssertionError):
    """A seed that fails: what, where, and how to see it again."""


@dataclass
class Simulator:
    """A world, who watches it, and what was done so far."""

    world: World
    watch: Watch
    steps: int = 0
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    trail: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    digest: Any = field(default_factory=hashlib.sha256)
    calls: list[str] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    ended: deque[str] = field(default_factory=lambda: deque(maxlen=ENDED_KEPT))
    members: dict[str, int] = field(default_factory=dict)
    stalled: list[Stalled] = field(default_factory=list)
    read: Counter[tuple[str, str]] = field(default_factory=Counter)
    unseen: bool = False

    def __post_init__(self) -> None:
        self.chance = self.world.chance
        self.world.wire.before_arrival = self.look

    def look(self) -> bool:
        """Have what is new judged."""
        self.unseen = False
        return self.watch.look(self.chance.now)

    async def step(self, operation: Callable[["Simulator"], Awaitable[str | None]]) -> bool:
        """Let one operation act and look at what it did; False when there was nothing to do."""
        name = operation.__name__
        try:
            outcome = await operation(self)
            self.look()
        except Violated as violated:
            raise Failed(self.said(f"{name}: {violated}")) from violated
        if outcome is None:
            return False
        self.note(name, outcome)
        return True

    def note(self, name: str, outcome: str) -> None:
        """Count an operation and add it to the trail."""
        self.steps += 1
        kind, _, code = outcome.partition(":")
        self.tally[name, kind] += 1
        if code:
            self.codes[name, code] += 1
        line = f"{self.steps} {self.chance.now:%m-%d %H:%M:%S.%f} {name} {outcome}"
        self.trail.append(line)
        self.digest.update(line.encode())

    def said(self, what: str) -> str:
        """What failed, and the way to it."""
        return "\n".join(
            [
                f"seed {self.chance.seed}, step {self.steps + 1}: {what}",
                f"again: make simulate SEED={self.chance.seed} STEPS={self.steps + 1}",
                *self.trail,
            ]
        )

    async def do(
        self,
        case: Callable[..., Awaitable[Any]],
        by: Principal,
        /,
        *,
        forbidden: str = "",
        **arguments: Any,
    ) -> str:
        """Run a use case as one operation; `forbidden` says why it must be refused."""
        if self.unseen:
            self.look()  # what the use case before it wrote is not what this one leaves
        self.unseen = True
        try:
            await self.world.use(case, by, **arguments)
        except FundError as error:
            changed = self.look()
            if changed:
                raise Violated(f"refused with {error.code}, and something changed") from error
            return f"refused:{error.code}"
        except Killed:
            return "killed"
        except ValueError as error:
            return f"refused:{type(error).__name__}"
        if forbidden:
            raise Violated(f"{case.__name__} was done although {forbidden}")
        return "done"

    # -- flows with partners --------------------------------------------------------------------

    async def flow(self, kind: str, work: Coroutine[Any, Any, str]) -> str:
        """Let a piece of work with a partner go as far as its fault lets it."""
        flow = Flow()
        if not self.world.calm and self.chance.maybe(0.25):
            flow.fault = self.chance.one(FAULTS)
            if flow.fault.startswith("stalled") and len(self.stalled) >= STALLED_AT_MOST:
                flow.fault = None
        context = copy_context()
        context.run(FLOW.set, flow)
        task = asyncio.get_running_loop().create_task(self._told(work), context=context)
        return await self._follow(Stalled(kind, flow, task))

    async def wake(self, one: Stalled) -> str:
        """Let a flow that stands still go on."""
        self.stalled.remove(one)
        one.flow.paused.clear()
        one.flow.resumed.set()
        return await self._follow(one)

    async def _follow(self, one: Stalled) -> str:
        paused = asyncio.ensure_future(one.flow.paused.wait())
        await asyncio.wait({one.task, paused}, return_when=asyncio.FIRST_COMPLETED)
        paused.cancel()
        if one.flow.struck:
            self.faults[one.flow.struck] += 1
            one.flow.struck = None
        if not one.task.done():
            self.stalled.append(one)
            return "stalled"
        return one.task.result()

    async def _told(self, work: Coroutine[Any, Any, str]) -> str:
        try:
            return await work
        except FundError as error:
            return f"refused:{error.code}"
        except Killed:
            return "killed"

    async def step_of(self, case: Callable[..., Awaitable[Any]], /, **arguments: Any) -> Any:
        """A transaction of a flow, as the room's own command runs it."""
        self.unseen = True
        return await self.world.use(case, SERVICE, **arguments)

    # -- what there is to act upon --------------------------------------------------------------

    def agreements(self, *states: str) -> list[dict[str, Any]]:
        """The agreements under way, in these states if named."""
        rows = [self.watch.agreement[one] for one in self.live]
        return [row for row in rows if not states or row["state"] in states]

    def tranches(self, *states: str, stray: float = 0.04) -> list[dict[str, Any]]:
        """Tranches in these states; now and then any tranche, also of an ended agreement."""
        if self.chance.maybe(stray):
            known = {*self.live, *self.ended}
        else:
            known, stray = set(self.live), 0
        return [
            row
            for agreement_id in sorted(known)
            for row in self.of_agreement(agreement_id)
            if stray or row["state"] in states
        ]

    def other_than(self, *taken: str | None) -> Principal:
        """An operator, mostly none of these."""
        others = [one for one in OPERATORS if one.sub not in taken]
        return self.chance.one(others if others and self.chance.maybe(0.85) else OPERATORS)

    def of_agreement(self, agreement_id: str) -> list[dict[str, Any]]:
        """The agreement's tranches."""
        return [self.watch.tranche[one] for one in self.tranches_of.get(agreement_id, [])]

    @property
    def tranches_of(self) -> dict[str, list[str]]:
        """The ids of tranches by agreement."""
        return self.watch.tranches_of
