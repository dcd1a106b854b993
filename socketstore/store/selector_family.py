"""Selectors with arguments: one for each, made when it is first asked for."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial, update_wrapper
from threading import RLock
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar, overload

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.checking import check_callable, name_of
from socketstore.store.sameness import fingerprint
from socketstore.store.selectors import Selector

P = ParamSpec("P")
S = TypeVar("S")
R = TypeVar("R")


@overload
def selector_family(make: Callable[P, Selector[S, R]], /) -> SelectorFamily[P, S, R]: ...


@overload
def selector_family(*, limit: int = ...) -> Callable[[Callable[P, Selector[S, R]]], SelectorFamily[P, S, R]]: ...


def selector_family(make: Callable[..., Selector[Any, Any]] | None = None, /, *, limit: int = 1000) -> Any:
    """Keep the selectors that a function makes, one for each argument.

    ::

        @selector_family
        def best_bid(symbol: str) -> Selector[App, float]:
            @selector(lambda app: app.books[symbol].bids)
            def best(bids: tuple[Level, ...]) -> float:
                return max(level.price for level in bids)

            return best

        best_bid("BTC")(store.state)

    Args:
        make: the function that makes one. ``@selector_family(limit=...)`` is without it, and returns a decorator.
        limit: how many selectors to keep; beyond it the one that was asked for the longest time ago is dropped. Whoever
            still holds that one can go on using it. Each keeps alive the last state that it was asked about, so that
            selectors which are no longer asked may hold old states, `limit` of them at most.

    Raises:
        UsageError: the limit is not a number from 1 upwards, or what is decorated is not a function.
    """
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        message = f"limit={limit!r}; expected how many selectors to keep, 1 or more"
        raise UsageError(message)

    return partial(SelectorFamily, limit=limit) if make is None else SelectorFamily(make, limit)


class SelectorFamily(Generic[P, S, R]):
    """A function that returns the same selector for the same arguments; made by `selector_family`.

    Arguments are the same if they are of the same types and equal, in tuples as well, however they are given: by
    position, by name, or by default. Safe to use from any thread.
    """

    is_family: ClassVar = True  # for check_input
    __name__: str
    __qualname__: str

    def __init__(self, make: Callable[P, Selector[S, R]], limit: int) -> None:
        check_callable(make, "the function of a selector family", "a plain function that returns a selector")
        update_wrapper(self, make, updated=())
        self._make = make
        self._limit = limit
        self._signature = inspect.signature(make)
        self._plain = _plain(self._signature)
        self._made: OrderedDict[Hashable, Selector[S, R]] = OrderedDict()
        self._lock = RLock()  # reentrant: keys may be compared by methods of the user's

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Selector[S, R]:
        """Return the selector for these arguments.

        Raises:
            UsageError: they do not fit the function, one of them cannot be hashed, or the function returned something
                else than a selector.
        """
        key = self._key(args, kwargs)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        return self._keep(key, self._check_made(self._make(*args, **kwargs)))

    def __repr__(self) -> str:
        return f"<selector family {name_of(self._make)}>"

    @property
    def recomputations(self) -> int:
        """How often the functions of the selectors that it keeps have been called."""
        with self._lock:
            return sum(made.recomputations for made in self._made.values())

    def reset(self) -> None:
        """Forget every selector, and what each of them remembers."""
        with self._lock:
            for made in self._made.values():
                made.reset()
            self._made.clear()

    def _keep(self, key: Hashable, made: Selector[S, R]) -> Selector[S, R]:
        """Return the one that another thread has made in the meantime, if there is one: there must not be two."""
        with self._lock:
            made = self._made.setdefault(key, made)
            self._made.move_to_end(key)
            while len(self._made) > self._limit:
                self._made.popitem(last=False)
            return made

    def _key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable:
        named: tuple[tuple[str, Any], ...] = ()
        if kwargs or len(args) != self._plain:
            args, named = self._bound(args, kwargs)
        key = fingerprint(args), fingerprint(named)
        try:
            hash(key)
        except TypeError as error:
            message = (
                f"{name_of(self._make)}() got {short(args or named)}: {error}; expected hashable arguments, such as a "
                "tuple instead of a list, so that there can be one selector for each. The state comes second: "
                f"{name_of(self._make)}(...)(state)."
            )
            raise UsageError(message) from error
        return key

    def _bound(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], tuple[tuple[str, Any], ...]]:
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            message = f"{name_of(self._make)}(): {error}; expected arguments for {self._signature}"
            raise UsageError(message) from None
        bound.apply_defaults()
        return bound.args, tuple(sorted(bound.kwargs.items()))

    def _check_made(self, made: Selector[S, R]) -> Selector[S, R]:
        if not isinstance(made, Selector):
            message = (
                f"{name_of(self._make)}() returned {short(made)} ({type(made).__name__}); expected a selector. Put "
                "@selector(...) above the inner function and return that."
            )
            raise UsageError(message)
        return made


def _plain(signature: inspect.Signature) -> int:
    """Return the number of arguments that need no binding if all are given by position; -1 if there is no such."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature.parameters.values()
    return len(parameters) if all(parameter.kind in positional for parameter in parameters) else -1
