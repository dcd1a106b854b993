"""Undoing a write: giving an object the contents again that it had."""

from __future__ import annotations

from collections import OrderedDict, UserDict, UserList
from collections.abc import Callable, MutableMapping, MutableSequence, MutableSet
from typing import Any

from socketstore.store.paths import Attribute, Contents, Shape


def put_back(owner: Any, shape: Shape | None, contents: Contents, content: bytes | None) -> None:
    """Give an object its parts again, or its bytes, as far as it can be done. Does not raise: look whether it was.

    Past the methods of classes derived from dict and list: they may count, convert or refuse.
    """
    try:
        if isinstance(owner, bytearray):
            bytearray.__setitem__(owner, slice(None), content or b"")
        elif shape is not None and shape.step is Attribute:
            _give_attributes(owner, dict(zip(*contents, strict=True)), shape.contents(owner)[0])
        else:
            held = owner.data if isinstance(owner, (UserDict, UserList)) else owner
            next((fill for kind, fill in FILLED if isinstance(held, kind)), _leave)(held, *contents)
    except Exception:  # noqa: BLE001, S110 - whatever a class of somebody else's raises: who asked looks at the outcome
        pass


def _fill_ordered(owner: OrderedDict[Any, Any], keys: Any, values: Any) -> None:
    OrderedDict.clear(owner)
    for key, value in zip(keys, values, strict=True):
        OrderedDict.__setitem__(owner, key, value)


def _fill_dict(owner: dict[Any, Any], keys: Any, values: Any) -> None:
    dict.clear(owner)
    for key, value in zip(keys, values, strict=True):
        dict.__setitem__(owner, key, value)


def _fill_mapping(owner: MutableMapping[Any, Any], keys: Any, values: Any) -> None:
    owner.clear()
    for key, value in zip(keys, values, strict=True):
        owner[key] = value


def _fill_list(owner: list[Any], _: Any, values: Any) -> None:
    list.__setitem__(owner, slice(None), values)


def _fill_sequence(owner: MutableSequence[Any], _: Any, values: Any) -> None:
    while owner:  # an array has no clear(), a deque no slices
        owner.pop()
    owner.extend(values)


def _fill_set(owner: MutableSet[Any], _: Any, values: Any) -> None:
    owner.clear()
    for member in values:
        owner.add(member)


def _leave(owner: Any, keys: Any, values: Any) -> None:
    """Leave alone what cannot be written to by any way known."""


FILLED: tuple[tuple[type[Any], Callable[[Any, Any, Any], None]], ...] = (
    (OrderedDict, _fill_ordered),  # before the classes that they are derived from
    (dict, _fill_dict),
    (list, _fill_list),
    (MutableMapping, _fill_mapping),
    (MutableSequence, _fill_sequence),
    (MutableSet, _fill_set),
)


def _give_attributes(owner: Any, before: dict[str, Any], names_now: Any) -> None:
    for name in set(names_now) - before.keys():
        _past_frozen(object.__delattr__, delattr, owner, name)
    for name, value in before.items():
        _past_frozen(object.__setattr__, setattr, owner, name, value)


def _past_frozen(write: Callable[..., None], otherwise: Callable[..., None], *arguments: Any) -> None:
    """Write into a frozen class as well; but there are classes written in C that allow their own way alone."""
    try:
        write(*arguments)
    except TypeError:
        otherwise(*arguments)
