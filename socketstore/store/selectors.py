"""Values derived from a state, computed again only when what they are made of has changed."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Any, Generic, overload

from typing_extensions import TypeVar

from socketstore.errors import UsageError
from socketstore.store.checking import check_callable, name_of
from socketstore.store.inputs import check_input, warn_if_unstable
from socketstore.store.sameness import interchangeable, same
from socketstore.store.types import Equal

# Bound to Any, so that in selector(lambda state: ...) alone the state counts as Any, and not as object.
S = TypeVar("S", bound=Any, default=Any)
A = TypeVar("A", default=Any)
B = TypeVar("B", default=Any)
C = TypeVar("C", default=Any)
D = TypeVar("D", default=Any)
E = TypeVar("E", default=Any)
F = TypeVar("F", default=Any)
G = TypeVar("G", default=Any)
R = TypeVar("R", default=Any)
S_contra = TypeVar("S_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)

Input = Callable[[S], A]
NOTHING: tuple[object, tuple[Any, ...], Any] = (object(), (), None)  # the memo of a state that nobody has


@overload
def selector(a: Input[S, A], /, *, equal: Equal[Any] = ...) -> Callable[[Callable[[A], R]], Selector[S, R]]: ...


@overload
def selector(
    a: Input[S, A], b: Input[S, B], /, *, equal: Equal[Any] = ...
) -> Callable[[Callable[[A, B], R]], Selector[S, R]]: ...


@overload
def selector(
    a: Input[S, A], b: Input[S, B], c: Input[S, C], /, *, equal: Equal[Any] = ...
) -> Callable[[Callable[[A, B, C], R]], Selector[S, R]]: ...


@overload
def selector(
    a: Input[S, A], b: Input[S, B], c: Input[S, C], d: Input[S, D], /, *, equal: Equal[Any] = ...
) -> Callable[[Callable[[A, B, C, D], R]], Selector[S, R]]: ...


@overload
def selector(
    a: Input[S, A], b: Input[S, B], c: Input[S, C], d: Input[S, D], e: Input[S, E], /, *, equal: Equal[Any] = ...
) -> Callable[[Callable[[A, B, C, D, E], R]], Selector[S, R]]: ...


@overload
def selector(
    a: Input[S, A],
    b: Input[S, B],
    c: Input[S, C],
    d: Input[S, D],
    e: Input[S, E],
    f: Input[S, F],
    /,
    *,
    equal: Equal[Any] = ...,
) -> Callable[[Callable[[A, B, C, D, E, F], R]], Selector[S, R]]: ...


# From seven on: were it for any number, an input of type Any would fit two overloads, and mypy would answer Any.
@overload
def selector(
    a: Input[S, A],
    b: Input[S, B],
    c: Input[S, C],
    d: Input[S, D],
    e: Input[S, E],
    f: Input[S, F],
    g: Input[S, G],
    /,
    *more: Input[S, Any],
    equal: Equal[Any] = ...,
) -> Callable[[Callable[..., R]], Selector[S, R]]: ...


def selector(
    *inputs: Callable[[Any], Any], equal: Equal[Any] = interchangeable
) -> Callable[[Callable[..., Any]], Selector[Any, Any]]:
    """Make of a function of some values a memoised function of the state that they are read from.

    ::

        @selector(trades, lambda state: state.symbol)
        def of_symbol(trades: tuple[Trade, ...], symbol: str) -> tuple[Trade, ...]:
            return tuple(trade for trade in trades if trade.symbol == symbol)

        of_symbol(store.state)

    Args:
        *inputs: functions of the state, selectors among them. They only read: what they return goes to the function,
            in this order.
        equal: tells whether a new result counts as the same as the last one, which is then returned again: it must not
            matter which of the two anybody gets. By default, if they are equal, of the same types and in the same
            order, tuples, lists and dictionaries all the way down.

    Returns:
        A decorator that makes a `Selector`. It raises `UsageError` if there are no inputs, or if an input, ``equal``
        or the function cannot be called.
    """

    def decorate(function: Callable[..., Any]) -> Selector[Any, Any]:
        return Selector(inputs, function, equal)

    return decorate


class Selector(Generic[S_contra, R_co]):
    """A memoised function of the state; made by `selector`.

    For the same state object nothing is called. Otherwise the inputs are, and the function only if what one of them
    read is another object than last time (numbers, text and bytes of the same type are compared by value). A result
    that counts as the same as the last one (see `selector`) is dropped for it, so that ``is`` tells whether it has
    changed.

    It remembers one state, the last, and so keeps it alive. What raises is not remembered. Safe to use from any thread
    and with several stores, although states that take turns are computed each time.

    Attributes:
        inputs: what it reads of the state.
        function: what it was made of, to be tested with plain values.
    """

    __slots__ = (
        *("__dict__", "__weakref__"),  # for what update_wrapper sets
        *("_counting", "_equal", "_memo", "_recomputations", "function", "inputs"),  # for speed
    )
    __name__: str
    __qualname__: str

    def __init__(
        self, inputs: tuple[Callable[[S_contra], Any], ...], function: Callable[..., R_co], equal: Equal[Any]
    ) -> None:
        _check(inputs, function, equal)
        update_wrapper(self, function, updated=())
        del vars(self)["__wrapped__"]  # inspect.signature would show the function's arguments instead of the state
        self.function = function
        self._memo = NOTHING
        self.inputs = inputs
        self._equal = equal
        self._recomputations = 0
        self._counting = RLock()

    def __call__(self, state: S_contra, /) -> R_co:
        """Return what the function makes of a state. What an input, the function or ``equal`` raises is raised here."""
        memo = self._memo
        if memo[0] is state:
            return memo[2]  # type: ignore[no-any-return]
        return self._renew(state, memo)

    def __repr__(self) -> str:
        return f"<selector {name_of(self.function)}>"

    @property
    def recomputations(self) -> int:
        """How often the function has been called."""
        return self._recomputations

    def reset(self) -> None:
        """Forget the last state and its result, and count from 0 again."""
        with self._counting:
            self._memo = NOTHING
            self._recomputations = 0

    def _renew(self, state: S_contra, memo: tuple[object, tuple[Any, ...], Any]) -> R_co:
        # The memo is read once and replaced by one assignment: threads never see a part of one with a part of another.
        values = tuple([read(state) for read in self.inputs])
        if memo is NOTHING:
            if __debug__:
                warn_if_unstable(self.inputs, values, state, self.function)
            result = self._run(values)
        elif all(map(operator.is_, values, memo[1])) or all(map(same, values, memo[1])):
            result = memo[2]
        else:
            result = self._the_last_if_equal(self._run(values), memo[2])
        self._memo = (state, values, result)
        return result

    def _run(self, values: tuple[Any, ...]) -> R_co:
        with self._counting:
            self._recomputations += 1
        return self.function(*values)

    def _the_last_if_equal(self, result: Any, last: Any) -> Any:
        try:
            return last if result is last or self._equal(result, last) else result
        except Exception as error:
            error.add_note(f"raised while comparing two results of {self!r}; give it an equal= that can compare them")
            raise


def _check(inputs: tuple[object, ...], function: object, equal: object) -> None:
    if not callable(function):
        message = (
            f"a selector's function is {function!r:.200} ({type(function).__name__}); expected a function of what the "
            "inputs read, below @selector(input, ...). A @selector alone, without its inputs, makes no selector."
        )
        raise UsageError(message)
    name = name_of(function)
    check_callable(function, f"the function of the selector {name}", "a plain function of what the inputs read")
    if not inputs:
        message = f"the selector {name} has no inputs; expected functions of the state: @selector(lambda state: ...)"
        raise UsageError(message)
    for number, read in enumerate(inputs, 1):
        check_input(read, f"input {number} of the selector {name}")
    check_callable(equal, f"equal= of the selector {name}", "a function of two results")
