"""Questions to OPA that fail closed: an answer is a whole, expected decision or an error.

Nothing but HTTP 200 with an object as `result`, from a bundle revision that this deployment
accepts, counts as an answer. Undefined is not "no": it is `policy.unavailable`, and the work waits.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from opa_client.opa_async import AsyncOpaClient

from services.kernel import tracing
from services.kernel.errors import Unavailable
from services.kernel.settings import Settings
from services.kernel.telemetry import POLICY_REFUSED, POLICY_REVISION, POLICY_SECONDS

BUNDLE = "fund"


@dataclass(frozen=True, slots=True)
class Decision:
    """OPA's answer with the bundle revision that gave it."""

    result: dict[str, Any]
    revision: str


class Opa:
    """An open connection to OPA; use as an asynchronous context, one an event loop."""

    def __init__(self, settings: Settings) -> None:
        address = urlsplit(settings.opa_url)
        self._client = TracedClient(
            host=address.hostname,
            port=address.port,
            ssl=address.scheme == "https",
            timeout=None,  # each question has a limit of its own
            headers={"Accept-Encoding": "identity"},  # packing costs both sides more than it saves
            retries=1,
        )
        self._limit_s = settings.opa_timeout_s
        self._accepted = AcceptedRevisions(settings.opa_revisions_file)
        self._told_revision = ""

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def ask(
        self, package: str, question: dict[str, Any], *, limit_s: float | None = None
    ) -> Decision:
        """The rule `decision` of a package such as `fund.board`, for this input, within `limit_s`
        seconds or else the settings' limit.

        Raises Unavailable with code `policy.unavailable` when there is no answer that counts.
        """
        started = time.perf_counter()
        outcome = "unavailable"
        try:
            with tracing.span("opa", f"decide {package}") as span:
                async with asyncio.timeout(limit_s or self._limit_s):
                    answer = await self._client.query_rule(
                        input_data=question,
                        package_path=package,
                        rule_name="decision",
                        query_params={"provenance": "true"},
                    )
                decision = self._checked(answer)
                if span is not None:
                    span.facts["fund.policy_revision"] = decision.revision
            outcome = "answered"
            return decision
        except TimeoutError as error:
            raise _refused("late", type(error).__name__) from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise _refused("unreachable", type(error).__name__) from error
        finally:
            POLICY_SECONDS.labels(package, outcome).observe(time.perf_counter() - started)

    async def is_ready(self) -> bool:
        """Whether OPA answers with an accepted bundle (asks a question that must be denied)."""
        try:
            await self.ask("fund.authz", {})
        except Unavailable:
            return False
        return True

    def _checked(self, answer: object) -> Decision:
        if not isinstance(answer, dict):
            raise _refused("not_an_object", "not an object")
        result = answer.get("result")
        if not isinstance(result, dict):
            raise _refused("undefined", "undefined")
        revision: object = answer
        for name in ("provenance", "bundles", BUNDLE, "revision"):
            revision = revision.get(name) if isinstance(revision, dict) else None
        if not isinstance(revision, str) or not self._accepted.has(revision):
            raise _refused("unexpected_revision", "unexpected revision")
        if revision != self._told_revision:
            self._told_revision = revision
            POLICY_REVISION.clear()
            POLICY_REVISION.labels(revision).set(1)
        return Decision(result=result, revision=revision)


class TracedClient(AsyncOpaClient):  # type: ignore[misc]
    """Tells OPA in which trace it is asked."""

    def _request(self, method: str, url: str, **options: Any) -> Any:
        headers = tracing.outgoing()
        if headers:
            options["headers"] = {**(self.headers or {}), **headers}
        return super()._request(method, url, **options)


class AcceptedRevisions:
    """The accepted bundle revisions: one a line in a file, read again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at_ns = -1
        self._revisions: frozenset[str] = frozenset()

    def has(self, revision: str) -> bool:
        """Whether the revision is listed; a missing file lists nothing."""
        try:
            changed_at_ns = self._path.stat().st_mtime_ns
            if changed_at_ns != self._read_at_ns:
                self._revisions = frozenset(self._path.read_text().split())
                self._read_at_ns = changed_at_ns
        except OSError:
            return False
        return revision in self._revisions


def _refused(reason: str, why: str) -> Unavailable:
    POLICY_REFUSED.labels(reason).inc()
    return Unavailable(
        "policy.unavailable",
        f"El motor de reglas no dio una respuesta válida ({why}); no se aprobó ni cambió nada."
        " Vuelva a intentarlo.",
        retry_after_s=2,
    )
