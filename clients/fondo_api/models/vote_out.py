from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="VoteOut")


@_attrs_define
class VoteOut:
    """A vote as its seat sees it.

    Attributes:
        ballot_id (str):
        cast_at (datetime.datetime):
        choice (str):
        dossier_sha256 (str):
        holder_sub (str):
        id (str):
        reason (None | str):
        seat (str):
    """

    ballot_id: str
    cast_at: datetime.datetime
    choice: str
    dossier_sha256: str
    holder_sub: str
    id: str
    reason: None | str
    seat: str

    def to_dict(self) -> dict[str, Any]:
        ballot_id = self.ballot_id

        cast_at = self.cast_at.isoformat()

        choice = self.choice

        dossier_sha256 = self.dossier_sha256

        holder_sub = self.holder_sub

        id = self.id

        reason: None | str
        reason = self.reason

        seat = self.seat

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ballot_id": ballot_id,
                "cast_at": cast_at,
                "choice": choice,
                "dossier_sha256": dossier_sha256,
                "holder_sub": holder_sub,
                "id": id,
                "reason": reason,
                "seat": seat,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ballot_id = d.pop("ballot_id")

        cast_at = datetime.datetime.fromisoformat(d.pop("cast_at"))

        choice = d.pop("choice")

        dossier_sha256 = d.pop("dossier_sha256")

        holder_sub = d.pop("holder_sub")

        id = d.pop("id")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        seat = d.pop("seat")

        vote_out = cls(
            ballot_id=ballot_id,
            cast_at=cast_at,
            choice=choice,
            dossier_sha256=dossier_sha256,
            holder_sub=holder_sub,
            id=id,
            reason=reason,
            seat=seat,
        )

        return vote_out
