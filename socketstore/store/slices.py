"""A reducer that looks its handlers up by the action's class."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeGuard, TypeVar, overload

from typing_extensions import TypeIs

from socketstore.codec import short
from socketstore.errors import ReducerError, UsageError
from socketstore.store.checking import check_callable, name_of
from socketstore.store.routes import Routed, unchanged
from socketstore.store.types import Reducer, S

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

Handler = Callable[[S, A], S]
HANDLER = "a function (state, action) -> state"


class Slice(Routed[S]):
    """One part of the state and the handlers that change it; itself a reducer.

    ::

        lines: Slice[tuple[str, ...]] = Slice(())

        @lines.on(GotMessage)
        def said(lines: tuple[str, ...], action: GotMessage) -> tuple[str, ...]:
            return (*lines, action.data)

    For each action, in this order: the handler for its class, or for the nearest of its base classes that has one;
    then every `when` whose predicate holds, in the order of registration; `otherwise`, if none of these ran. The
    handler for a class is found in one dictionary look-up, however many there are.

    Args:
        initial: the state before the first action.
    """

    def __init__(self, initial: S) -> None:
        super().__init__()
        self._initial = initial
        self._cases: dict[type[Any], Handler[S, Any]] = {}
        self._matchers: list[tuple[Callable[[Any], object], Handler[S, Any]]] = []
        self._default: Handler[S, Any] | None = None

    def __repr__(self) -> str:
        return f"<Slice from {short(self._initial)} with {len(self._cases) + len(self._matchers)} handlers>"

    @property
    def initial(self) -> S:
        """The state before the first action."""
        return self._initial

    @overload
    def on(self, first: type[A], /) -> Callable[[Handler[S, A]], Handler[S, A]]: ...

    @overload
    def on(self, first: type[A], second: type[B], /) -> Callable[[Handler[S, A | B]], Handler[S, A | B]]: ...

    @overload
    def on(
        self, first: type[A], second: type[B], third: type[C], /
    ) -> Callable[[Handler[S, A | B | C]], Handler[S, A | B | C]]: ...

    @overload
    def on(
        self, first: type[A], second: type[B], third: type[C], fourth: type[D], /
    ) -> Callable[[Handler[S, A | B | C | D]], Handler[S, A | B | C | D]]: ...

    @overload
    def on(self, *types: type[Any]) -> Callable[[Handler[S, Any]], Handler[S, Any]]: ...

    def on(self, *types: type[Any]) -> Callable[[Handler[S, Any]], Handler[S, Any]]:
        """Handle the actions of these classes, and of their subclasses that have no handler of their own.

        Raises:
            UsageError: no class was given, or something else than one.
            ReducerError: a class has a handler already.
        """
        if not types or not all(isinstance(kind, type) for kind in types):
            message = f"on() got {types!r}; expected action classes, for example @slice.on(GotMessage)"
            raise UsageError(message)

        def register(handler: Handler[S, Any]) -> Handler[S, Any]:
            check_callable(handler, "the handler", HANDLER)
            for kind in types:
                self._refuse_second(handler, self._cases.get(kind), kind.__qualname__)
            self._cases.update(dict.fromkeys(types, handler))
            self._forget()
            return handler

        return register

    @overload
    def when(self, predicate: Callable[[Any], TypeIs[A]]) -> Callable[[Handler[S, A]], Handler[S, A]]: ...

    @overload
    def when(self, predicate: Callable[[Any], TypeGuard[A]]) -> Callable[[Handler[S, A]], Handler[S, A]]: ...

    @overload
    def when(self, predicate: Callable[[Any], object]) -> Callable[[Handler[S, Any]], Handler[S, Any]]: ...

    def when(self, predicate: Callable[[Any], object]) -> Callable[[Handler[S, Any]], Handler[S, Any]]:
        """Handle, after the handler for its class, every action for which `predicate(action)` holds.

        A predicate that returns a `typing.TypeGuard` or `TypeIs` tells type checkers the class of the action.
        """
        check_callable(predicate, "the predicate", "a function of the action")

        def register(handler: Handler[S, Any]) -> Handler[S, Any]:
            self._matchers.append((predicate, check_callable(handler, "the handler", HANDLER)))
            self._forget()
            return handler

        return register

    def otherwise(self, handler: Handler[S, Any]) -> Handler[S, Any]:
        """Handle the actions that no other handler has taken.

        Raises:
            ReducerError: there is one already.
            UsageError: it is not callable.
        """
        self._refuse_second(handler, self._default, "otherwise")
        self._default = check_callable(handler, "the handler", HANDLER)
        self._forget()
        return handler

    def _find(self, kind: type[Any]) -> Handler[S, Any]:
        case = self._case(kind)
        if self._matchers:
            return self._chain(case)
        return next((handler for handler in (case, self._default) if handler is not None), unchanged)

    def _case(self, kind: type[Any]) -> Handler[S, Any] | None:
        """Return the handler for a class: of its nearest base, then of one that it only counts as (an ABC)."""
        bases = (*kind.__mro__, *(base for base in self._cases if _is_counted_as(kind, base)))
        return next((self._cases[base] for base in bases if base in self._cases), None)

    def _chain(self, case: Handler[S, Any] | None) -> Handler[S, Any]:
        chain = partial(self._match, case)
        handlers = (case, *(handler for _, handler in self._matchers), self._default)
        names = " or ".join(name_of(handler) for handler in handlers if handler is not None)
        vars(chain)["__qualname__"] = names  # for messages
        return chain

    def _match(self, case: Handler[S, Any] | None, state: S, action: Any) -> S:
        handlers = [case] if case is not None else []
        handlers += [handler for holds, handler in self._matchers if holds(action)]
        if not handlers and self._default is not None:
            handlers = [self._default]
        for handler in handlers:
            after = handler(state, action)
            if after is None and handler is not handlers[-1] and self._initial is not None:
                raise ReducerError(_returned_none(handler, action))
            state = after
        return state

    @staticmethod
    def _refuse_second(handler: Reducer[S], present: Reducer[S] | None, what: str) -> None:
        if present is not None:
            message = (
                f"{what} is handled by {name_of(present)} already, and now by {name_of(handler)}; expected one handler "
                "for each class. Join them, or use when() for the second."
            )
            raise ReducerError(message)


def _is_counted_as(kind: type[Any], base: type[Any]) -> bool:
    try:
        return issubclass(kind, base)
    except TypeError:  # a protocol that cannot be asked
        return False


def _returned_none(handler: Handler[Any, Any], action: object) -> str:
    return (
        f"the handler {name_of(handler)} returned None for {action!r}; expected a state, for the next handler. "
        "Return the state it was given when nothing changes."
    )
