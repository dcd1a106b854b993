"""Reducers that do not do the same for every class of action, and the look-up that says what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic
from weakref import WeakSet

from socketstore.errors import UsageError
from socketstore.store.types import Reducer, S

MOST = 1_000  # classes: a program that makes classes as it goes must not keep all of them for ever


class Routes(Generic[S]):
    """For each class of action the function that reduces it: found when the first one comes, then kept.

    Once there are a thousand, all are forgotten, and found anew as they come: so no more classes than that are kept
    alive, and no look-up pays for it.

    Attributes:
        known: what has been found; the same dictionary for as long as the reducer lives. A plain one, and looked into
            directly by the store: CPython reads a `dict` faster than a subclass of it.
    """

    __slots__ = ("_changes", "_find", "known")

    def __init__(self, find: Callable[[type[Any]], Reducer[S]]) -> None:
        self.known: dict[type[Any], Reducer[S]] = {}
        self._find = find
        self._changes = 0

    def find(self, kind: type[Any]) -> Reducer[S]:
        """Find the route of a class, and keep it.

        Raises:
            UsageError: it is a class of things that some middleware takes, which is not there.
        """
        needed = getattr(kind, "needs_middleware", None)
        if needed is not None:
            message = (
                f"a {kind.__qualname__} has reached the reducer; expected the middleware {needed} to take it: "
                f"Store(..., middleware=[{needed}])"
            )
            raise UsageError(message)
        if len(self.known) >= MOST:
            self.known.clear()
        while True:
            changes = self._changes
            route = self.known[kind] = self._find(kind)
            if changes == self._changes:
                return route
            self.known.pop(kind, None)  # another thread has added a handler in the meantime

    def forget(self) -> None:
        """Find everything anew."""
        self._changes += 1  # first: what is being found right now must not be kept
        self.known.clear()

    def of(self, kind: type[Any]) -> Reducer[S]:
        """Return the route of a class."""
        return self.known.get(kind) or self.find(kind)


class Routed(Generic[S]):
    """Base of the reducers that have routes.

    Attributes:
        routes: what they do with each class of action; the same object for as long as the reducer lives.
    """

    def __init__(self) -> None:
        self.routes: Routes[S] = Routes(self._find)
        self._followers: WeakSet[Routed[Any]] = WeakSet()

    def __call__(self, state: S, action: Any) -> S:
        """Reduce one action."""
        return self.routes.of(type(action))(state, action)

    @property
    def initial(self) -> S:
        """The state before the first action."""
        raise NotImplementedError

    def completed(self, state: S) -> S:
        """Return the state with what it lacks of the initial one; most can lack nothing."""
        return state

    def check(self, state: S) -> None:
        """Return if a state is of the shape that this reducer is for, as far as it knows.

        Raises:
            UsageError: it is not.
        """

    def handles(self, kind: type[Any]) -> bool:
        """Tell whether an action of this class can change the state at all."""
        return self.routes.of(kind) is not unchanged

    def tell_of_changes(self, follower: Routed[Any]) -> None:
        """Make a combination forget its routes whenever a handler is added here, for as long as it lives."""
        self._followers.add(follower)

    def _find(self, kind: type[Any]) -> Reducer[S]:
        raise NotImplementedError

    def _forget(self) -> None:
        self.routes.forget()
        for follower in tuple(self._followers):
            follower._forget()


def routes_of(reducer: Reducer[S]) -> Routes[S]:
    """Return the routes of any reducer; of a function, itself for every class."""
    return reducer.routes if isinstance(reducer, Routed) else Routes(lambda _: reducer)


def unchanged(state: S, _: object) -> S:
    """The route of an action that nobody handles."""
    return state
