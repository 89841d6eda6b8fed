"""The one way of asking a register: a time limit, few at once, and no guess about silence."""

import asyncio
import json
from typing import Any, Final, TypeVar

import httpx2
import stamina
from pydantic import ValidationError

from services.eligibility.registers.answers import Said
from services.kernel import tracing
from services.kernel.errors import FieldError, Unavailable
from services.kernel.telemetry import log

CODE: Final = "eligibility.register_unavailable"
TOTAL_FACTOR: Final = 1.5
"""All tries of one question together may last this many times the limit of one try."""
LONGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes; a register that says more than this says nothing that we read."""
NAMES: Final = {
    "sunat": "de la SUNAT",
    "reniec": "del RENIEC",
    "ppa": "del Padrón de Productores Agrarios (PPA)",
    "sunarp": "de la SUNARP",
    "credit": "de la central de riesgos",
}

Read = TypeVar("Read", bound=Said)


def register_unavailable(register: str, why: str) -> Unavailable:
    """A register gave no answer that counts; nothing was decided and the assessment waits. The
    register's name is the pointer of the error's one field."""
    return Unavailable(
        CODE,
        f"No hay respuesta válida {NAMES[register]} ({why}). No se decidió nada: la evaluación"
        " queda pendiente y se reintenta sola.",
        errors=[FieldError(pointer=f"/registers/{register}", code=CODE, detail=why)],
        retry_after_s=5,
    )


class Asking:
    """Open connections to the registers, shared by their clients."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float,
        at_once: int,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._total_s = timeout_s * TOTAL_FACTOR
        self._at_once = asyncio.Semaphore(at_once)
        self._client = httpx2.AsyncClient(
            timeout=timeout_s, follow_redirects=False, trust_env=False, transport=transport
        )

    async def ask(
        self, register: str, method: str, path: str, body: dict[str, Any] | None = None
    ) -> bytes | None:
        """The JSON text of a 200, or None when the register says that it does not know.

        Only a connection that failed is tried again, within the total limit (asking changes
        nothing there). Raises eligibility.register_unavailable for everything else: silence,
        another status, another content type.
        """
        try:
            with tracing.span("register", f"ask {register}"):
                async with asyncio.timeout(self._total_s), self._at_once:
                    answer = await self._sent(method, f"{self._base_url}/{register}{path}", body)
        except (httpx2.HTTPError, TimeoutError) as error:
            log().warning("register.silent", register=register, error=type(error).__name__)
            raise register_unavailable(register, "no responde") from error
        if answer.status_code == 404 and _says_not_found(answer):
            return None
        if answer.status_code != 200:
            log().warning("register.status", register=register, status=answer.status_code)
            raise register_unavailable(register, f"estado HTTP {answer.status_code}")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise register_unavailable(register, "respondió algo que no es JSON")
        if len(answer.content) > LONGEST_ANSWER:
            raise register_unavailable(register, "respondió más de lo que se lee")
        return answer.content

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _sent(self, method: str, url: str, body: dict[str, Any] | None) -> httpx2.Response:
        async for attempt in stamina.retry_context(
            on=(httpx2.ConnectError, httpx2.RemoteProtocolError),
            attempts=4,
            timeout=self._total_s,
            wait_initial=0.1,
            wait_max=0.5,
        ):
            with attempt:
                return await self._client.request(method, url, json=body)
        raise AssertionError("stamina raises the last error itself")


def _says_not_found(answer: httpx2.Response) -> bool:
    """A 404 of the register itself; that of a wrong address is no answer about anybody."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and body.get("code") == "not_found"


def read(register: str, reader: type[Read], text: bytes | str) -> Read:
    """The register's words in the reader's shape. Raises
    eligibility.register_unavailable when they are not."""
    try:
        return reader.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"]) or "cuerpo"
        why = f"respondió algo que no se puede leer: {place}, {first['type']}"
        raise register_unavailable(register, why) from error


def text_of(body: Any) -> str:
    """A JSON document as text, to be read again as if the register had just said it."""
    return json.dumps(body, ensure_ascii=False)
