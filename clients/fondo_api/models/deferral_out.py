from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="DeferralOut")


@_attrs_define
class DeferralOut:
    """Who presided put the dossier off until a day, and why.

    Attributes:
        deferred_at (datetime.datetime):
        holder_sub (str):
        reason (str):
        seat (str):
        until (datetime.date):
    """

    deferred_at: datetime.datetime
    holder_sub: str
    reason: str
    seat: str
    until: datetime.date

    def to_dict(self) -> dict[str, Any]:
        deferred_at = self.deferred_at.isoformat()

        holder_sub = self.holder_sub

        reason = self.reason

        seat = self.seat

        until = self.until.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "deferred_at": deferred_at,
                "holder_sub": holder_sub,
                "reason": reason,
                "seat": seat,
                "until": until,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        deferred_at = datetime.datetime.fromisoformat(d.pop("deferred_at"))

        holder_sub = d.pop("holder_sub")

        reason = d.pop("reason")

        seat = d.pop("seat")

        until = datetime.date.fromisoformat(d.pop("until"))

        deferral_out = cls(
            deferred_at=deferred_at,
            holder_sub=holder_sub,
            reason=reason,
            seat=seat,
            until=until,
        )

        return deferral_out
