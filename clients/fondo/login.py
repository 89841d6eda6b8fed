"""Getting a token: the device authorization grant (RFC 8628) at the profile's issuer.

The member opens an address in any browser, there says who he is, and the command, which never sees
a password, gets its token.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import httpx2

from clients.fondo.errors import Refused, Unreachable

CLIENT_ID: Final = "fondo-cli"
GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
TIMEOUT_S: Final = 10
SLOWER_S: Final = 5
"""How much longer one waits each time after `slow_down` (RFC 8628, 3.5)."""

pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Pending:
    """A login that waits for its person."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    interval_s: int
    expires_in_s: int


class DeviceLogin:
    """One login at one issuer."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer.rstrip("/")
        self._http = httpx2.Client(timeout=TIMEOUT_S)
        self._endpoints: dict[str, str] = {}

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def start(self) -> Pending:
        """Ask for a code; raises Refused when this issuer has no such login."""
        self._endpoints = self._discover()
        status, told = self._form("device_authorization_endpoint", {"client_id": CLIENT_ID})
        if status != 200:
            raise _refused(status, told)
        return Pending(
            device_code=str(told["device_code"]),
            user_code=str(told["user_code"]),
            verification_uri=str(told["verification_uri"]),
            verification_uri_complete=str(
                told.get("verification_uri_complete") or told["verification_uri"]
            ),
            interval_s=int(told.get("interval", 5)),
            expires_in_s=int(told["expires_in"]),
        )

    def wait(self, pending: Pending) -> str:
        """The token, once its person has approved; raises Refused when he denied, or too late."""
        asked = {"grant_type": GRANT, "device_code": pending.device_code, "client_id": CLIENT_ID}
        interval_s, waited_s = pending.interval_s, 0
        while waited_s <= pending.expires_in_s:
            pause(interval_s)
            waited_s += interval_s
            status, told = self._form("token_endpoint", asked)
            if status == 200:
                return str(told["access_token"])
            if told.get("error") == "slow_down":
                interval_s += SLOWER_S
            elif told.get("error") != "authorization_pending":
                raise _refused(status, told)
        raise _refused(400, {"error": "expired_token"})

    def _discover(self) -> dict[str, str]:
        url = urljoin(f"{self._issuer}/", ".well-known/openid-configuration")
        try:
            answer = self._http.get(url)
            found = answer.json() if answer.is_success else {}
        except httpx2.TransportError as error:
            raise self._unreachable() from error
        except ValueError:
            found = {}
        if "device_authorization_endpoint" not in found:
            detail = f"El emisor {self._issuer} no ofrece entrar por dispositivo."
            cure = "Revise el perfil, o entre con un token: `fondo login --token-file ARCHIVO`."
            raise Refused("client.issuer_unfit", detail, cure)
        return {name: str(value) for name, value in found.items()}

    def _form(self, endpoint: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        try:
            answer = self._http.post(self._endpoints[endpoint], data=fields)
            told = answer.json()
        except httpx2.TransportError as error:
            raise self._unreachable() from error
        except ValueError:
            told = {}
        return answer.status_code, told if isinstance(told, dict) else {}

    def _unreachable(self) -> Unreachable:
        cure = "Revise su conexión y la dirección: `fondo profile list`."
        return Unreachable("client.unreachable", f"El emisor {self._issuer} no responde.", cure)


def _refused(status: int, told: dict[str, Any]) -> Refused:
    reasons = {
        "access_denied": "El ingreso fue rechazado en el navegador.",
        "expired_token": "El código venció antes de que alguien lo aprobara.",
    }
    error = str(told.get("error") or "sin motivo")
    detail = reasons.get(error) or f"El emisor no dio un token ({error})."
    return Refused(f"login.{error}", detail, "Empiece de nuevo: `fondo login`.", status=status)
