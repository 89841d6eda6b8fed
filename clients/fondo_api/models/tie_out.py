from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TieOut")


@_attrs_define
class TieOut:
    """An interest of the reader that meets a party of the dossier.

    Attributes:
        ground (int):
        interest_id (str):
        party_name (str):
        party_role (str):
        relation (str):
        text_es (str):
    """

    ground: int
    interest_id: str
    party_name: str
    party_role: str
    relation: str
    text_es: str

    def to_dict(self) -> dict[str, Any]:
        ground = self.ground

        interest_id = self.interest_id

        party_name = self.party_name

        party_role = self.party_role

        relation = self.relation

        text_es = self.text_es

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ground": ground,
                "interest_id": interest_id,
                "party_name": party_name,
                "party_role": party_role,
                "relation": relation,
                "text_es": text_es,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ground = d.pop("ground")

        interest_id = d.pop("interest_id")

        party_name = d.pop("party_name")

        party_role = d.pop("party_role")

        relation = d.pop("relation")

        text_es = d.pop("text_es")

        tie_out = cls(
            ground=ground,
            interest_id=interest_id,
            party_name=party_name,
            party_role=party_role,
            relation=relation,
            text_es=text_es,
        )

        return tie_out
