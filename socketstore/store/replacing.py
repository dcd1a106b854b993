"""One part of a value read, replaced or removed: the value itself stays as it is, a new one shares all the rest."""

from __future__ import annotations

import copy
import dataclasses
import operator
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from immutables import Map
from pydantic import BaseModel

from socketstore.codec import short
from socketstore.errors import PathError, UsageError
from socketstore.store.entities import Entities
from socketstore.store.paths import ABSENT, Attribute, Item, Path, Step, spell
from socketstore.store.records import arguments_not_kept, replace_fields

TEXT = (str, bytes, bytearray, memoryview)


def read(value: Any, step: Step, path: Path) -> Any:
    """Return one part of a value, or `ABSENT` where a mapping has no such key.

    Args:
        value: what has the part.
        step: leads to the part.
        path: leads to `value`, for the message of an error.

    Raises:
        PathError: it has no such attribute or index, or no items at all.
    """
    match step:
        case Attribute(name):
            part = getattr(value, name, ABSENT)
            return _refuse(path, value, f"no attribute {name!r}") if part is ABSENT else part
        case Item(key) if isinstance(value, Mapping):
            return value.get(key, ABSENT)  # and not [key]: a defaultdict would write it into the state
        case Item(key) if isinstance(value, Sequence) and not isinstance(value, TEXT):
            return value[_index(value, key, path)]
    return _refuse(path, value, "no items")


def replace(value: Any, step: Step, part: Any, path: Path) -> Any:
    """Return a value with another part; a mapping gets the key if it has none.

    Raises:
        PathError: it has no such attribute or index.
        UsageError: a value of this class cannot be made anew with another part.
    """
    match step:
        case Attribute(name):
            return _with_field(value, name, part, path)
        case Item(key) if isinstance(value, Mapping):
            return _with_item(value, key, part, path)
        case Item(key):
            return _with_items(value, _index(value, key, path), [part])
    return _refuse(path, value, "no items")


def remove(value: Any, step: Step, path: Path) -> Any:
    """Return a value without one of its items.

    Raises:
        PathError: it has no such item.
        UsageError: it is an attribute, or a value of this class cannot be made anew without one.
    """
    match step:
        case Item(key) if isinstance(value, Mapping):
            return _without_item(value, key, path)
        case Item(key) if hasattr(value, "_fields"):
            message = f"{_place(path)} is a {_name(value)}, whose fields cannot be removed, [{key}] included"
            raise UsageError(message)
        case Item(key):
            return _with_items(value, _index(value, key, path), [])
    message = (
        f"{spell((*path, step))} is an attribute of {_name(value)}, and attributes cannot be removed; expected the way "
        "to an item, as in lambda s: s.books[key]. Set it to a value that says that there is nothing."
    )
    raise UsageError(message)


def _with_field(value: Any, name: str, part: Any, path: Path) -> Any:
    if isinstance(value, BaseModel):
        return _model_with_field(value, name, part, path)
    if dataclasses.is_dataclass(value):
        return _dataclass_with_field(value, name, part, path)
    if hasattr(value, "_replace") and hasattr(value, "_fields"):
        _check_field(value, name, value._fields, path)
        return replace_fields(value, {name: part})
    message = (
        f"{_place(path)} is {short(value)} ({_name(value)}), which cannot be made anew with another {name}; expected "
        "a dataclass, a pydantic model or a named tuple. Set the whole of it."
    )
    raise UsageError(message)


def _model_with_field(model: BaseModel, name: str, part: Any, path: Path) -> Any:
    _check_field(model, name, [*type(model).model_fields, *(model.model_extra or ())], path)
    return replace_fields(model, {name: part})


def _dataclass_with_field(value: Any, name: str, part: Any, path: Path) -> Any:
    fields = {field.name: field for field in dataclasses.fields(value)}
    _check_field(value, name, fields, path)
    if not fields[name].init:
        message = (
            f"{spell((*path, Attribute(name)))} is worked out by {_name(value)} itself (init=False); expected a field "
            "that is given to it. Set what it is made of."
        )
        raise UsageError(message)
    try:
        return replace_fields(value, {name: part})
    except ValueError as error:
        forgotten = arguments_not_kept(type(value))
        if not forgotten:
            raise  # of its own __post_init__
        message = (
            f"{_place(path)} is a {_name(value)}, which does not keep what it was given as {forgotten} "
            "(InitVar); expected one that can be made again from its fields. Give the InitVar a default, or set the "
            "whole of it."
        )
        raise UsageError(message) from error


def _check_field(value: Any, name: str, fields: Any, path: Path) -> None:
    if name not in fields:
        message = (
            f"{spell((*path, Attribute(name)))} is no field of {_name(value)}, whose fields are: {', '.join(fields)}. "
            "Set one of these."
        )
        raise UsageError(message)


def _with_item(mapping: Mapping[Any, Any], key: Any, part: Any, path: Path) -> Mapping[Any, Any]:
    match mapping:
        case Map():
            return mapping.set(key, part)
        case Entities():
            return _with_entity(mapping, key, part, path)
        case MutableMapping():
            made = copy.copy(mapping)
            made[key] = part
            return made
        case MappingProxyType():
            return MappingProxyType({**mapping, key: part})
    return _refuse_class(mapping, path)


def _with_entity(entities: Entities[Any, Any], key: Any, entity: Any, path: Path) -> Mapping[Any, Any]:
    made = entities.set(entity)
    if key in made and made[key] is entity:
        return made
    message = (
        f"{spell((*path, Item(key)))} was to become {short(entity)}, which has another key; expected an entity "
        f"with the key {short(key)}. Remove the old one and set the new one."
    )
    raise UsageError(message)


def _without_item(mapping: Mapping[Any, Any], key: Any, path: Path) -> Mapping[Any, Any]:
    match mapping:
        case Map():
            return mapping.delete(key)
        case Entities():
            return mapping.remove(key)
        case MutableMapping():
            made = copy.copy(mapping)
            del made[key]
            return made
        case MappingProxyType():
            return MappingProxyType({other: part for other, part in mapping.items() if other != key})
    return _refuse_class(mapping, path)


def _with_items(sequence: Any, index: int, items: list[Any]) -> Any:
    if isinstance(sequence, MutableSequence):
        made = copy.copy(sequence)
        del made[index]
        for item in items:
            made.insert(index, item)
        return made
    make: Callable[[Any], Any] = getattr(sequence, "_make", type(sequence))
    return make((*sequence[:index], *items, *sequence[index + 1 :]))


def _index(sequence: Any, key: Any, path: Path) -> int:
    """Return where an item is, counted from the beginning."""
    try:
        index = operator.index(key)
    except TypeError as error:
        message = f"{_place(path)} is a {_name(sequence)}; expected an index, as in [0] or [-1], got [{short(key)}]"
        raise UsageError(message) from error
    if not -len(sequence) <= index < len(sequence):
        _refuse(path, sequence, f"no item [{index}], only {len(sequence)} of them")
    return index % len(sequence)


def _refuse(path: Path, value: Any, lacking: str) -> NoReturn:
    message = f"{_place(path)} has {lacking}; it is {short(value)} ({_name(value)})"
    raise PathError(message)


def _refuse_class(value: Any, path: Path) -> NoReturn:
    message = (
        f"{_place(path)} is a {_name(value)}, which cannot be copied with one item changed; expected a dict, an "
        "immutables.Map, Entities, a list or a tuple. Set the whole of it."
    )
    raise UsageError(message)


def _place(path: Path) -> str:
    return spell(path) or "the state"


def _name(value: object) -> str:
    return type(value).__name__
