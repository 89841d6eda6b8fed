from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ProcessOut")


@_attrs_define
class ProcessOut:
    """A process or server as Prometheus last saw it.

    Attributes:
        instance (str):
        job (str):
        state (str):
    """

    instance: str
    job: str
    state: str

    def to_dict(self) -> dict[str, Any]:
        instance = self.instance

        job = self.job

        state = self.state

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "instance": instance,
                "job": job,
                "state": state,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        instance = d.pop("instance")

        job = d.pop("job")

        state = d.pop("state")

        process_out = cls(
            instance=instance,
            job=job,
            state=state,
        )

        return process_out
