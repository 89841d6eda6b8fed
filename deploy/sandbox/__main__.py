"""`python -m deploy.sandbox [serve | openapi]`."""

import sys

import uvicorn

from deploy.sandbox.app import create_app
from deploy.sandbox.openapi import agroideas_openapi
from deploy.sandbox.settings import SandboxSettings


def serve() -> None:
    settings = SandboxSettings()
    uvicorn.run(
        create_app(settings),
        host="127.0.0.1",
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


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
