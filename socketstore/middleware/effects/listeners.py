"""Those who listen, by the classes of the actions that they want: whom an action does not concern costs it nothing."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from socketstore.middleware.effects.triggers import Wanted


class Heard:
    """An action, and the one that came after it: a chain, which lives as long as somebody holds its beginning."""

    __slots__ = ("__weakref__", "action", "following")

    def __init__(self, action: Any) -> None:
        self.action = action
        self.following: Heard | None = None


class Listener(Protocol):
    """Is called with each action that it may want."""

    wanted: Wanted

    def __call__(self, heard: Heard, /) -> None:
        """Take note of one."""


class Listeners:
    """A group for each set of classes, and one for all who ask a predicate.

    A listener may be removed at any moment, by the garbage collector, so `remove` leaves its group where it is.
    """

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}
        self._routes: dict[type[Any], tuple[_Group, ...]] = {}

    def add(self, listener: Listener) -> None:
        """Add one."""
        group = self._groups.get(listener.wanted.key)
        if group is None:
            group = self._new_group(listener.wanted)
        group[listener] = None

    def remove(self, listener: Listener) -> None:
        """Remove one, if it is there."""
        group = self._groups.get(listener.wanted.key)
        if group is not None:
            group.pop(listener, None)

    def of(self, kind: type[Any]) -> Sequence[Listener]:
        """Return those who may want an action of exactly this class."""
        if not self._groups:
            return ()
        found: list[Listener] = []
        for group in self._route(kind):
            found.extend(group)
        return found

    def _route(self, kind: type[Any]) -> tuple[_Group, ...]:
        if kind not in self._routes:
            self._routes[kind] = tuple(group for group in self._groups.values() if group.wanted.may_want(kind))
        return self._routes[kind]

    def _new_group(self, wanted: Wanted) -> _Group:
        self._groups = {key: group for key, group in self._groups.items() if group}
        self._routes = {}
        group = self._groups[wanted.key] = _Group(wanted)
        return group


class _Group(dict[Listener, None]):
    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted
