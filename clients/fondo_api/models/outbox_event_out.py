from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.outbox_event_out_body import OutboxEventOutBody


T = TypeVar("T", bound="OutboxEventOut")


@_attrs_define
class OutboxEventOut:
    """An event of the outbox, with the CloudEvent that is sent; `published_at` is Kafka's ack.

    Attributes:
        aggregate_id (str):
        aggregate_version (int):
        body (OutboxEventOutBody):
        created_at (datetime.datetime):
        id (str):
        published_at (datetime.datetime | None):
        type_ (str):
    """

    aggregate_id: str
    aggregate_version: int
    body: OutboxEventOutBody
    created_at: datetime.datetime
    id: str
    published_at: datetime.datetime | None
    type_: str

    def to_dict(self) -> dict[str, Any]:
        aggregate_id = self.aggregate_id

        aggregate_version = self.aggregate_version

        body = self.body.to_dict()

        created_at = self.created_at.isoformat()

        id = self.id

        published_at: None | str
        if isinstance(self.published_at, datetime.datetime):
            published_at = self.published_at.isoformat()
        else:
            published_at = self.published_at

        type_ = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "aggregate_id": aggregate_id,
                "aggregate_version": aggregate_version,
                "body": body,
                "created_at": created_at,
                "id": id,
                "published_at": published_at,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.outbox_event_out_body import OutboxEventOutBody  # noqa: PLC0415

        d = dict(src_dict)
        aggregate_id = d.pop("aggregate_id")

        aggregate_version = d.pop("aggregate_version")

        body = OutboxEventOutBody.from_dict(d.pop("body"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        id = d.pop("id")

        def _parse_published_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                published_at_type_0 = datetime.datetime.fromisoformat(data)

                return published_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        published_at = _parse_published_at(d.pop("published_at"))

        type_ = d.pop("type")

        outbox_event_out = cls(
            aggregate_id=aggregate_id,
            aggregate_version=aggregate_version,
            body=body,
            created_at=created_at,
            id=id,
            published_at=published_at,
            type_=type_,
        )

        return outbox_event_out
