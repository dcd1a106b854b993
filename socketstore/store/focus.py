"""Nested updates that read well: the way to a part of a state, and what is to be there in the next one."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, MutableSequence, MutableSet
from typing import Any, Generic, TypeVar, cast, overload

from socketstore.codec import short
from socketstore.errors import PathError, UsageError
from socketstore.store.checking import check_callable
from socketstore.store.paths import ABSENT, spell
from socketstore.store.recorder import Way, path_of
from socketstore.store.replacing import read, remove, replace
from socketstore.store.sameness import same

S = TypeVar("S")
T = TypeVar("T")


def focus(state: S, path: Callable[[S], T]) -> Focus[S, T]:
    """Point at a part of a state, in order to get a new state in which only that part is another.

    ::

        focus(state, lambda s: s.feed.books[symbol].bid).set(3.5)

    The way leads through frozen dataclasses, pydantic models, named tuples, tuples, lists, dicts, `immutables.Map`
    and `Entities`. What does not lie on it is shared with the old state, which stays as it is.

    Args:
        state: the state, or any value.
        path: ``lambda s: s...``, of attributes and items only: it is not run on the state but on something that
            notes the way, so that type checkers know what is at its end. A key may be read from the state:
            ``s.books[s.selected]``.

    Raises:
        UsageError: the function does something else than to go from attribute to attribute and item to item.
        PathError: a key that it reads from the state is not there.
    """
    if not callable(path):
        check_callable(path, "the path", "a function, as in focus(state, lambda s: s.feed.books[key])")
    return Focus(state, path_of(path, lambda steps: _at(state, steps)))


class Focus(Generic[S, T]):
    """A state and the way to one of its parts; made by `focus`. Each method returns a whole state.

    Where nothing changes (the same object is set again, or an equal number or text of the same type), it is the very
    state that was given. What a function raises comes through, and nothing has changed.
    """

    __slots__ = ("_path", "_state")

    def __init__(self, state: S, path: Way) -> None:
        self._state = state
        self._path = path

    def __repr__(self) -> str:
        return f"<Focus on {spell(self._path) or 'the state'}>"

    @property
    def value(self) -> T:
        """What is there now.

        Raises:
            PathError: there is nothing, or the way to it breaks off.
        """
        return cast(T, _at(self._state, self._path))

    def set(self, value: T) -> S:
        """Put a value there; a mapping gets the key if it has none.

        A pydantic model does not validate it (as with ``model_copy``); a dataclass runs its ``__post_init__``.

        Raises:
            PathError: the way breaks off, or there is no such attribute or index.
            UsageError: the last step leads to something that cannot be replaced.
        """
        *_, old = parts = _parts(self._state, self._path)
        return cast(S, self._state if same(value, old) else _rebuilt(parts, self._path, value))

    @overload
    def update(self, function: Callable[[T], T]) -> S: ...

    @overload
    def update(self, function: Callable[[T], T], *, default: T) -> S: ...

    def update(self, function: Callable[[T], T], *, default: Any = ABSENT) -> S:
        """Put there what the function makes of what is there.

        Args:
            function: called with the value; it must return a new one and not change the old.
            default: what it is called with where a mapping has no such key.

        Raises:
            PathError: there is nothing and no default, or the way to it breaks off.
            UsageError: as in `set`, or the function is not callable, or it returned None for a mutable container, as
                ``append`` does, which changes the old state. To put None there, `set` it.
        """
        check_callable(function, "the function", "one of the value that returns the new one")
        *_, old = _parts(self._state, self._path)
        if old is ABSENT and default is ABSENT:
            raise PathError(_nothing_there(self._state, self._path, " Give update() a default=, or set() it."))
        old = default if old is ABSENT else old
        new = function(old)
        if new is None and isinstance(old, (MutableSequence, MutableMapping, MutableSet)):
            raise UsageError(_returned_none(self._path, old))
        return self.set(new)

    def remove(self) -> S:
        """Take the item out of the mapping, sequence or entities that holds it.

        Raises:
            PathError: there is none, or the way to it breaks off.
            UsageError: it is no item but an attribute, or the state itself.
        """
        if not self._path:
            message = "the path leads to the state itself, which cannot be removed; expected the way to an item in it"
            raise UsageError(message)
        *parts, old = _parts(self._state, self._path)
        if old is ABSENT:
            raise PathError(_nothing_there(self._state, self._path))
        last = len(self._path) - 1
        holder = remove(parts[last], self._path[last], self._path[:last])
        return cast(S, _rebuilt(parts, self._path[:last], holder))


def _parts(state: Any, path: Way) -> list[Any]:
    """Return the state and what each step leads to; the last may be `ABSENT`."""
    found = [state]
    for index, step in enumerate(path):
        if state is ABSENT:
            raise PathError(_nothing_there(found[0], path[:index]))
        state = read(state, step, path[:index])
        found.append(state)
    return found


def _at(state: Any, path: Way) -> Any:
    *_, value = _parts(state, path)
    if value is ABSENT:
        raise PathError(_nothing_there(state, path))
    return value


def _rebuilt(parts: list[Any], path: Way, value: Any) -> Any:
    """Make a new state from the end of a path upwards; `parts` are those that `_parts` has found."""
    for index in reversed(range(len(path))):
        value = replace(parts[index], path[index], value, path[:index])
    return value


def _nothing_there(state: Any, path: Way, advice: str = "") -> str:
    mapping = _at(state, path[:-1])
    place = spell(path[:-1]) or "the state"
    keys = [short(key) for key in list(mapping)[:5]]
    known = f"{', '.join(keys)}{', ...' if len(mapping) > 5 else ''}" if keys else "none"
    return f"there is no {spell(path)}; the keys of {place} ({type(mapping).__name__}) are: {known}.{advice}"


def _returned_none(path: Way, old: object) -> str:
    return (
        f"the function given to update() returned None for {spell(path) or 'the state'} ({type(old).__name__}), as "
        "append() and its like do, which write into the old state; expected a new value, as in lambda items: "
        "[*items, item]. To put None there, set(None)."
    )
