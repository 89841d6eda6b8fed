"""How the API is asked: again when nobody answered, and every failure as Refused or Unreachable."""

import json
from collections.abc import Callable
from typing import Any, Final, Protocol

import httpx2
import stamina

from clients.fondo.errors import Refused, Unreachable

Json = dict[str, Any]
TIMEOUT_S: Final = 20
ATTEMPTS: Final = 3


class Answer(Protocol):
    """What came back, from whichever client."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def content(self) -> bytes:
        """The body."""


class Asking:
    """One address."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    def ask(self, operation: Callable[[], Answer], *, writes: bool = False) -> bytes:
        """The content of a good answer; sent again when nobody answered."""
        try:
            for attempt in stamina.retry_context(
                on=httpx2.TransportError, attempts=ATTEMPTS, wait_initial=0.1, wait_max=1
            ):
                with attempt:
                    answer = operation()
        except httpx2.TransportError as error:
            raise self._unreachable(error, writes=writes) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._unknown() from error
        if answer.status_code >= 400:
            raise Refused.of(answer.status_code, answer.content)
        return answer.content

    def document(self, content: bytes) -> Json:
        """The JSON object in an answer; raises Refused when it is none."""
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._unknown()
        return found

    def _unknown(self) -> Refused:
        detail = f"{self._base_url} respondió algo que este comando no entiende."
        cure = "Revise el perfil (`fondo profile list`), o actualice el comando."
        return Refused("client.answer_unknown", detail, cure)

    def _unreachable(self, error: Exception, *, writes: bool) -> Unreachable:
        cure = "Revise su conexión y la dirección: `fondo profile list`."
        if writes and not isinstance(error, httpx2.ConnectError):
            cure = "Puede haber llegado: mire `fondo board inbox` antes de repetir."
        return Unreachable("client.unreachable", f"{self._base_url} no responde.", cure)
