"""The sandbox as one application: partners, public registers, their control, and how it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from deploy.sandbox import (
    agrobanco,
    agroideas,
    batches,
    clock,
    control,
    keys,
    magic,
    no_objections,
    problems,
    registers,
)
from deploy.sandbox.books import Books
from deploy.sandbox.clerk import Clerk
from deploy.sandbox.desk import Sandbox, TheSandbox
from deploy.sandbox.metrics import Metrics
from deploy.sandbox.problems import Problem
from deploy.sandbox.settings import SandboxSettings
from deploy.sandbox.watch import Watch

ABOUT = f"""Agroideas and Agrobanco with their real protocols, for whoever connects to the fund.

Test keys: client `{keys.CLIENTS["agroideas"][0]}`, secret `{keys.CLIENTS["agroideas"][1]}`;
client `{keys.CLIENTS["agrobanco"][0]}`, secret `{keys.CLIENTS["agrobanco"][1]}`; callbacks are
signed with `{keys.WEBHOOK_SECRET}`. They have books and a clock of their own
(`POST /control/clock?keys=test`), and only under them do these values force an outcome:

{magic.markdown()}

At Agrobanco the amount and the EndToEndId decide a transaction (reject, return), the MsgId the
whole file (unknown, late, down). `make partner-check` runs the conformance checks.
"""


def create_app(settings: SandboxSettings, *, now: clock.Now = clock.system_now) -> FastAPI:
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.sandbox = _opened(settings, metrics, now)
        app.state.test_sandbox = _opened(keys.test_settings(settings), metrics, now)
        both = (app.state.sandbox, app.state.test_sandbox)
        for sandbox in both:
            sandbox.clerk.start()
        try:
            yield
        finally:
            for sandbox in both:
                await sandbox.clerk.stop()
                sandbox.books.close()

    app = FastAPIOffline(
        title="Partner sandbox",
        version="1",
        lifespan=lifespan,
        description=ABOUT,
        redoc_url=None,  # its script shows a picture from another host
        swagger_ui_parameters={"validatorUrl": None},
    )
    problems.install(app)
    app.add_middleware(Watch, metrics=metrics)
    app.include_router(agroideas.router, prefix="/agroideas")
    app.include_router(batches.router, prefix="/agroideas")
    app.include_router(no_objections.router, prefix="/agroideas")
    app.include_router(agrobanco.router, prefix="/agrobanco")
    app.include_router(registers.router, prefix="/registers")
    app.include_router(control.router, prefix="/control")
    _add_health(app, metrics)
    return app


def _opened(settings: SandboxSettings, metrics: Metrics, real: clock.Now) -> Sandbox:
    books = Books(settings.book_file, opening_balance_cents=settings.sandbox_opening_balance_cents)
    now = clock.Pushed(real, ahead_s=books.ahead_s)
    clerk = Clerk(books=books, settings=settings, metrics=metrics, now=now)
    return Sandbox(settings=settings, books=books, clerk=clerk, metrics=metrics, now=now)


def _add_health(app: FastAPI, metrics: Metrics) -> None:
    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    def readyz(sandbox: TheSandbox) -> dict[str, str]:
        if not sandbox.clerk.alive:
            raise Problem(503, "clerk_stopped", "La tarea de ejecución se detuvo.")
        with sandbox.books.read() as db:
            db.execute("SELECT 1").fetchone()
        return {"status": "ready"}

    @app.get("/metrics", tags=["health"])
    def show_metrics() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
