"""Request and response bodies of notices."""

from datetime import UTC, datetime
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints

from services.kernel.schemas import Body, Line, example
from services.notices import domain
from services.notices.catalog import Topic
from services.notices.events import DeliveryId, EventId
from services.notices.models import Contact, Delivery
from services.notices.queries import ContactView

Instant = Annotated[datetime, AfterValidator(lambda value: value.astimezone(UTC))]
SUB_PATTERN: Final = r"^[A-Za-z0-9][!-.0-~]{0,119}$"
"""A person's `sub`, `role:secretariat` or a consortium's id: visible ASCII without a slash."""
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM: Final = "[A-Za-z0-9_%+-]{1,30}"
Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=rf"^{_ATOM}(\.{_ATOM}){{0,5}}@{_LABEL}(\.{_LABEL}){{1,5}}$"
    ),
    Field(examples=["rosa.quispe@mef.example"]),
]
WebhookUrl = Annotated[
    str,
    StringConstraints(max_length=500, pattern=r"^https?://[!-~]{1,490}$"),
    Field(examples=["https://avisos.mef.example/fondo"]),
]


class ContactIn(Body):
    """Where somebody is told: `topics` null is all; what binds is told whatever they say."""

    model_config = example(
        {
            "name": "Rosa Quispe",
            "email": "rosa.quispe@mef.example",
            "webhook_url": None,
            "topics": None,
        }
    )

    name: Line
    email: Email | None = None
    webhook_url: WebhookUrl | None = None
    topics: Annotated[list[Topic], Field(max_length=20)] | None = None


class ContactOut(Body):
    """A contact; of its webhook's secrets only how many sign (two after a change)."""

    sub: Annotated[str, Field(examples=["mef-1"])]
    name: str
    email: str | None
    webhook_url: str | None
    webhook_secrets: int
    topics: list[Topic] | None
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, view: ContactView) -> Self:
        """From its row."""
        fields = set(cls.model_fields) - {"webhook_secrets", "webhook_secret"}
        told = view.contact.model_dump(include=fields) | {"webhook_secrets": view.secrets}
        if "webhook_secret" in cls.model_fields:
            told["webhook_secret"] = view.new_secret
        return cls.model_validate(told)


class ContactSetOut(ContactOut):
    """The contact after a change. A secret that was made is shown in this answer, and when the
    same request is repeated under its key; no other answer has it."""

    webhook_secret: Annotated[str | None, Field(examples=["whsec_c2VjcmV0byBkZSBlamVtcGxv"])]


class ContactLine(Body):
    """A contact in the list."""

    sub: Annotated[str, Field(examples=["mef-1"])]
    name: str
    email: str | None
    webhook_url: str | None
    topics: list[Topic] | None

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """From its row."""
        return cls.model_validate(contact.model_dump(include=set(cls.model_fields)))


class ReplayOut(Body):
    """A replay that was asked for: how many deliveries will be sent again."""

    sub: Annotated[str, Field(examples=["program:agroideas"])]
    since: Instant
    deliveries: int


class DeliveryOut(Body):
    """A delivery: what, to whom, over which channel, and how it stands; the address is masked."""

    id: DeliveryId
    event_id: EventId
    event_type: Annotated[str, Field(examples=["fund.board.ballot.opened.v1"])]
    about: Annotated[str, Field(examples=["bal_01k9v1q0m5f3tt0p6k1s9w2r4e"])]
    template: Annotated[str, Field(examples=["ballot_opened"])]
    recipient_sub: Annotated[str, Field(examples=["mef-1"])]
    channel: domain.Channel
    address: Annotated[str | None, Field(examples=["r***@mef.example"])]
    title: str
    state: domain.State
    attempts: int
    next_attempt_at: Instant | None
    last_error: str | None
    created_at: Instant
    sent_at: Instant | None

    @classmethod
    def of(cls, row: Delivery) -> Self:
        """From its row."""
        told = row.model_dump(include=set(cls.model_fields))
        return cls.model_validate({**told, "address": domain.masked(row.address)})
