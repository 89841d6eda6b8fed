from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.acta_out_content import ActaOutContent
    from ..models.acta_signed import ActaSigned
    from ..models.signer import Signer


T = TypeVar("T", bound="ActaOut")


@_attrs_define
class ActaOut:
    """An acta: what it says, who has signed, who has not, and without whom it is not sealed.

    Attributes:
        ballot_id (None | str):
        content (ActaOutContent):
        content_sha256 (str):
        drawn_at (datetime.datetime):
        drawn_by (str):
        id (str):
        missing (list[Signer]):
        must_sign (list[Signer]):
        number (str):
        previous_sha256 (None | str):
        seal (None | str):
        sealed_at (datetime.datetime | None):
        session_id (None | str):
        signatures (list[ActaSigned]):
    """

    ballot_id: None | str
    content: ActaOutContent
    content_sha256: str
    drawn_at: datetime.datetime
    drawn_by: str
    id: str
    missing: list[Signer]
    must_sign: list[Signer]
    number: str
    previous_sha256: None | str
    seal: None | str
    sealed_at: datetime.datetime | None
    session_id: None | str
    signatures: list[ActaSigned]

    def to_dict(self) -> dict[str, Any]:
        ballot_id: None | str
        ballot_id = self.ballot_id

        content = self.content.to_dict()

        content_sha256 = self.content_sha256

        drawn_at = self.drawn_at.isoformat()

        drawn_by = self.drawn_by

        id = self.id

        missing = []
        for missing_item_data in self.missing:
            missing_item = missing_item_data.to_dict()
            missing.append(missing_item)

        must_sign = []
        for must_sign_item_data in self.must_sign:
            must_sign_item = must_sign_item_data.to_dict()
            must_sign.append(must_sign_item)

        number = self.number

        previous_sha256: None | str
        previous_sha256 = self.previous_sha256

        seal: None | str
        seal = self.seal

        sealed_at: None | str
        if isinstance(self.sealed_at, datetime.datetime):
            sealed_at = self.sealed_at.isoformat()
        else:
            sealed_at = self.sealed_at

        session_id: None | str
        session_id = self.session_id

        signatures = []
        for signatures_item_data in self.signatures:
            signatures_item = signatures_item_data.to_dict()
            signatures.append(signatures_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ballot_id": ballot_id,
                "content": content,
                "content_sha256": content_sha256,
                "drawn_at": drawn_at,
                "drawn_by": drawn_by,
                "id": id,
                "missing": missing,
                "must_sign": must_sign,
                "number": number,
                "previous_sha256": previous_sha256,
                "seal": seal,
                "sealed_at": sealed_at,
                "session_id": session_id,
                "signatures": signatures,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.acta_out_content import ActaOutContent  # noqa: PLC0415
        from ..models.acta_signed import ActaSigned  # noqa: PLC0415
        from ..models.signer import Signer  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_ballot_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ballot_id = _parse_ballot_id(d.pop("ballot_id"))

        content = ActaOutContent.from_dict(d.pop("content"))

        content_sha256 = d.pop("content_sha256")

        drawn_at = datetime.datetime.fromisoformat(d.pop("drawn_at"))

        drawn_by = d.pop("drawn_by")

        id = d.pop("id")

        missing = []
        _missing = d.pop("missing")
        for missing_item_data in _missing:
            missing_item = Signer.from_dict(missing_item_data)

            missing.append(missing_item)

        must_sign = []
        _must_sign = d.pop("must_sign")
        for must_sign_item_data in _must_sign:
            must_sign_item = Signer.from_dict(must_sign_item_data)

            must_sign.append(must_sign_item)

        number = d.pop("number")

        def _parse_previous_sha256(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        previous_sha256 = _parse_previous_sha256(d.pop("previous_sha256"))

        def _parse_seal(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        seal = _parse_seal(d.pop("seal"))

        def _parse_sealed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                sealed_at_type_0 = datetime.datetime.fromisoformat(data)

                return sealed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        sealed_at = _parse_sealed_at(d.pop("sealed_at"))

        def _parse_session_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        session_id = _parse_session_id(d.pop("session_id"))

        signatures = []
        _signatures = d.pop("signatures")
        for signatures_item_data in _signatures:
            signatures_item = ActaSigned.from_dict(signatures_item_data)

            signatures.append(signatures_item)

        acta_out = cls(
            ballot_id=ballot_id,
            content=content,
            content_sha256=content_sha256,
            drawn_at=drawn_at,
            drawn_by=drawn_by,
            id=id,
            missing=missing,
            must_sign=must_sign,
            number=number,
            previous_sha256=previous_sha256,
            seal=seal,
            sealed_at=sealed_at,
            session_id=session_id,
            signatures=signatures,
        )

        return acta_out
