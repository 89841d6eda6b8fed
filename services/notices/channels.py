"""The two ways out: an e-mail over SMTP, and a webhook signed as Standard Webhooks says.

Each try is limited as a whole, whatever the other side does. A webhook goes to https only, is
never redirected and reads no body; outside a developer's machine its host must have public
addresses alone. The host's name is looked up again by the connection itself: a name that changes
in between can still mislead, so an egress rule belongs around a production sender.
"""

import asyncio
import json
import socket
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx2
from standardwebhooks import Webhook

from services.kernel import sealing
from services.kernel.errors import FundError
from services.kernel.settings import Settings
from services.notices import domain
from services.notices.domain import Outcome, Taken

STEP_LIMIT_S: Final = 10.0
TRY_LIMIT_S: Final = 30.0
GONE: Final = 410
"""By Standard Webhooks the receiver's word that it wants no more."""


def message_of(taken: Taken, *, sender: str, now: datetime) -> EmailMessage:
    """The e-mail: plain text and HTML; its Message-ID is the delivery's id, whichever try it is.

    Headers are set through the email package, which refuses a line break in any of them.
    """
    name, address = parseaddr(sender)
    message = EmailMessage()
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(display_name=taken.name, addr_spec=taken.address)
    message["Subject"] = taken.title
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{taken.id}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(taken.plain, cte="quoted-printable")
    message.add_alternative(taken.html, subtype="html", cte="quoted-printable")
    return message


class Mail:
    """The SMTP server of the settings, spoken to once a message.

    Beyond this machine the connection is encrypted or not made (STARTTLS, or smtps://).
    """

    def __init__(self, settings: Settings) -> None:
        url = settings.smtp_url.get_secret_value()
        server = urlsplit(url)
        if url and not (server.scheme in ("smtp", "smtps") and server.hostname):
            raise ValueError("FUND_SMTP_URL: use smtp://host:port or smtps://host:port")
        self._sender = settings.notices_from
        Address(addr_spec=parseaddr(self._sender)[1])  # refuses what is no address
        self._host = server.hostname or ""
        self._tls = server.scheme == "smtps"
        self._port = server.port or (465 if self._tls else 25)
        self._user = unquote(server.username) if server.username else None
        self._password = unquote(server.password) if server.password else None

    @property
    def is_on(self) -> bool:
        """Whether there is a server at all."""
        return bool(self._host)

    async def send(self, taken: Taken, *, now: datetime) -> Outcome:
        """One try. A refusal of the recipient or of the message (5xx) is permanent; all else,
        a fault of ours before the server included, may pass."""
        here = domain.is_loopback(self._host)
        try:
            message = message_of(taken, sender=self._sender, now=now)
            async with asyncio.timeout(TRY_LIMIT_S):
                await aiosmtplib.send(
                    message,
                    recipients=[taken.address],
                    hostname=self._host,
                    port=self._port,
                    username=self._user,
                    password=self._password,
                    timeout=STEP_LIMIT_S,
                    use_tls=self._tls,
                    start_tls=None if self._tls or here else True,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            told = "; ".join(f"{one.code} {one.message}" for one in error.recipients)
            return Outcome(told, permanent=all(one.code >= 500 for one in error.recipients))
        except aiosmtplib.SMTPDataError as error:
            return Outcome(f"{error.code} {error.message}", permanent=error.code >= 500)
        except (aiosmtplib.SMTPException, MessageError, OSError, ValueError) as error:
            return Outcome(f"{type(error).__name__}: {error}")
        return Outcome()


class Webhooks:
    """Posts to the addresses that recipients gave."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._local = settings.environment == "local"
        self._client = httpx2.AsyncClient(
            timeout=STEP_LIMIT_S, follow_redirects=False, trust_env=False
        )

    async def send(self, taken: Taken, *, now: datetime) -> Outcome:
        """One try: any 2xx is a yes, 410 a no for good, all else may pass."""
        if not taken.secrets:
            return Outcome("El contacto no tiene un secreto con que firmar; genere uno.")
        body = body_of(taken, now=now)
        try:
            secrets = [sealing.opened(self._settings, sealed) for sealed in taken.secrets]
        except FundError as error:
            return Outcome(error.detail)
        signed = (Webhook(secret).sign(taken.id, now, body) for secret in secrets)
        headers = {
            "content-type": "application/json",
            "webhook-id": taken.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }
        try:
            async with asyncio.timeout(TRY_LIMIT_S):
                await self._check(taken.address)
                async with self._client.stream(
                    "POST", taken.address, content=body.encode(), headers=headers
                ) as answer:
                    status = answer.status_code
        except FundError as error:
            return Outcome(error.detail)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            return Outcome(f"{type(error).__name__}: {error}")
        if 200 <= status < 300:
            return Outcome()
        return Outcome(f"HTTP {status}", permanent=status == GONE)

    async def _check(self, url: str) -> None:
        """Refuse an address that the settings do not admit, and a host inside our own network."""
        domain.check_webhook_url(url, local=self._local)
        parts = urlsplit(url)
        host = parts.hostname or ""
        if self._local and domain.is_loopback(host):
            return
        found = await asyncio.get_running_loop().getaddrinfo(
            host, parts.port or 443, type=socket.SOCK_STREAM
        )
        if not domain.all_public(str(address[0]) for *_, address in found):
            raise OSError("el servidor del webhook no está en la internet pública")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def body_of(taken: Taken, *, now: datetime) -> str:
    """The webhook's body: type, time and data, as Standard Webhooks has them."""
    return json.dumps(
        {
            "type": taken.event_type,
            "timestamp": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": {
                "delivery_id": taken.id,
                "event_id": taken.event_id,
                "about": taken.about,
                "template": taken.template,
                "title": taken.title,
                "text": taken.plain,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
