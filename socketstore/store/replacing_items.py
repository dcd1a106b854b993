"""A container with another item, or without one: how, is found out once for each class."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

from immutables import Map

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.entities import Entities
from socketstore.store.paths import ABSENT, ByClass, Item, Path, spell
from socketstore.store.places import class_of, place, refuse

TEXT = (str, bytes, bytearray, memoryview)


@dataclass(frozen=True, slots=True)
class Items:
    """What is done with the items of one class; the path leads to the container, for the message of an error.

    Attributes:
        read: ``(container, key, path) -> item``, or `ABSENT` where a mapping has no such key.
        replace: ``(container, key, item, path) -> container``; a mapping gets the key if it has none.
        remove: ``(container, key, path) -> container``.

    Raises:
        PathError: it has no items, or no such one.
        UsageError: the key cannot be one, or a value of this class cannot be copied.
    """

    read: Callable[[Any, Any, Path], Any]
    replace: Callable[[Any, Any, Any, Path], Any]
    remove: Callable[[Any, Any, Path], Any]


def _items_of(kind: type[Any]) -> Items:
    if issubclass(kind, TEXT):
        return NO_ITEMS
    return next((items for base, items in KINDS if issubclass(kind, base)), NO_ITEMS)


items_of: ByClass[Items] = ByClass(_items_of)


# Mappings


def _read_mapping(mapping: Mapping[Any, Any], key: Any, path: Path) -> Any:
    try:
        return mapping.get(key, ABSENT)  # and not [key]: a defaultdict would write it into the state
    except TypeError as error:
        message = f"{place(path)} is a {class_of(mapping)}; got [{short(key)}]: {error}. Expected one of its keys"
        raise UsageError(message) from error


def _replace_in_map(mapping: Map[Any, Any], key: Any, item: Any, _: Path) -> Any:
    return mapping.set(key, item)


def _remove_from_map(mapping: Map[Any, Any], key: Any, _: Path) -> Any:
    return mapping.delete(key)


def _replace_in_entities(entities: Entities[Any, Any], key: Any, entity: Any, path: Path) -> Any:
    made = entities.set(entity)
    if key in made and made[key] is entity:
        return made
    message = (
        f"{spell((*path, Item(key)))} was to become {short(entity)}, which has another key; expected an entity "
        f"with the key {short(key)}. Remove the old one and set the new one."
    )
    raise UsageError(message)


def _remove_from_entities(entities: Entities[Any, Any], key: Any, _: Path) -> Any:
    return entities.remove(key)


def _replace_in_dict(mapping: dict[Any, Any], key: Any, item: Any, _: Path) -> Any:
    made = copy.copy(mapping)
    made[key] = item
    return made


def _remove_from_dict(mapping: MutableMapping[Any, Any], key: Any, path: Path) -> Any:
    made = copy.copy(mapping)
    try:
        del made[key]
    except KeyError as error:  # it can be read: from the second mapping of a ChainMap
        message = (
            f"{spell((*path, Item(key)))} cannot be removed from a {class_of(mapping)} ({error.args[0]}); expected a "
            "mapping of its own. Set the whole of it."
        )
        raise UsageError(message) from error
    return made


def _replace_in_proxy(mapping: Mapping[Any, Any], key: Any, item: Any, _: Path) -> Any:
    return MappingProxyType({**mapping, key: item})


def _remove_from_proxy(mapping: Mapping[Any, Any], key: Any, _: Path) -> Any:
    return MappingProxyType({other: item for other, item in mapping.items() if other != key})


# Sequences


def _read_sequence(sequence: Any, key: Any, path: Path) -> Any:
    return sequence[_position(sequence, key, path)]


def _replace_in_list(sequence: MutableSequence[Any], key: Any, item: Any, path: Path) -> Any:
    position, made = _position(sequence, key, path), copy.copy(sequence)
    made[position] = item
    return made


def _remove_from_list(sequence: MutableSequence[Any], key: Any, path: Path) -> Any:
    position, made = _position(sequence, key, path), copy.copy(sequence)
    del made[position]
    return made


def _replace_in_tuple(sequence: Any, key: Any, item: Any, path: Path) -> Any:
    return _with_items(sequence, key, [item], path)


def _remove_from_tuple(sequence: Any, key: Any, path: Path) -> Any:
    return _with_items(sequence, key, [], path)


def _with_items(sequence: Any, key: Any, items: list[Any], path: Path) -> Any:
    position = _position(sequence, key, path)
    make: Callable[[Any], Any] = getattr(sequence, "_make", type(sequence))
    try:
        return make((*sequence[:position], *items, *sequence[position + 1 :]))
    except TypeError as error:  # a range, or a class that is not made of its items
        _refuse_class(sequence, path, error)


def _position(sequence: Any, key: Any, path: Path) -> int:
    """Return where an item is, counted from the beginning."""
    try:
        position = operator.index(key)
    except TypeError as error:
        message = f"{place(path)} is a {class_of(sequence)}; expected an index, as in [0] or [-1], got [{short(key)}]"
        raise UsageError(message) from error
    length = len(sequence)
    if not -length <= position < length:
        refuse(sequence, path, f"no item [{position}], only {length} of them")
    return position % length


# What cannot be copied


def _refuse_items(value: Any, *key_item_path: Any) -> NoReturn:
    refuse(value, key_item_path[-1], "no items")


def _refuse_to_copy(value: Any, *key_item_path: Any) -> NoReturn:
    _refuse_class(value, key_item_path[-1], None)


def _refuse_class(value: Any, path: Path, cause: Exception | None) -> NoReturn:
    message = (
        f"{place(path)} is a {class_of(value)}, which cannot be copied with one item changed; expected a dict, "
        "an immutables.Map, Entities, a list or a tuple. Set the whole of it."
    )
    raise UsageError(message) from cause


NO_ITEMS = Items(_refuse_items, _refuse_items, _refuse_items)
KINDS: tuple[tuple[type[Any], Items], ...] = (
    (Map, Items(_read_mapping, _replace_in_map, _remove_from_map)),
    (Entities, Items(_read_mapping, _replace_in_entities, _remove_from_entities)),
    (MutableMapping, Items(_read_mapping, _replace_in_dict, _remove_from_dict)),
    (MappingProxyType, Items(_read_mapping, _replace_in_proxy, _remove_from_proxy)),
    (Mapping, Items(_read_mapping, _refuse_to_copy, _refuse_to_copy)),
    (MutableSequence, Items(_read_sequence, _replace_in_list, _remove_from_list)),
    (Sequence, Items(_read_sequence, _replace_in_tuple, _remove_from_tuple)),
)
