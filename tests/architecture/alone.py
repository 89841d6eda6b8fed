"""A room by itself, in a process of its own: `python -m tests.architecture.alone api|migrate ROOM`.

Prints as JSON which other rooms' code was loaded on the way, and what the room answered.
"""

import asyncio
import json
import logging
import sys
from typing import Any

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from services.kernel import migrate
from services.kernel.app import create_app
from services.kernel.rooms import ROOMS
from services.kernel.settings import settings
from services.kernel.tokens import ALGORITHM, TOKEN_TYPE


def strangers(room: str) -> list[str]:
    """The modules of other rooms and of the workflows that this process has loaded."""
    others = tuple({f"services.{name}" for name in ROOMS if name != room} | {"workflows"})
    return sorted(name for name in sys.modules if name.startswith(others))


async def answers(room: str) -> dict[str, Any]:
    """What the room answers to those who ask after its health, its contract and its contents."""
    app = create_app([room], settings())
    document = app.openapi()
    listed = next(path for path, item in document["paths"].items() if "get" in item)
    token = jwt.encode(
        {"sub": "somebody"},
        ec.generate_private_key(ec.SECP256R1()),
        algorithm=ALGORITHM,
        headers={"kid": "k", "typ": TOKEN_TYPE},
    )
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "health": ("/healthz", {}),
        "ready": ("/readyz", {}),
        "contract": ("/openapi.json", {}),
        "without_token": (listed, {}),
        "with_token": (listed, {"Authorization": f"Bearer {token}"}),
    }
    told: dict[str, Any] = {}
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://room") as client:
            for name, (path, headers) in asked.items():
                answer = await client.get(path, headers=headers)
                told[name] = {"status": answer.status_code, "body": answer.json()}
    return told


def main(what: str, room: str) -> None:
    """Do one thing with one room and print what came of it."""
    logging.disable()
    found: dict[str, Any] = {}
    if what == "api":
        found["answers"] = asyncio.run(answers(room))
        found["answers"]["contract"]["body"] = None
    else:
        migrate.upgrade(room, settings())
        migrate.check(room, settings())
    print(json.dumps({**found, "strangers": strangers(room)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
