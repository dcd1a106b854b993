"""A middleware that calls what can be called, so that a function of the store can be dispatched."""

from __future__ import annotations

import inspect
from typing import Any

from socketstore.actions import Action
from socketstore.errors import UsageError
from socketstore.store.checking import name_of
from socketstore.store.store import Store
from socketstore.store.types import Dispatch, S


def thunk(store: Store[S], next: Dispatch) -> Dispatch:
    """Call a function that is dispatched, with the store; put it first: ``Store(..., middleware=[thunk, ...])``.

    ::

        def load(store: Store[App]) -> int: ...

        store.dispatch(load)                # what load(store) returns; of an async def the coroutine: await it

    What cannot be called passes, and so does every `Action`: it is a fact, even if its class has a ``__call__``. Any
    other object with a ``__call__`` is called. Dispatched inside a listener or a sync effect, the call is queued like
    any action, and what it returns is lost: a coroutine, too, so begin those in an async effect.

    Raises:
        UsageError: from `dispatch`: got a class, or a generator function, which would not run.
    """

    def dispatch(action: Any) -> Any:
        if isinstance(action, Action) or not callable(action):
            return next(action)
        if isinstance(action, type):
            message = f"got the class {action.__qualname__}; expected an action: {action.__qualname__}(...)"
            raise UsageError(message)
        if inspect.isgeneratorfunction(action) or inspect.isasyncgenfunction(action):
            message = f"got the generator function {name_of(action)}, which would not run; expected a def or async def"
            raise UsageError(message)
        return action(store)

    return dispatch
