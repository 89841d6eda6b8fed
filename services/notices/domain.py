"""What a delivery may become, when it is tried again, and which addresses are taken. Pure."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from services.kernel.errors import Conflict, FieldError, Invalid

Channel = Literal["email", "webhook"]
State = Literal["pending", "sending", "sent", "failed", "given_up"]
Capacity = Literal["titular", "alternate"]

DUE_STATES: Final = ("pending", "failed", "sending")
"""States that a sender takes up; `sending` only once its lease is over."""
FIRST_DELAY_S: Final = 60
LAST_DELAY_S: Final = 6 * 3600
SECRETS_ACTIVE: Final = 2
"""So many secrets sign each webhook: a receiver changes to the new one without a gap."""
SECRETARIAT: Final = "role:secretariat"
"""The contact of the technical secretariat, which is an office and not a person."""
ERROR_LENGTH: Final = 500
PROGRAM: Final = "program:"
"""Before a partner's name: the contact of its programme."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\s]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this process now tries, and what it needs for that."""

    id: str
    event_id: str
    event_type: str
    about: str
    template: str
    channel: str
    address: str
    name: str
    title: str
    plain: str
    html: str
    attempt: int
    secrets: tuple[str, ...]
    """Sealed, as they are kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try led to: no error means that the recipient's server took it."""

    error: str | None = None
    permanent: bool = False


def retry_at(*, attempt: int, now: datetime, share: float) -> datetime:
    """When to try again after the `attempt`-th try (from 1) failed: twice as late each time.

    One minute doubled for each try, at most six hours; `share` in [0, 1) chooses a moment in the
    later half of that, so that what failed together does not come back together.
    """
    longest_s = min(FIRST_DELAY_S * 2 ** min(attempt, 20), LAST_DELAY_S)
    return now + timedelta(seconds=longest_s * (1 + share) / 2)


def outcome_of(*, attempts: int, attempts_until: int, permanent: bool) -> State:
    """What a delivery becomes after a failed try: a refusal for good is not tried again."""
    return "given_up" if permanent or attempts >= attempts_until else "failed"


def check_redeliverable(state: str) -> None:
    """Raise Conflict for a delivery that arrived or is on its way."""
    if state == "sent":
        raise Conflict(
            "notices.already_sent", "El aviso ya fue entregado; no hace falta repetirlo."
        )
    if state == "sending":
        raise Conflict("notices.being_sent", "El aviso se está enviando; espere un minuto.")


def check_webhook_url(url: str, *, local: bool) -> None:
    """Raise Invalid unless it is https without user and password; on a developer's machine
    (`local`) also http to the machine itself."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", 0, urlsplit("")
    plain = local and parts.scheme == "http" and is_loopback(host)
    unfit = not host or port == 0 or "@" in parts.netloc or parts.fragment
    if unfit or not (parts.scheme == "https" or plain):
        raise Invalid(
            "notices.webhook_url",
            "La dirección del webhook no se admite.",
            errors=[
                FieldError(
                    "/webhook_url",
                    "notices.webhook_url",
                    "Use https:// con el nombre del servidor, sin usuario ni contraseña.",
                )
            ],
        )


def is_loopback(host: str) -> bool:
    """Whether the name or number is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def all_public(addresses: Iterable[str]) -> bool:
    """Whether every address is one of the open internet; none at all is not."""
    found = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
    return bool(found) and all(one.is_global and not one.is_multicast for one in found)


def one_line(text: str, *, longest: int = 200) -> str:
    """The text on one line: what is a header can never begin another one."""
    return _CONTROL.sub(" ", text).strip()[:longest].strip()


def masked(address: str | None) -> str | None:
    """The address as those see it who only need to recognise it."""
    if address is None:
        return None
    if "://" in address:
        return f"{address.split('://', 1)[0]}://{urlsplit(address).hostname}/…"
    name, _, host = address.rpartition("@")
    return f"{name[:1]}***@{host}"


def told_error(error: str, address: str | None) -> str:
    """What went wrong, on one line, with the address masked."""
    hidden = error.replace(address, str(masked(address))) if address else error
    return one_line(hidden, longest=ERROR_LENGTH) or "sin detalle"
