from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="AuditOut")


@_attrs_define
class AuditOut:
    """Whether the room's audit chain is whole, and its rows as their proofs say.

    Attributes:
        fault (None | str):
        findings (list[str]):
        head (str):
        is_whole (bool):
        room (str):
        rows (int):
    """

    fault: None | str
    findings: list[str]
    head: str
    is_whole: bool
    room: str
    rows: int

    def to_dict(self) -> dict[str, Any]:
        fault: None | str
        fault = self.fault

        findings = self.findings

        head = self.head

        is_whole = self.is_whole

        room = self.room

        rows = self.rows

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "fault": fault,
                "findings": findings,
                "head": head,
                "is_whole": is_whole,
                "room": room,
                "rows": rows,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_fault(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        fault = _parse_fault(d.pop("fault"))

        findings = cast(list[str], d.pop("findings"))

        head = d.pop("head")

        is_whole = d.pop("is_whole")

        room = d.pop("room")

        rows = d.pop("rows")

        audit_out = cls(
            fault=fault,
            findings=findings,
            head=head,
            is_whole=is_whole,
            room=room,
            rows=rows,
        )

        return audit_out
