"""The sandbox as one application: two partners, their control, and how it is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from deploy.sandbox import agrobanco, agroideas, clock, control, problems
from deploy.sandbox.books import PARTNERS, Books
from deploy.sandbox.clerk import Clerk
from deploy.sandbox.desk import Sandbox, TheSandbox
from deploy.sandbox.metrics import Metrics
from deploy.sandbox.problems import Problem
from deploy.sandbox.settings import SandboxSettings

BODY_LIMIT_BYTES = 5 * 1024 * 1024


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
    _watch(app, metrics)
    app.include_router(agroideas.router, prefix="/agroideas")
    app.include_router(agrobanco.router, prefix="/agrobanco")
    app.include_router(control.router, prefix="/control")
    _add_health(app, metrics)
    return app


def _watch(app: FastAPI, metrics: Metrics) -> None:
    @app.middleware("http")
    async def count_and_limit(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        partner = request.url.path.split("/", 2)[1]
        declared = request.headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > BODY_LIMIT_BYTES:
            too_large = Problem(413, "too_large", "El cuerpo pasa de 5 MiB.")
            response: Response = problems.answer(too_large)
        else:
            response = await call_next(request)
        if partner in PARTNERS:
            metrics.requests.labels(partner, request.method, str(response.status_code)).inc()
        return response


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
