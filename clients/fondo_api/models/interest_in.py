from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.interest_in_kind import InterestInKind, check_interest_in_kind
from ..types import UNSET, Unset

T = TypeVar("T", bound="InterestIn")


@_attrs_define
class InterestIn:
    """A person (DNI) or firm (RUC), how the caller is tied to it, which of the six grounds of LPAG
    article 99 that would be, and since when until when.

        Attributes:
            ground (int):
            kind (InterestInKind):
            name (str):
            relation (str):
            valid_from (datetime.date):
            value (str):
            valid_to (datetime.date | None | Unset):
    """

    ground: int
    kind: InterestInKind
    name: str
    relation: str
    valid_from: datetime.date
    value: str
    valid_to: datetime.date | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        ground = self.ground

        kind: str = self.kind

        name = self.name

        relation = self.relation

        valid_from = self.valid_from.isoformat()

        value = self.value

        valid_to: None | str | Unset
        if isinstance(self.valid_to, Unset):
            valid_to = UNSET
        elif isinstance(self.valid_to, datetime.date):
            valid_to = self.valid_to.isoformat()
        else:
            valid_to = self.valid_to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ground": ground,
                "kind": kind,
                "name": name,
                "relation": relation,
                "valid_from": valid_from,
                "value": value,
            }
        )
        if valid_to is not UNSET:
            field_dict["valid_to"] = valid_to

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ground = d.pop("ground")

        kind = check_interest_in_kind(d.pop("kind"))

        name = d.pop("name")

        relation = d.pop("relation")

        valid_from = datetime.date.fromisoformat(d.pop("valid_from"))

        value = d.pop("value")

        def _parse_valid_to(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_to_type_0 = datetime.date.fromisoformat(data)

                return valid_to_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        valid_to = _parse_valid_to(d.pop("valid_to", UNSET))

        interest_in = cls(
            ground=ground,
            kind=kind,
            name=name,
            relation=relation,
            valid_from=valid_from,
            value=value,
            valid_to=valid_to,
        )

        return interest_in
