"""What a value held, so that a write into it can be found, named and undone."""

from __future__ import annotations

import pickle
from collections.abc import MutableMapping, MutableSequence, MutableSet
from operator import is_
from typing import Any, NamedTuple

from socketstore.store.differences import Difference, alike
from socketstore.store.paths import ABSENT, Attribute, Contents, Path, Shape, is_simple, shape_of, spell


class Snapshot:
    """A value, and what each object in it held when this was made.

    Nothing is copied but lists of references, so it costs one walk through the whole value, and so does `changed`.

    Attributes:
        value: the value, as it is now.
    """

    def __init__(self, value: Any) -> None:
        self.value = value
        self._kept: dict[int, _Kept] = {}
        waiting = [value]
        while waiting:
            found = waiting.pop()
            kind = type(found)
            if (kind is bytearray or not is_simple[kind]) and id(found) not in self._kept:
                kept = self._kept[id(found)] = _look_at(found)
                waiting.extend(kept.contents[1])

    def changed(self) -> Difference | None:
        """Return where something was written since, if anywhere; the first place that is found."""
        for kept in self._kept.values():
            if not kept.is_as_it_was():
                return kept.difference(self._path_to(kept.owner))
        return None

    def put_back(self) -> bool:
        """Undo what was written; tell whether all of it could be."""
        written = [kept for kept in self._kept.values() if not kept.is_as_it_was()]
        for kept in written:
            kept.put_back()
        return all(kept.is_as_it_was() for kept in written)

    def _path_to(self, owner: Any) -> Path:
        """Return a way from the value to one of its objects, as it led there when this was made."""
        waiting: list[tuple[Path, Any]] = [((), self.value)]
        seen: set[int] = set()
        while waiting:
            path, found = waiting.pop()
            if found is owner:
                return path
            if id(found) in self._kept and id(found) not in seen:
                seen.add(id(found))
                waiting.extend(self._kept[id(found)].steps_from(path))
        return ()


class _Kept(NamedTuple):
    """One object and what it held: its parts, or, if it keeps them to itself, its bytes."""

    owner: Any
    shape: Shape | None
    contents: Contents
    content: bytes | None

    def is_as_it_was(self) -> bool:
        if self.shape is None:
            return _bytes_of(self.owner) == self.content
        keys, values = self.contents
        keys_now, values_now = self.shape.contents(self.owner)
        return len(keys) == len(keys_now) and _are_same(values, values_now) and _are_same(keys, keys_now)

    def difference(self, path: Path) -> Difference:
        if self.shape is None:
            return Difference(spell(path), self.content, self.owner)
        before = dict(zip(*self.contents, strict=True))
        after = dict(zip(*self.shape.contents(self.owner), strict=True))
        for key in before | after:
            old, new = before.get(key, ABSENT), after.get(key, ABSENT)
            if not _is_same(old, new):
                return Difference(spell((*path, self.shape.step(key))), old, new)
        return Difference(spell(path), list(before), list(after))  # only the order is another

    def steps_from(self, path: Path) -> list[tuple[Path, Any]]:
        if self.shape is None:
            return []
        return [((*path, self.shape.step(key)), value) for key, value in zip(*self.contents, strict=True)]

    def put_back(self) -> None:
        owner, (keys, values) = self.owner, self.contents
        if isinstance(owner, bytearray):
            owner[:] = self.content or b""
        elif isinstance(owner, MutableMapping):
            owner.clear()
            owner.update(zip(keys, values, strict=True))
        elif isinstance(owner, MutableSequence):
            while owner:  # an array has no clear(), a deque no slices
                owner.pop()
            owner.extend(values)
        elif isinstance(owner, MutableSet):
            owner.clear()
            for member in values:
                owner.add(member)
        elif self.shape is not None and self.shape.step is Attribute:
            _put_back_attributes(owner, dict(zip(keys, values, strict=True)), self.shape.contents(owner)[0])


def _look_at(value: Any) -> _Kept:
    shape = shape_of[type(value)]
    if shape is None:
        return _Kept(value, None, ((), ()), _bytes_of(value))
    return _Kept(value, shape, shape.contents(value), None)


def _are_same(values: Any, values_now: Any) -> bool:
    return values is values_now or all(map(is_, values, values_now)) or all(map(_is_same, values, values_now))


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether a part is the same object; of a number, which an array makes anew when it is asked, the same."""
    return one is other or (type(one) is type(other) and is_simple[type(one)] and alike(one, other))


def _bytes_of(value: Any) -> bytes | None:
    if isinstance(value, bytearray):
        return bytes(value)
    try:
        return pickle.dumps(value)
    except Exception:  # noqa: BLE001 - a lock, a socket: what cannot be pickled cannot be watched
        return None


def _put_back_attributes(owner: Any, before: dict[str, Any], names_now: Any) -> None:
    for name in set(names_now) - before.keys():
        object.__delattr__(owner, name)
    for name, value in before.items():
        object.__setattr__(owner, name, value)  # also of a frozen class
