from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.ballot_proof_absences_item import BallotProofAbsencesItem
    from ..models.ballot_proof_keys_item import BallotProofKeysItem
    from ..models.ballot_proof_matter import BallotProofMatter
    from ..models.ballot_proof_terms_item import BallotProofTermsItem


T = TypeVar("T", bound="BallotProof")


@_attrs_define
class BallotProof:
    """What proves a ballot that ended: its part of an acta, with designations and keys.

    Attributes:
        absences (list[BallotProofAbsencesItem]):
        ballot_id (str):
        keys (list[BallotProofKeysItem]):
        matter (BallotProofMatter):
        terms (list[BallotProofTermsItem]):
    """

    absences: list[BallotProofAbsencesItem]
    ballot_id: str
    keys: list[BallotProofKeysItem]
    matter: BallotProofMatter
    terms: list[BallotProofTermsItem]

    def to_dict(self) -> dict[str, Any]:
        absences = []
        for absences_item_data in self.absences:
            absences_item = absences_item_data.to_dict()
            absences.append(absences_item)

        ballot_id = self.ballot_id

        keys = []
        for keys_item_data in self.keys:
            keys_item = keys_item_data.to_dict()
            keys.append(keys_item)

        matter = self.matter.to_dict()

        terms = []
        for terms_item_data in self.terms:
            terms_item = terms_item_data.to_dict()
            terms.append(terms_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "absences": absences,
                "ballot_id": ballot_id,
                "keys": keys,
                "matter": matter,
                "terms": terms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ballot_proof_absences_item import BallotProofAbsencesItem  # noqa: PLC0415
        from ..models.ballot_proof_keys_item import BallotProofKeysItem  # noqa: PLC0415
        from ..models.ballot_proof_matter import BallotProofMatter  # noqa: PLC0415
        from ..models.ballot_proof_terms_item import BallotProofTermsItem  # noqa: PLC0415

        d = dict(src_dict)
        absences = []
        _absences = d.pop("absences")
        for absences_item_data in _absences:
            absences_item = BallotProofAbsencesItem.from_dict(absences_item_data)

            absences.append(absences_item)

        ballot_id = d.pop("ballot_id")

        keys = []
        _keys = d.pop("keys")
        for keys_item_data in _keys:
            keys_item = BallotProofKeysItem.from_dict(keys_item_data)

            keys.append(keys_item)

        matter = BallotProofMatter.from_dict(d.pop("matter"))

        terms = []
        _terms = d.pop("terms")
        for terms_item_data in _terms:
            terms_item = BallotProofTermsItem.from_dict(terms_item_data)

            terms.append(terms_item)

        ballot_proof = cls(
            absences=absences,
            ballot_id=ballot_id,
            keys=keys,
            matter=matter,
            terms=terms,
        )

        return ballot_proof
