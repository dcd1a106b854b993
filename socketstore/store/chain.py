"""The chain of middleware through which an action goes to the reducer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from socketstore.errors import DispatchError, UsageError
from socketstore.store.checking import check_callable, name_of
from socketstore.store.types import Dispatch, Middleware, S

if TYPE_CHECKING:
    from socketstore.store.store import Store

MIDDLEWARE = "a function (store, next) -> dispatch"


def layers_of(middleware: Iterable[Middleware[S]]) -> tuple[Middleware[S], ...]:
    """Return the middleware in its order, or raise `UsageError` if there are not several of them."""
    if not isinstance(middleware, Iterable):
        message = f"middleware={middleware!r}; expected several of them, as in middleware=[thunk]"
        raise UsageError(message)
    return tuple(middleware)


def compose(
    store: Store[S], middleware: tuple[Middleware[S], ...], apply: Dispatch, enter: Callable[[Dispatch, Any], Any]
) -> Dispatch:
    """Build the chain, from the reducer's end: `apply` is its last link, and `enter` the door before each of them.

    Raises:
        UsageError: a middleware is not one, or what it returned is not callable.
    """
    pipeline = apply
    for layer in reversed(middleware):
        _check_shape(check_callable(layer, "a middleware", MIDDLEWARE))
        made = layer(store, partial(enter, pipeline))  # each `next` is a door: a middleware may call it later
        pipeline = check_callable(made, f"what the middleware {name_of(layer)} returned", "a function of one action")
    return pipeline


def _check_shape(layer: Middleware[Any]) -> None:
    try:
        signature = inspect.signature(layer)
    except (ValueError, TypeError):  # of some callables written in C nothing is known
        return
    try:
        signature.bind(None, None)
    except TypeError as error:
        advice = ". Give an instance of it." if isinstance(layer, type) else "."
        message = f"the middleware {name_of(layer)} takes {signature}: {error}; expected {MIDDLEWARE}{advice}"
        raise UsageError(message) from None


def not_built_yet(action: object) -> Any:
    """Refuse an action: stands in the place of the chain while it is being built."""
    message = f"got {action!r} while the middleware was being built; dispatch once Store(...) has returned"
    raise DispatchError(message)
