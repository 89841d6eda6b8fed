"""The sandbox as one application: partners, public registers, their control, and how it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from deploy.sandbox import agrobanco, agroideas, batches, clock, control, problems, registers
from deploy.sandbox.books import Books
from deploy.sandbox.clerk import Clerk
from deploy.sandbox.desk import Sandbox, TheSandbox
from deploy.sandbox.metrics import Metrics
from deploy.sandbox.problems import Problem
from deploy.sandbox.settings import SandboxSettings
from deploy.sandbox.watch import Watch


def create_app(settings: SandboxSettings, *, now: clock.Now = clock.system_now) -> FastAPI:
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        books = Books(
            settings.book_file, opening_balance_cents=settings.sandbox_opening_balance_cents
        )
        clerk = Clerk(books=books, settings=settings, metrics=metrics, now=now)
        app.state.sandbox = Sandbox(
            settings=settings, books=books, clerk=clerk, metrics=metrics, now=now
        )
        clerk.start()
        try:
            yield
        finally:
            await clerk.stop()
            books.close()

    app = FastAPI(title="Partner sandbox", version="1", lifespan=lifespan)
    problems.install(app)
    app.add_middleware(Watch, metrics=metrics)
    app.include_router(agroideas.router, prefix="/agroideas")
    app.include_router(batches.router, prefix="/agroideas")
    app.include_router(agrobanco.router, prefix="/agrobanco")
    app.include_router(registers.router, prefix="/registers")
    app.include_router(control.router, prefix="/control")
    _add_health(app, metrics)
    return app


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
