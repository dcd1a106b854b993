"""For development: a middleware that warns of what could not be written to a log and come back equal."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from pydantic import PydanticUndefinedAnnotation, PydanticUserError, TypeAdapter

from socketstore.codec import short
from socketstore.errors import SerializableWarning, UsageError
from socketstore.middleware.describing import title
from socketstore.middleware.ignored import Ignore, Ignored
from socketstore.middleware.keepable import Problem, problem_of_action, problem_of_state
from socketstore.store.store import Store
from socketstore.store.types import Dispatch

ADVICE = "Give it a type that JSON keeps, or keep it out."


class CheckSerializable:
    """Warns, with a `SerializableWarning` that names the place, of what a log could not hold.

    ::

        Store(reducer, initial, middleware=[thunk, check_serializable])

    An `Action`, and a struct of msgspec, must come back equal when it is written as JSON and read again; any other
    action must be a JSON value already. Put it last, where the log would be: behind what takes functions and the like
    away. It warns once for each class of action (of actions that are mappings, for each ``"type"``), and lets the
    action pass: such an action is allowed, as long as nobody records it. Where warnings are errors, it refuses it each
    time.

    Args:
        state: the type of the state, as pydantic understands types: with it every new state, too, is written as JSON
            and read again, until a warning has been given. That costs in proportion to its size.
        ignore: what not to look at: classes, of actions or of values in them or in the state, and places in either,
            each with all below it, as the warning spells them (``"user.avatar"``). Where something that is ignored
            cannot be written at all, nothing beside it is read back either.

    Raises:
        UsageError: `state` is no type that pydantic can write, or `ignore` holds something that it may not.
    """

    def __init__(self, *, state: Any = None, ignore: Ignore = ()) -> None:
        self._adapter = None if state is None else _adapter_of(state)
        self._ignored = Ignored(ignore)

    def __call__(self, store: Store[Any], next: Dispatch) -> Dispatch:
        """Build the middleware for a store."""
        return _SerializableCheck(store, next, self._adapter, self._ignored).dispatch


check_serializable = CheckSerializable()
"""A `CheckSerializable` that looks at actions alone."""


class _SerializableCheck:
    """The check of one store, and what it has warned of already."""

    def __init__(self, store: Store[Any], next: Dispatch, adapter: TypeAdapter[Any] | None, ignored: Ignored) -> None:
        self._store = store
        self._next = next
        self._adapter = adapter
        self._ignored = ignored
        self._warned: set[object] = set()

    def dispatch(self, action: Any) -> Any:
        self._check_action(action)
        if self._adapter is None:
            return self._next(action)
        before = self._store.state
        outcome = self._next(action)
        if self._store.state is not before:
            self._check_state(self._adapter)
        return outcome

    def _check_action(self, action: Any) -> None:
        kind = (type(action), title(action) if isinstance(action, Mapping) else None)
        problem = None if kind in self._warned else problem_of_action(action, self._ignored)
        if problem is not None:
            _warn(f"the action {title(action)}", problem)
            self._warned.add(kind)  # not if that was an error

    def _check_state(self, adapter: TypeAdapter[Any]) -> None:
        problem = problem_of_state(self._store.state, adapter, self._ignored)
        if problem is not None:
            _warn("the state", problem)
            self._adapter = None


def _adapter_of(state: Any) -> TypeAdapter[Any]:
    try:
        adapter = TypeAdapter(state)
        if not adapter.pydantic_complete:
            adapter.rebuild()
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        message = f"state={short(state)}; expected a type that pydantic can write: {error.message}"
        raise UsageError(message) from error
    return adapter


def _warn(what: str, problem: Problem) -> None:
    warnings.warn(f"{what} could not be kept in a log: {problem}. {ADVICE}", SerializableWarning, stacklevel=4)
