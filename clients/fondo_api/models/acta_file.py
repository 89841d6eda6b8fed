from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.acta_file_content import ActaFileContent
    from ..models.acta_file_keys_item import ActaFileKeysItem
    from ..models.acta_file_seal_type_0 import ActaFileSealType0
    from ..models.acta_file_signatures_item import ActaFileSignaturesItem


T = TypeVar("T", bound="ActaFile")


@_attrs_define
class ActaFile:
    """The acta's file as RFC 8785 writes it; `seal` is null in a draft.

    Attributes:
        content (ActaFileContent):
        content_sha256 (str):
        keys (list[ActaFileKeysItem]):
        seal (ActaFileSealType0 | None):
        signatures (list[ActaFileSignaturesItem]):
    """

    content: ActaFileContent
    content_sha256: str
    keys: list[ActaFileKeysItem]
    seal: ActaFileSealType0 | None
    signatures: list[ActaFileSignaturesItem]

    def to_dict(self) -> dict[str, Any]:
        from ..models.acta_file_seal_type_0 import ActaFileSealType0  # noqa: PLC0415

        content = self.content.to_dict()

        content_sha256 = self.content_sha256

        keys = []
        for keys_item_data in self.keys:
            keys_item = keys_item_data.to_dict()
            keys.append(keys_item)

        seal: dict[str, Any] | None
        if isinstance(self.seal, ActaFileSealType0):
            seal = self.seal.to_dict()
        else:
            seal = self.seal

        signatures = []
        for signatures_item_data in self.signatures:
            signatures_item = signatures_item_data.to_dict()
            signatures.append(signatures_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "content": content,
                "content_sha256": content_sha256,
                "keys": keys,
                "seal": seal,
                "signatures": signatures,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.acta_file_content import ActaFileContent  # noqa: PLC0415
        from ..models.acta_file_keys_item import ActaFileKeysItem  # noqa: PLC0415
        from ..models.acta_file_seal_type_0 import ActaFileSealType0  # noqa: PLC0415
        from ..models.acta_file_signatures_item import ActaFileSignaturesItem  # noqa: PLC0415

        d = dict(src_dict)
        content = ActaFileContent.from_dict(d.pop("content"))

        content_sha256 = d.pop("content_sha256")

        keys = []
        _keys = d.pop("keys")
        for keys_item_data in _keys:
            keys_item = ActaFileKeysItem.from_dict(keys_item_data)

            keys.append(keys_item)

        def _parse_seal(data: object) -> ActaFileSealType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                seal_type_0 = ActaFileSealType0.from_dict(data)

                return seal_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ActaFileSealType0 | None, data)

        seal = _parse_seal(d.pop("seal"))

        signatures = []
        _signatures = d.pop("signatures")
        for signatures_item_data in _signatures:
            signatures_item = ActaFileSignaturesItem.from_dict(signatures_item_data)

            signatures.append(signatures_item)

        acta_file = cls(
            content=content,
            content_sha256=content_sha256,
            keys=keys,
            seal=seal,
            signatures=signatures,
        )

        return acta_file
