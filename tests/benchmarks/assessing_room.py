"""The room `eligibility` in a process of its own, served as `python -m services api` serves it.

A process of its own, so that whoever asks does not take turns with the room inside one
interpreter. What the neighbours and the registers say is at hand before anything is measured:
the neighbours' bodies in memory, the registers' answers as the room keeps them for a day.
"""

import asyncio
import json
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import uvicorn

from deploy.sandbox.registers import ordinary_name
from services.eligibility.facts import RoomFacts
from services.eligibility.registers.switch import with_registers
from services.kernel.app import create_app
from services.kernel.clock import lima_date, now
from services.kernel.settings import Settings
from tests.factories.eligibility import StubNeighbours, application
from tests.support.serving import free_port, url_of

MEMBERS = 12
START_LIMIT_S = 300
GATHERED_AT_ONCE = 8


@dataclass(frozen=True)
class Served:
    """Where the room answers, and the applications it may be asked to assess, each once."""

    url: str
    application_ids: list[str]


@contextmanager
def room_elsewhere(config: Settings, applications: int) -> Iterator[Served]:
    """The room in a child process, ended with the block."""
    ours, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    child = spawn.Process(target=serve, args=(config, applications, theirs), daemon=True)
    child.start()
    try:
        theirs.close()  # so that a room that ends before it is ready is noticed at once
        assert ours.poll(START_LIMIT_S), "the room did not start"
        yield ours.recv()
    finally:
        child.terminate()
        child.join(20)


class SpokenNeighbours(StubNeighbours):
    """Neighbours whose bodies come as the text that HTTP brings: read once each time."""

    def __init__(self, stub: StubNeighbours) -> None:
        super().__init__()
        self._texts = {asked: json.dumps(body) for asked, body in stub.bodies.items()}

    async def read(self, room: str, path: str) -> dict[str, Any]:
        """Like `services.kernel.neighbours.Neighbours.read`, without the way there."""
        body: dict[str, Any] = json.loads(self._texts[room, path])
        return body


def serve(config: Settings, applications: int, ready: Connection) -> None:
    """Serve until ended; say where once everything is at hand."""
    stub, listening = StubNeighbours(), free_port()
    known = [consortium_apart(stub, number) for number in range(applications)]
    neighbours = SpokenNeighbours(stub)

    class Room(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            app.state.neighbours = neighbours
            await ask_registers(app.state, known)
            ready.send(Served(url_of(listening), known))

    app = create_app(["eligibility"], config)
    settings = uvicorn.Config(app, log_level="warning", access_log=False)
    Room(settings).run(sockets=[listening])


def consortium_apart(neighbours: StubNeighbours, number: int) -> str:
    """The id of an application whose producers and accounts are nobody else's: bodies that share
    their accounts would make each assessment dearer than the one before."""
    body = neighbours.know(application(), members=MEMBERS)
    facts = neighbours.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"]
    assert isinstance(facts, dict)
    facts["consortium"]["cci"] = f"00219{number:013d}57"
    for place, member in enumerate(facts["members"]):
        dni = f"{10_000_000 + number * MEMBERS + place:08d}"
        member |= {"dni": dni, "full_name": ordinary_name(dni), "cci": f"00321{int(dni):013d}13"}
        member["parcels"][0]["code"] = f"PRE-{dni}"
    return str(body["id"])


async def ask_registers(state: Any, application_ids: list[str]) -> None:
    """Ask the registers about everybody, as a simulation earlier in the day would."""
    facts = with_registers(RoomFacts(state.neighbours), state)
    places = asyncio.Semaphore(GATHERED_AT_ONCE)

    async def one(application_id: str) -> None:
        async with places:
            found = await facts.application(application_id)
            await facts.dossier(found, as_of=lima_date(found.body.submitted_at or now()))

    await asyncio.gather(*map(one, application_ids))
