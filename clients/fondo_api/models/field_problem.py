from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="FieldProblem")


@_attrs_define
class FieldProblem:
    """One wrong field.

    Attributes:
        code (str): Which rule
        detail (str): What would cure it, in Spanish
        pointer (str): JSON Pointer in the body, or #query/…, #path/…
    """

    code: str
    detail: str
    pointer: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        detail = self.detail

        pointer = self.pointer

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "detail": detail,
                "pointer": pointer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        detail = d.pop("detail")

        pointer = d.pop("pointer")

        field_problem = cls(
            code=code,
            detail=detail,
            pointer=pointer,
        )

        return field_problem
