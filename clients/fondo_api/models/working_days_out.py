from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="WorkingDaysOut")


@_attrs_define
class WorkingDaysOut:
    """The board's terms of today, in working days.

    Attributes:
        escalation (int):
        notice (int):
        notice_extraordinary (int):
        reminder (int):
        reopening (int):
        second_call (int):
    """

    escalation: int
    notice: int
    notice_extraordinary: int
    reminder: int
    reopening: int
    second_call: int

    def to_dict(self) -> dict[str, Any]:
        escalation = self.escalation

        notice = self.notice

        notice_extraordinary = self.notice_extraordinary

        reminder = self.reminder

        reopening = self.reopening

        second_call = self.second_call

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "escalation": escalation,
                "notice": notice,
                "notice_extraordinary": notice_extraordinary,
                "reminder": reminder,
                "reopening": reopening,
                "second_call": second_call,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        escalation = d.pop("escalation")

        notice = d.pop("notice")

        notice_extraordinary = d.pop("notice_extraordinary")

        reminder = d.pop("reminder")

        reopening = d.pop("reopening")

        second_call = d.pop("second_call")

        working_days_out = cls(
            escalation=escalation,
            notice=notice,
            notice_extraordinary=notice_extraordinary,
            reminder=reminder,
            reopening=reopening,
            second_call=second_call,
        )

        return working_days_out
