"""One row of a collection: how a field is read, and how some of its fields are replaced."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

from immutables import Map
from pydantic import BaseModel

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.records import is_record_class, replace_fields
from socketstore.store.sameness import same

V = TypeVar("V")

Reading = str | Callable[[Any], Any]
"""The name of an attribute (of a mapping: of an item), or a function of the row."""


def reader(reading: Reading) -> Callable[[Any], Any]:
    """Make a function of the row of what says how to read it."""
    if callable(reading):
        return reading

    def read(row: Any) -> Any:
        kind: Any = type(row)
        return row[reading] if is_mapping(kind) else getattr(row, reading)

    return read


@lru_cache(maxsize=256)
def is_mapping(kind: type[Any]) -> bool:
    """Tell whether the rows of a class have items rather than attributes."""
    return issubclass(kind, Mapping)


def changed(row: V, changes: Mapping[str, Any]) -> V:
    """Return a row with some fields replaced, or the row itself if they have these values already.

    Values are compared by identity; int, float, str and bytes of the same type also by value (0.0 is not -0.0).

    Raises:
        UsageError: the row has no such field, or is of a class whose fields cannot be replaced.
    """
    kind: Any = type(row)
    fields = _fields(kind)
    if fields is not None and not changes.keys() <= fields.keys():
        unknown = ", ".join(repr(name) for name in changes if name not in fields)
        message = f"got a change of {unknown} for {short(row)}; expected any of: {', '.join(fields)}"
        raise UsageError(message)
    present = _values(row)
    news = {name: value for name, value in changes.items() if not same(value, present(name))}
    return cast(V, _replaced(row, news)) if news else row


def merged(row: V, new: V) -> V:
    """Return a row with what another row of the same class says; what that leaves open stays.

    The items of a `dict` or an `immutables.Map`, and the fields that were given to a pydantic model, update; a row of
    any other class says everything.
    """
    if type(row) is not type(new):
        return new
    if isinstance(new, BaseModel):
        return cast(V, _merged_model(row, new))
    return changed(row, new) if isinstance(new, (dict, Map)) else new


def _merged_model(row: Any, new: Any) -> Any:
    given = {name: getattr(new, name) for name in new.model_fields_set}
    whole = type(row).model_fields.keys() | (row.model_extra or {}).keys()
    result = changed(row, given)
    return new if result is not row and given.keys() >= whole else result


_MISSING = object()


def _values(row: Any) -> Callable[[str], Any]:
    if isinstance(row, Mapping):
        return lambda name: row.get(name, _MISSING)
    return lambda name: getattr(row, name, _MISSING)


@lru_cache(maxsize=256)
def _fields(kind: Any) -> dict[str, None] | None:
    """Return the fields of a class that may be replaced; ``None`` where any name will do, or where none is known."""
    if issubclass(kind, BaseModel):
        return None if kind.model_config.get("extra") == "allow" else dict.fromkeys(kind.model_fields)
    if dataclasses.is_dataclass(kind):
        return dict.fromkeys(field.name for field in dataclasses.fields(kind) if field.init)
    if hasattr(kind, "__attrs_attrs__"):
        return dict.fromkeys(field.name for field in kind.__attrs_attrs__ if field.init)
    names = getattr(kind, "_fields", None) or getattr(kind, "__struct_fields__", None)
    return dict.fromkeys(names) if names else None


def _replaced(row: Any, changes: dict[str, Any]) -> Any:
    if is_record_class(type(row)):
        return replace_fields(row, changes)
    if isinstance(row, dict):
        made = copy.copy(row)  # of its own class
        made.update(changes)
        return made
    if isinstance(row, Map):
        return row.update(changes)
    if hasattr(row, "__replace__"):
        return row.__replace__(**changes)
    message = (
        f"got {short(row)} ({type(row).__name__}), whose fields cannot be replaced by name; expected a dataclass, a "
        "pydantic model, a named tuple, a struct of msgspec, a class of attrs, a dict or a class with __replace__. Use "
        "update_with(key, function)."
    )
    raise UsageError(message)
