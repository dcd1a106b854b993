"""The shapes that explain the store: what a reducer, a listener and a middleware are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    from socketstore.store.store import Store

S = TypeVar("S")
T = TypeVar("T")

Reducer: TypeAlias = Callable[[S, Any], S]
"""``(state, action) -> state``: pure, and returns the same object when nothing changed."""

Listener: TypeAlias = Callable[[T], object]
"""Called with the new value after it has changed; what it returns is not looked at."""

Select: TypeAlias = Callable[[S], T]
"""Reads one value out of a state."""

Equal: TypeAlias = Callable[[T, T], bool]
"""Whether two selected values count as the same."""

Via: TypeAlias = Callable[[Callable[[], None]], object]
"""Hands a call without arguments to another loop or thread and does not wait: ``loop.call_soon_threadsafe``."""

Unsubscribe: TypeAlias = Callable[[], None]
"""Ends a subscription; calling it again does nothing."""

Dispatch: TypeAlias = Callable[[Any], Any]
"""Takes an action; returns what the middleware returns, by default the action."""

# A plain alias would not know at run time that the string holds an S: Middleware[Any] would raise.
Middleware = TypeAliasType("Middleware", Callable[["Store[S]", Dispatch], Dispatch], type_params=(S,))
"""``(store, next) -> dispatch``: built once with the store, called with every action; `next` leads to the reducer."""
