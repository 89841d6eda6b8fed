"""What Prometheus saw last: which processes and servers live, and how far consumers are behind."""

from typing import Any, Final

import httpx2
from fastapi import APIRouter, Request

from services.kernel.auth import guarded
from services.kernel.errors import Unavailable
from services.kernel.operations_schemas import LagOut, ProcessOut
from services.kernel.schemas import Page
from services.kernel.settings import Settings

router = APIRouter(prefix="/v1/operations", tags=["operations"])

TIMEOUT_S: Final = 5.0
_LAG: Final = "sum by (group, topic) (fund_consumer_lag_events)"


@router.get("/processes", **guarded("kernel.process.list"))
async def list_processes(request: Request) -> Page[ProcessOut]:
    """Every process and server that Prometheus watches, and whether it answered last time."""
    rows = [
        ProcessOut(
            job=labels.get("job", ""),
            instance=labels.get("instance", ""),
            state="up" if value == "1" else "down",
        )
        for labels, value in await _asked(request, "up")
    ]
    return Page(data=sorted(rows, key=lambda row: (row.job, row.instance)), next_cursor=None)


@router.get("/lags", **guarded("kernel.lag.list"))
async def list_lags(request: Request) -> Page[LagOut]:
    """How far each consumer group is behind, by topic."""
    rows = [
        LagOut(
            group=labels.get("group", ""),
            topic=labels.get("topic", ""),
            events=int(value.partition(".")[0]),
        )
        for labels, value in await _asked(request, _LAG)
    ]
    return Page(data=sorted(rows, key=lambda row: (row.group, row.topic)), next_cursor=None)


async def _asked(request: Request, query: str) -> list[tuple[dict[str, str], str]]:
    """Labels and value of each series; raises Unavailable without Prometheus."""
    settings: Settings = request.app.state.settings
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(
                f"{settings.prometheus_url}/api/v1/query", params={"query": query}
            )
            answer.raise_for_status()
            found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return [(row["metric"], str(row["value"][1])) for row in found]
    except (httpx2.HTTPError, httpx2.InvalidURL, KeyError, TypeError, ValueError) as error:
        raise Unavailable(
            "kernel.prometheus_unavailable",
            "Prometheus no responde, así que no se sabe qué procesos viven; revise"
            " FUND_PROMETHEUS_URL y vuelva a intentarlo.",
            retry_after_s=5,
        ) from error
