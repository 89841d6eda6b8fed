from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="InterestEndIn")


@_attrs_define
class InterestEndIn:
    """The last day of the interest.

    Attributes:
        valid_to (datetime.date):
    """

    valid_to: datetime.date

    def to_dict(self) -> dict[str, Any]:
        valid_to = self.valid_to.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "valid_to": valid_to,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        valid_to = datetime.date.fromisoformat(d.pop("valid_to"))

        interest_end_in = cls(
            valid_to=valid_to,
        )

        return interest_end_in
