from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="AbsenceOut")


@_attrs_define
class AbsenceOut:
    """A noted absence.

    Attributes:
        from_at (datetime.datetime):
        id (str):
        reason (str):
        registered_at (datetime.datetime):
        registered_by (str):
        seat (str):
        to_at (datetime.datetime):
    """

    from_at: datetime.datetime
    id: str
    reason: str
    registered_at: datetime.datetime
    registered_by: str
    seat: str
    to_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        from_at = self.from_at.isoformat()

        id = self.id

        reason = self.reason

        registered_at = self.registered_at.isoformat()

        registered_by = self.registered_by

        seat = self.seat

        to_at = self.to_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "from_at": from_at,
                "id": id,
                "reason": reason,
                "registered_at": registered_at,
                "registered_by": registered_by,
                "seat": seat,
                "to_at": to_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        from_at = datetime.datetime.fromisoformat(d.pop("from_at"))

        id = d.pop("id")

        reason = d.pop("reason")

        registered_at = datetime.datetime.fromisoformat(d.pop("registered_at"))

        registered_by = d.pop("registered_by")

        seat = d.pop("seat")

        to_at = datetime.datetime.fromisoformat(d.pop("to_at"))

        absence_out = cls(
            from_at=from_at,
            id=id,
            reason=reason,
            registered_at=registered_at,
            registered_by=registered_by,
            seat=seat,
            to_at=to_at,
        )

        return absence_out
