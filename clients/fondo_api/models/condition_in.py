from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ConditionIn")


@_attrs_define
class ConditionIn:
    """What the approval is to be subject to: what must be shown, by which evidence, and within how
    many working days of the agreement's signature.

        Attributes:
            due_working_days (int):
            evidence (str):
            text (str):
    """

    due_working_days: int
    evidence: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        due_working_days = self.due_working_days

        evidence = self.evidence

        text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "due_working_days": due_working_days,
                "evidence": evidence,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        due_working_days = d.pop("due_working_days")

        evidence = d.pop("evidence")

        text = d.pop("text")

        condition_in = cls(
            due_working_days=due_working_days,
            evidence=evidence,
            text=text,
        )

        return condition_in
