"""The board's API as the commands use it: one method a use, each answer as the server gave it.

Answers are plain documents, since `--json` passes them on whole and since a field that is not
known yet must not stop a member. Every failure leaves as Refused or Unreachable.
"""

import json
import uuid
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import httpx2
import stamina

from clients.fondo.errors import Refused, Unreachable
from clients.fondo_api.client import AuthenticatedClient
from clients.fondo_api.types import Response

Json = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")
TIMEOUT_S: Final = 20
ATTEMPTS: Final = 3


class Gateway:
    """One address and one token. A write that got no answer is sent again with its key."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._client = AuthenticatedClient(
            base_url=base_url,
            token=token,
            timeout=httpx2.Timeout(TIMEOUT_S),
            # redirects are not followed: without https there is no certificate to load and check
            verify_ssl=base_url.startswith("https:"),
        )

    def close(self) -> None:
        """Let the connections go."""
        self._client.get_httpx_client().close()

    # what waits, and what is decided on
    def inbox(self) -> Json:
        """What waits for the caller."""
        return self._get("/v1/inbox")

    def dossier(self, ballot_id: str) -> Json:
        """All that a ballot is decided on."""
        return self._get(f"/v1/ballots/{ballot_id}/dossier")

    def dossier_pdf(self, ballot_id: str) -> bytes:
        """The same, to read and print."""
        return self._bytes(f"/v1/ballots/{ballot_id}/dossier.pdf")

    def recompile_dossier(self, ballot_id: str, reason: str) -> Json:
        """Compile the file again; votes on another file are void."""
        return self._post(f"/v1/ballots/{ballot_id}/dossier", {"reason": reason})

    def ballots(self, **filters: str | None) -> list[Json]:
        """The ballots, oldest first."""
        return self._pages("/v1/ballots", filters)

    def ballot(self, ballot_id: str) -> Json:
        """One ballot."""
        return self._get(f"/v1/ballots/{ballot_id}")

    def seats(self) -> list[Json]:
        """Who holds each seat."""
        return list(self._get("/v1/seats")["data"])

    # what a member does
    def vote(self, ballot_id: str, body: Json) -> Json:
        """Cast a signed vote."""
        return self._post(f"/v1/ballots/{ballot_id}/votes", body)

    def recuse(self, ballot_id: str, body: Json) -> Json:
        """Ask that a seat abstains from a ballot."""
        return self._post(f"/v1/ballots/{ballot_id}/recusals", body)

    def decide_recusal(self, recusal_id: str, *, accepted: bool, reason: str) -> Json:
        """Accept or dismiss it, as who presides."""
        body = {"accepted": accepted, "reason": reason}
        return self._post(f"/v1/recusals/{recusal_id}/decision", body)

    def defer(self, ballot_id: str, body: Json) -> Json:
        """Put a ballot off, signed by who presides."""
        return self._post(f"/v1/ballots/{ballot_id}/deferral", body)

    # sessions
    def convene(self, body: Json) -> Json:
        """Call a session, with its agenda."""
        return self._post("/v1/sessions", body)

    def sessions(self, **filters: str | None) -> list[Json]:
        """The sessions."""
        return self._pages("/v1/sessions", filters)

    def session(self, session_id: str) -> Json:
        """One session: agenda, calls, who attended."""
        return self._get(f"/v1/sessions/{session_id}")

    def attend(self, session_id: str) -> Json:
        """Be present."""
        return self._post(f"/v1/sessions/{session_id}/attendance")

    # actas
    def draw_acta(self, kind: str, object_id: str) -> Json:
        """Draw the acta of a session or of a ballot (`sessions`, `ballots`)."""
        return self._post(f"/v1/{kind}/{object_id}/acta")

    def actas(self, **filters: str | None) -> list[Json]:
        """The actas."""
        return self._pages("/v1/actas", filters)

    def acta(self, acta_id: str) -> Json:
        """One acta, whole."""
        return self._get(f"/v1/actas/{acta_id}")

    def acta_file(self, acta_id: str) -> bytes:
        """The canonical bytes that `verify` reads."""
        return self._bytes(f"/v1/actas/{acta_id}/file")

    def acta_pdf(self, acta_id: str) -> bytes:
        """The acta to read and print, with its file inside."""
        return self._bytes(f"/v1/actas/{acta_id}/pdf")

    def sign_acta(self, acta_id: str, body: Json) -> Json:
        """Add the caller's signature."""
        return self._post(f"/v1/actas/{acta_id}/signatures", body)

    def seal_acta(self, acta_id: str, body: Json) -> Json:
        """Close it without the signatures that are missing, signed by the secretariat."""
        return self._post(f"/v1/actas/{acta_id}/seal", body)

    # keys and interests
    def register_key(self, body: Json) -> Json:
        """Tie a public key to the caller."""
        return self._post("/v1/keys", body)

    def keys(self, holder_sub: str) -> list[Json]:
        """Somebody's keys, revoked ones too."""
        return self._pages("/v1/keys", {"holder_sub": holder_sub})

    def revoke_key(self, kid: str, reason: str) -> Json:
        """End a key; what it signed before stays valid."""
        return self._post(f"/v1/keys/{kid}/revoke", {"reason": reason})

    def declare_interest(self, body: Json) -> Json:
        """Declare an interest of the caller."""
        return self._post("/v1/interests", body)

    def interests(self) -> list[Json]:
        """The caller's declared interests."""
        return self._pages("/v1/interests", {})

    def end_interest(self, interest_id: str, valid_to: str) -> Json:
        """Say until which day it stood."""
        return self._post(f"/v1/interests/{interest_id}/end", {"valid_to": valid_to})

    # how it is asked
    def _operation(
        self, operation: Callable[P, Response[T]], *args: P.args, **kwargs: P.kwargs
    ) -> bytes:
        """Run an operation of the generated client: its answer, checked against its type."""
        try:
            answer = operation(*args, **kwargs)
        except httpx2.TransportError as error:
            raise self._unreachable(error, wrote=True) from error
        except (KeyError, TypeError, ValueError) as error:
            detail = "El servidor respondió algo que este comando no entiende."
            raise Refused("client.answer_unknown", detail, "Actualice el comando.") from error
        if answer.status_code >= 400:
            raise Refused.of(answer.status_code, answer.content)
        return answer.content

    def _get(self, path: str, params: dict[str, Any] | None = None) -> Json:
        return self._json(self._send("GET", path, params=params or {}))

    def _post(self, path: str, body: Json | None = None) -> Json:
        return self._json(self._send("POST", path, body=body))

    def _bytes(self, path: str) -> bytes:
        return self._send("GET", path).content

    def _pages(self, path: str, filters: dict[str, str | None]) -> list[Json]:
        """Every row of a list, page after page."""
        params: dict[str, Any] = {name: value for name, value in filters.items() if value}
        rows: list[Json] = []
        while True:
            page = self._get(path, params)
            rows += page["data"]
            if not page.get("next_cursor"):
                return rows
            params["cursor"] = page["next_cursor"]

    def _send(
        self, method: str, path: str, *, params: Json | None = None, body: Json | None = None
    ) -> httpx2.Response:
        asked: dict[str, Any] = {"params": params}
        if method != "GET":
            asked = {"headers": {"Idempotency-Key": str(uuid.uuid4())}}
            asked |= {"json": body} if body is not None else {}
        client = self._client.get_httpx_client()
        try:
            for attempt in stamina.retry_context(
                on=httpx2.TransportError, attempts=ATTEMPTS, wait_initial=0.1, wait_max=1
            ):
                with attempt:
                    answer = client.request(method, path, **asked)
        except httpx2.TransportError as error:
            raise self._unreachable(error, wrote=method != "GET") from error
        if answer.is_error:
            raise Refused.of(answer.status_code, answer.content)
        return answer

    def _json(self, answer: httpx2.Response) -> Json:
        try:
            found = json.loads(answer.content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            detail = f"Lo que responde {self._base_url} no es la API del fondo."
            raise Refused(
                "client.answer_unknown", detail, "Revise el perfil: `fondo profile list`."
            )
        return found

    def _unreachable(self, error: Exception, *, wrote: bool) -> Unreachable:
        cure = "Revise su conexión y la dirección: `fondo profile list`."
        if wrote and not isinstance(error, httpx2.ConnectError):
            cure = "Puede haber llegado: mire `fondo board inbox` antes de repetir."
        return Unreachable("client.unreachable", f"{self._base_url} no responde.", cure)
