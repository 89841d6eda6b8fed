from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.ballot_summary import BallotSummary
    from ..models.dossier_out_file import DossierOutFile
    from ..models.file_out import FileOut
    from ..models.part_out import PartOut
    from ..models.recusal_out import RecusalOut
    from ..models.tie_out import TieOut


T = TypeVar("T", bound="DossierOut")


@_attrs_define
class DossierOut:
    """All that a member decides on: `file_sha256` is the SHA-256 of the RFC 8785 text of `file`,
    and what a vote signs; `earlier` are the files it replaced, whose votes do not count.

        Attributes:
            ballot (BallotSummary): A ballot in a list.
            compiled_at (datetime.datetime):
            compiled_by (str):
            earlier (list[FileOut]):
            file (DossierOutFile):
            file_sha256 (str):
            my_conflicts (list[TieOut]):
            parts (list[PartOut]):
            reason (str):
            recusals (list[RecusalOut]):
            sequence (int):
    """

    ballot: BallotSummary
    compiled_at: datetime.datetime
    compiled_by: str
    earlier: list[FileOut]
    file: DossierOutFile
    file_sha256: str
    my_conflicts: list[TieOut]
    parts: list[PartOut]
    reason: str
    recusals: list[RecusalOut]
    sequence: int

    def to_dict(self) -> dict[str, Any]:
        ballot = self.ballot.to_dict()

        compiled_at = self.compiled_at.isoformat()

        compiled_by = self.compiled_by

        earlier = []
        for earlier_item_data in self.earlier:
            earlier_item = earlier_item_data.to_dict()
            earlier.append(earlier_item)

        file = self.file.to_dict()

        file_sha256 = self.file_sha256

        my_conflicts = []
        for my_conflicts_item_data in self.my_conflicts:
            my_conflicts_item = my_conflicts_item_data.to_dict()
            my_conflicts.append(my_conflicts_item)

        parts = []
        for parts_item_data in self.parts:
            parts_item = parts_item_data.to_dict()
            parts.append(parts_item)

        reason = self.reason

        recusals = []
        for recusals_item_data in self.recusals:
            recusals_item = recusals_item_data.to_dict()
            recusals.append(recusals_item)

        sequence = self.sequence

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ballot": ballot,
                "compiled_at": compiled_at,
                "compiled_by": compiled_by,
                "earlier": earlier,
                "file": file,
                "file_sha256": file_sha256,
                "my_conflicts": my_conflicts,
                "parts": parts,
                "reason": reason,
                "recusals": recusals,
                "sequence": sequence,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ballot_summary import BallotSummary  # noqa: PLC0415
        from ..models.dossier_out_file import DossierOutFile  # noqa: PLC0415
        from ..models.file_out import FileOut  # noqa: PLC0415
        from ..models.part_out import PartOut  # noqa: PLC0415
        from ..models.recusal_out import RecusalOut  # noqa: PLC0415
        from ..models.tie_out import TieOut  # noqa: PLC0415

        d = dict(src_dict)
        ballot = BallotSummary.from_dict(d.pop("ballot"))

        compiled_at = datetime.datetime.fromisoformat(d.pop("compiled_at"))

        compiled_by = d.pop("compiled_by")

        earlier = []
        _earlier = d.pop("earlier")
        for earlier_item_data in _earlier:
            earlier_item = FileOut.from_dict(earlier_item_data)

            earlier.append(earlier_item)

        file = DossierOutFile.from_dict(d.pop("file"))

        file_sha256 = d.pop("file_sha256")

        my_conflicts = []
        _my_conflicts = d.pop("my_conflicts")
        for my_conflicts_item_data in _my_conflicts:
            my_conflicts_item = TieOut.from_dict(my_conflicts_item_data)

            my_conflicts.append(my_conflicts_item)

        parts = []
        _parts = d.pop("parts")
        for parts_item_data in _parts:
            parts_item = PartOut.from_dict(parts_item_data)

            parts.append(parts_item)

        reason = d.pop("reason")

        recusals = []
        _recusals = d.pop("recusals")
        for recusals_item_data in _recusals:
            recusals_item = RecusalOut.from_dict(recusals_item_data)

            recusals.append(recusals_item)

        sequence = d.pop("sequence")

        dossier_out = cls(
            ballot=ballot,
            compiled_at=compiled_at,
            compiled_by=compiled_by,
            earlier=earlier,
            file=file,
            file_sha256=file_sha256,
            my_conflicts=my_conflicts,
            parts=parts,
            reason=reason,
            recusals=recusals,
            sequence=sequence,
        )

        return dossier_out
