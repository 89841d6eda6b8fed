from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.vote_in_choice import VoteInChoice, check_vote_in_choice
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.condition_in import ConditionIn


T = TypeVar("T", bound="VoteIn")


@_attrs_define
class VoteIn:
    """A seat's choice, signed by its holder over the text `fondo.vote.v1`.

    `against` and `abstain` carry a reason, `abstain` also the legal bar, only `for` conditions.

        Attributes:
            choice (VoteInChoice):
            conditions (list[ConditionIn] | Unset):
            file_sha256 (None | str | Unset):
            legal_bar (None | str | Unset):
            nonce (None | str | Unset):
            reason (None | str | Unset):
            signature (None | str | Unset):
            signed_at (datetime.datetime | None | Unset):
    """

    choice: VoteInChoice
    conditions: list[ConditionIn] | Unset = UNSET
    file_sha256: None | str | Unset = UNSET
    legal_bar: None | str | Unset = UNSET
    nonce: None | str | Unset = UNSET
    reason: None | str | Unset = UNSET
    signature: None | str | Unset = UNSET
    signed_at: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        choice: str = self.choice

        conditions: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.conditions, Unset):
            conditions = []
            for conditions_item_data in self.conditions:
                conditions_item = conditions_item_data.to_dict()
                conditions.append(conditions_item)

        file_sha256: None | str | Unset
        if isinstance(self.file_sha256, Unset):
            file_sha256 = UNSET
        else:
            file_sha256 = self.file_sha256

        legal_bar: None | str | Unset
        if isinstance(self.legal_bar, Unset):
            legal_bar = UNSET
        else:
            legal_bar = self.legal_bar

        nonce: None | str | Unset
        if isinstance(self.nonce, Unset):
            nonce = UNSET
        else:
            nonce = self.nonce

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        signature: None | str | Unset
        if isinstance(self.signature, Unset):
            signature = UNSET
        else:
            signature = self.signature

        signed_at: None | str | Unset
        if isinstance(self.signed_at, Unset):
            signed_at = UNSET
        elif isinstance(self.signed_at, datetime.datetime):
            signed_at = self.signed_at.isoformat()
        else:
            signed_at = self.signed_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "choice": choice,
            }
        )
        if conditions is not UNSET:
            field_dict["conditions"] = conditions
        if file_sha256 is not UNSET:
            field_dict["file_sha256"] = file_sha256
        if legal_bar is not UNSET:
            field_dict["legal_bar"] = legal_bar
        if nonce is not UNSET:
            field_dict["nonce"] = nonce
        if reason is not UNSET:
            field_dict["reason"] = reason
        if signature is not UNSET:
            field_dict["signature"] = signature
        if signed_at is not UNSET:
            field_dict["signed_at"] = signed_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.condition_in import ConditionIn  # noqa: PLC0415

        d = dict(src_dict)
        choice = check_vote_in_choice(d.pop("choice"))

        _conditions = d.pop("conditions", UNSET)
        conditions: list[ConditionIn] | Unset = UNSET
        if _conditions is not UNSET:
            conditions = []
            for conditions_item_data in _conditions:
                conditions_item = ConditionIn.from_dict(conditions_item_data)

                conditions.append(conditions_item)

        def _parse_file_sha256(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        file_sha256 = _parse_file_sha256(d.pop("file_sha256", UNSET))

        def _parse_legal_bar(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        legal_bar = _parse_legal_bar(d.pop("legal_bar", UNSET))

        def _parse_nonce(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        nonce = _parse_nonce(d.pop("nonce", UNSET))

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        def _parse_signature(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        signature = _parse_signature(d.pop("signature", UNSET))

        def _parse_signed_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                signed_at_type_0 = datetime.datetime.fromisoformat(data)

                return signed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        signed_at = _parse_signed_at(d.pop("signed_at", UNSET))

        vote_in = cls(
            choice=choice,
            conditions=conditions,
            file_sha256=file_sha256,
            legal_bar=legal_bar,
            nonce=nonce,
            reason=reason,
            signature=signature,
            signed_at=signed_at,
        )

        return vote_in
