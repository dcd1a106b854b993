"""What a value held, so that a write into it can be found, named and undone."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from enum import Enum
from operator import is_
from typing import Any, NamedTuple

from socketstore.middleware.ignored import Ignored
from socketstore.middleware.putting_back import put_back
from socketstore.store.differences import Difference, alike
from socketstore.store.paths import ABSENT, Contents, Path, Shape, attributes_of, is_simple, shape_of, spell


class Snapshot:
    """A value, and what each object in it held when this was made.

    Nothing is copied but lists of references, so it costs one walk through the whole value, and so does `changed`.

    Args:
        value: the value.
        ignored: what in it is not looked at.

    Attributes:
        value: the value, as it is now.
    """

    def __init__(self, value: Any, ignored: Ignored) -> None:
        self.value = value
        self._ignored = ignored
        self._kept: dict[int, _Kept] = {}
        waiting = [value]
        while waiting:
            found = waiting.pop()
            if id(found) not in self._kept and _can_be_written_to(found) and not ignored.value(found):
                kept = self._kept[id(found)] = _look_at(found)
                waiting.extend(kept.contents[1])

    def changed(self) -> Difference | None:
        """Return where something was written since, if anywhere; the first place that is found."""
        return next((difference for _, difference in self._written()), None)

    def put_back(self) -> bool:
        """Undo what was written; tell whether all of it could be."""
        written = {id(kept.owner): kept for kept, _ in self._written()}.values()
        for kept in written:
            kept.put_back()
        return all(kept.is_as_it_was() for kept in written)

    def _written(self) -> Iterator[tuple[_Kept, Difference]]:
        for kept in self._kept.values():
            if not kept.is_as_it_was():
                found = kept.differences(self._path_to(kept.owner))
                yield from ((kept, difference) for difference in found if not self._ignored.place(difference.path))

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


class _Content(Enum):
    OTHER = "another content"

    def __repr__(self) -> str:
        return self.value


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

    def differences(self, path: Path) -> Iterator[Difference]:
        if self.shape is None:
            before = self.content if isinstance(self.owner, bytearray) else _Content.OTHER
            yield Difference(spell(path), before, self.owner)
            return
        old = dict(zip(*self.contents, strict=True))
        new = dict(zip(*self.shape.contents(self.owner), strict=True))
        changed = [key for key in old | new if not _is_same(old.get(key, ABSENT), new.get(key, ABSENT))]
        for key in changed:
            yield Difference(spell((*path, self.shape.step(key))), old.get(key, ABSENT), new.get(key, ABSENT))
        if not changed:
            yield Difference(spell(path), old.keys(), new.keys())  # only the order is another

    def steps_from(self, path: Path) -> list[tuple[Path, Any]]:
        if self.shape is None:
            return []
        return [((*path, self.shape.step(key)), value) for key, value in zip(*self.contents, strict=True)]

    def put_back(self) -> None:
        put_back(self.owner, self.shape, self.contents, self.content)


def _can_be_written_to(value: Any) -> bool:
    return not is_simple[type(value)] or type(value) is bytearray


def _look_at(value: Any) -> _Kept:
    shape = shape_of[type(value)]
    if shape is None:
        return _Kept(value, None, ((), ()), _bytes_of(value))
    contents = shape.contents(value)
    if type(value) in STEADY or _are_same(contents[1], shape.contents(value)[1]):
        return _Kept(value, shape, contents, None)
    shape = attributes_of(type(value))  # it makes its items when it is asked for them
    return _Kept(value, shape, shape.contents(value) if shape else ((), ()), None if shape else _bytes_of(value))


STEADY = (list, tuple, dict, set, frozenset)


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
