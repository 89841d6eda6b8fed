from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.condition import Condition


T = TypeVar("T", bound="VoteOut")


@_attrs_define
class VoteOut:
    """A vote as its seat sees it, with what proves it.

    Attributes:
        ballot_id (str):
        capacity (str):
        cast_at (datetime.datetime):
        choice (str):
        conditions (list[Condition]):
        dossier_sha256 (str):
        file_sha256 (str):
        holder_sub (str):
        id (str):
        key_id (str):
        legal_bar (None | str):
        nonce (str):
        reason (None | str):
        seat (str):
        signature (str):
        signed_at (datetime.datetime):
    """

    ballot_id: str
    capacity: str
    cast_at: datetime.datetime
    choice: str
    conditions: list[Condition]
    dossier_sha256: str
    file_sha256: str
    holder_sub: str
    id: str
    key_id: str
    legal_bar: None | str
    nonce: str
    reason: None | str
    seat: str
    signature: str
    signed_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        ballot_id = self.ballot_id

        capacity = self.capacity

        cast_at = self.cast_at.isoformat()

        choice = self.choice

        conditions = []
        for conditions_item_data in self.conditions:
            conditions_item = conditions_item_data.to_dict()
            conditions.append(conditions_item)

        dossier_sha256 = self.dossier_sha256

        file_sha256 = self.file_sha256

        holder_sub = self.holder_sub

        id = self.id

        key_id = self.key_id

        legal_bar: None | str
        legal_bar = self.legal_bar

        nonce = self.nonce

        reason: None | str
        reason = self.reason

        seat = self.seat

        signature = self.signature

        signed_at = self.signed_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ballot_id": ballot_id,
                "capacity": capacity,
                "cast_at": cast_at,
                "choice": choice,
                "conditions": conditions,
                "dossier_sha256": dossier_sha256,
                "file_sha256": file_sha256,
                "holder_sub": holder_sub,
                "id": id,
                "key_id": key_id,
                "legal_bar": legal_bar,
                "nonce": nonce,
                "reason": reason,
                "seat": seat,
                "signature": signature,
                "signed_at": signed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.condition import Condition  # noqa: PLC0415

        d = dict(src_dict)
        ballot_id = d.pop("ballot_id")

        capacity = d.pop("capacity")

        cast_at = datetime.datetime.fromisoformat(d.pop("cast_at"))

        choice = d.pop("choice")

        conditions = []
        _conditions = d.pop("conditions")
        for conditions_item_data in _conditions:
            conditions_item = Condition.from_dict(conditions_item_data)

            conditions.append(conditions_item)

        dossier_sha256 = d.pop("dossier_sha256")

        file_sha256 = d.pop("file_sha256")

        holder_sub = d.pop("holder_sub")

        id = d.pop("id")

        key_id = d.pop("key_id")

        def _parse_legal_bar(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        legal_bar = _parse_legal_bar(d.pop("legal_bar"))

        nonce = d.pop("nonce")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        seat = d.pop("seat")

        signature = d.pop("signature")

        signed_at = datetime.datetime.fromisoformat(d.pop("signed_at"))

        vote_out = cls(
            ballot_id=ballot_id,
            capacity=capacity,
            cast_at=cast_at,
            choice=choice,
            conditions=conditions,
            dossier_sha256=dossier_sha256,
            file_sha256=file_sha256,
            holder_sub=holder_sub,
            id=id,
            key_id=key_id,
            legal_bar=legal_bar,
            nonce=nonce,
            reason=reason,
            seat=seat,
            signature=signature,
            signed_at=signed_at,
        )

        return vote_out
