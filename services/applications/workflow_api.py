"""Routes of workflows: how they stand, and an operator's act on one of them."""

import base64
import binascii
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.applications.temporal import Whole, Workflows
from services.applications.workflow_schemas import ActIn, WorkflowOut, WorkflowWhole
from services.kernel.auth import guarded
from services.kernel.commands import Command, command_of
from services.kernel.errors import Malformed
from services.kernel.ids import SUFFIX_PATTERN
from services.kernel.pages import PageRequest, cursor_after, page_request
from services.kernel.schemas import Page
from services.kernel.work import Work

router = APIRouter(prefix="/v1/workflows")

Run = Annotated[Command, Depends(command_of("applications"))]
Kind = Annotated[Literal["application", "ballot", "session", "tranche"], Path()]
Key = Annotated[str, Path(pattern=f"^[a-z]{{3}}_{SUFFIX_PATTERN}$", max_length=64)]
Wanted = Annotated[
    Literal["running", "completed", "failed", "timed_out", "terminated", "canceled", "stuck"],
    Query(description="stuck: failed, its code cannot go on, or an activity fails time and again"),
]


async def workflows_of(request: Request) -> Workflows:
    """The workflows, over a connection that is opened at the first use and kept."""
    state = request.app.state
    if not hasattr(state, "workflows"):
        state.workflows = Workflows(state.settings)
    workflows: Workflows = state.workflows
    return workflows


Reader = Annotated[Workflows, Depends(workflows_of)]


@router.get("", **guarded("applications.workflow.list"))
async def list_workflows(
    workflows: Reader,
    page: Annotated[PageRequest, Depends(page_request)],
    state: Wanted = "stuck",
) -> Page[WorkflowOut]:
    """Workflows in a state, the newest first; without a state those that are stuck."""
    if state == "stuck":
        stuck = await workflows.stuck(page.limit)
        return Page(data=[WorkflowOut.of(run) for run in stuck], next_cursor=None)
    runs, token = await workflows.listed(state, limit=page.limit, token=_token(page.after))
    after = base64.b64encode(token).decode() if token else None
    return Page(data=[WorkflowOut.of(run) for run in runs], next_cursor=cursor_after(after))


def _token(after: str | None) -> bytes:
    try:
        return base64.b64decode(after or "", validate=True)
    except binascii.Error as error:
        raise Malformed("http.bad_cursor", "El cursor no es válido.") from error


@router.get("/{kind}/{key}", **guarded("applications.workflow.read"))
async def read_workflow(kind: Kind, key: Key, workflows: Reader) -> WorkflowWhole:
    """A workflow's newest run: what it waits for, what is tried and what it met."""
    return WorkflowWhole.of(await workflows.whole(f"{kind}/{key}"))


@router.post(
    "/{kind}/{key}/retry", response_model=WorkflowWhole, **guarded("applications.workflow.retry")
)
async def retry_workflow(
    kind: Kind, key: Key, body: ActIn, request: Request, workflows: Reader, run: Run
) -> Response:
    """Try again: what is under way at once, and of a workflow that ended badly the step at which
    it did."""
    known = await run.replay()
    if known is not None:
        return known
    workflow_id = f"{kind}/{key}"
    await workflows.whole(workflow_id, ask=False)
    told = await run.step(
        record, workflow_id=workflow_id, action="workflow.retry", reason=body.reason
    )
    asked = f"{run.principal.sub}:{request.headers['idempotency-key']}"
    whole = await workflows.retry(workflow_id, reason=told, request_id=asked)
    return await run.run(answer, render=WorkflowWhole.of, whole=whole)


@router.post(
    "/{kind}/{key}/terminate",
    response_model=WorkflowWhole,
    **guarded("applications.workflow.terminate"),
)
async def terminate_workflow(
    kind: Kind, key: Key, body: ActIn, workflows: Reader, run: Run
) -> Response:
    """End a workflow where it stands; the rooms' facts stay as they are, and a retry takes it up
    again."""
    known = await run.replay()
    if known is not None:
        return known
    workflow_id = f"{kind}/{key}"
    await workflows.whole(workflow_id, ask=False)
    told = await run.step(
        record, workflow_id=workflow_id, action="workflow.terminate", reason=body.reason
    )
    whole = await workflows.terminate(workflow_id, reason=told)
    return await run.run(answer, render=WorkflowWhole.of, whole=whole)


async def record(work: Work, *, workflow_id: str, action: str, reason: str) -> str:
    """The act's audit row, committed before Temporal hears of it; returns the reason that Temporal
    keeps too, with the operator's name."""
    work.record(action, workflow_id, {"reason": reason})
    return f"{reason} ({work.actor.sub})"


async def answer(_: Work, *, whole: Whole) -> Whole:
    """What came of it, for the answer that is kept with the key."""
    return whole
