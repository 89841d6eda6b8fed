from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="InterestOut")


@_attrs_define
class InterestOut:
    """A declared interest.

    Attributes:
        declared_at (datetime.datetime):
        ground (int):
        holder_sub (str):
        id (str):
        kind (str):
        name (str):
        relation (str):
        valid_from (datetime.date):
        valid_to (datetime.date | None):
        value (str):
    """

    declared_at: datetime.datetime
    ground: int
    holder_sub: str
    id: str
    kind: str
    name: str
    relation: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    value: str

    def to_dict(self) -> dict[str, Any]:
        declared_at = self.declared_at.isoformat()

        ground = self.ground

        holder_sub = self.holder_sub

        id = self.id

        kind = self.kind

        name = self.name

        relation = self.relation

        valid_from = self.valid_from.isoformat()

        valid_to: None | str
        if isinstance(self.valid_to, datetime.date):
            valid_to = self.valid_to.isoformat()
        else:
            valid_to = self.valid_to

        value = self.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "declared_at": declared_at,
                "ground": ground,
                "holder_sub": holder_sub,
                "id": id,
                "kind": kind,
                "name": name,
                "relation": relation,
                "valid_from": valid_from,
                "valid_to": valid_to,
                "value": value,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        declared_at = datetime.datetime.fromisoformat(d.pop("declared_at"))

        ground = d.pop("ground")

        holder_sub = d.pop("holder_sub")

        id = d.pop("id")

        kind = d.pop("kind")

        name = d.pop("name")

        relation = d.pop("relation")

        valid_from = datetime.date.fromisoformat(d.pop("valid_from"))

        def _parse_valid_to(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_to_type_0 = datetime.date.fromisoformat(data)

                return valid_to_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        valid_to = _parse_valid_to(d.pop("valid_to"))

        value = d.pop("value")

        interest_out = cls(
            declared_at=declared_at,
            ground=ground,
            holder_sub=holder_sub,
            id=id,
            kind=kind,
            name=name,
            relation=relation,
            valid_from=valid_from,
            valid_to=valid_to,
            value=value,
        )

        return interest_out
