"""Answers in the shape of the contract: whatever a test does not say is filled in by type."""

import datetime
import types
import typing
from typing import Any, get_args, get_origin

import attrs

from clients.fondo_api import models
from clients.fondo_api.types import Unset

AT = datetime.datetime(2026, 12, 2, 14, 30, tzinfo=datetime.UTC)
_PLAIN: dict[Any, Any] = {
    str: "x",
    int: 1,
    bool: False,
    datetime.datetime: AT,
    datetime.date: AT.date(),
}


def body(kind: type[Any], /, **given: Any) -> dict[str, Any]:
    """The JSON of an answer of this generated type, with these fields."""
    whole: dict[str, Any] = _filled(kind).to_dict()
    unknown = set(given) - set(whole)
    assert not unknown, f"{kind.__name__} has no {', '.join(sorted(unknown))}"
    return {**whole, **given}


def _filled(kind: type[Any]) -> Any:
    hints = typing.get_type_hints(kind, None, vars(models))
    wanted = [one for one in attrs.fields(kind) if one.init and one.name != "additional_properties"]
    return kind(**{one.alias: _value(hints[one.name]) for one in wanted})


def _value(hint: Any) -> Any:
    if get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not Unset]
        return None if type(None) in kinds else _value(kinds[0])
    if get_origin(hint) is typing.Literal:
        return get_args(hint)[0]
    if get_origin(hint) is list:
        return []
    if hint is type(None):
        return None
    return _PLAIN[hint] if hint in _PLAIN else _filled(hint)
