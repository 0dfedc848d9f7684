"""Frozen dataclasses as JSON and back: fields become members, tuples become lists."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["as_json", "from_json", "members"]

T = TypeVar("T")


def as_json(value: Any) -> Any:
    """The value as `json.dumps` takes it. A class whose JSON is not its fields has a `to_dict`."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if is_dataclass(value):
        return members(value)
    if isinstance(value, Mapping):
        return {key: as_json(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return list(map(as_json, value))
    return value


def members(value: Any, names: Iterable[str] = ()) -> dict[str, Any]:
    """The attributes of a dataclass as JSON: those that are named, by default its fields."""
    names = names or map(attrgetter("name"), fields(value))
    return {name: as_json(getattr(value, name)) for name in names}


def from_json(kind: type[T], data: Any) -> T:
    """The dataclass with these members; unknown members are ignored.

    Raises ValueError, one line, where one is missing or of another type.
    """
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_python(data)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from None
    return value


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # Loaded when first used: `assistant --help` needs none of it.
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
