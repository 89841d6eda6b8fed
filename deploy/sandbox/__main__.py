"""`python -m deploy.sandbox [serve | openapi]`."""

import sys
from socket import socket

import uvicorn
from fastapi import FastAPI

from deploy.sandbox.app import create_app
from deploy.sandbox.openapi import agroideas_openapi
from deploy.sandbox.settings import SandboxSettings


class Server(uvicorn.Server):
    """Lets go of the requests it was told to hold before it waits for the open ones."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        for sandbox in (self._app.state.sandbox, self._app.state.test_sandbox):
            sandbox.clerk.closing.set()
        await super().shutdown(sockets)


def serve() -> None:
    settings = SandboxSettings()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.sandbox_host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    Server(config, app).run()


def main(arguments: list[str]) -> int:
    if arguments in ([], ["serve"]):
        serve()
    elif arguments == ["openapi"]:
        sys.stdout.write(agroideas_openapi())
    else:
        sys.stderr.write("usage: python -m deploy.sandbox [serve | openapi]\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
