"""A store's own context: the middleware that lives in time begins and ends with it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, ExitStack
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from socketstore.errors import UsageError
from socketstore.store.checking import name_of


@runtime_checkable
class Waiting(Protocol):
    """A middleware that waits, when it is left, for what it has begun."""

    def refuse_to_wait_for_the_caller(self) -> None:
        """Return if it can be left from here.

        Raises:
            UsageError: leaving it would wait for the caller itself.
        """


class Lifetime:
    """Base of a store: ``async with store:``, or ``with store:`` where no middleware needs an event loop.

    Every middleware that is a context manager itself is entered, in the order of the list, and left in the reverse one.
    Without one of those there is nothing to enter, and a store needs no context. It may be entered again once it has
    been left, and it can be used before, inside and after.
    """

    def __init__(self, layers: tuple[Any, ...]) -> None:
        self._layers = layers
        self._entered: AsyncExitStack | ExitStack | None = None

    def __enter__(self) -> Self:
        """Enter the middleware.

        Raises:
            UsageError: it has been entered already, or a middleware needs ``async with``.
        """
        self._refuse_second_entry()
        with ExitStack() as stack:
            self._entered = stack
            stack.callback(self._forget_context)
            for layer in self._layers:
                if isinstance(layer, AbstractContextManager):
                    stack.enter_context(layer)
                elif isinstance(layer, AbstractAsyncContextManager):
                    message = f"the middleware {name_of(layer)} needs an event loop; expected `async with store:`"
                    raise UsageError(message)
            self._entered = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Leave the middleware."""
        if isinstance(self._entered, ExitStack):
            return self._entered.__exit__(kind, error, trace)
        message = "the store was left with `with` and had not been entered so; expected the same kind for both"
        raise UsageError(message)

    async def __aenter__(self) -> Self:
        """Enter the middleware. Safe to cancel: what has been entered is left.

        Raises:
            UsageError: it has been entered already.
        """
        self._refuse_second_entry()
        async with AsyncExitStack() as stack:
            self._entered = stack
            stack.callback(self._forget_context)
            for layer in self._layers:
                if isinstance(layer, AbstractAsyncContextManager):
                    await stack.enter_async_context(layer)
                elif isinstance(layer, AbstractContextManager):
                    stack.enter_context(layer)
            self._entered = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Leave the middleware.

        Raises:
            UsageError: it had not been entered so; or this is called by an effect, for whose end it would wait. Nothing
                has been left then.
        """
        if isinstance(self._entered, AsyncExitStack):
            for layer in self._layers:
                if isinstance(layer, Waiting):  # asked before any of them is left: the stack can be gone through once
                    layer.refuse_to_wait_for_the_caller()
            return await self._entered.__aexit__(kind, error, trace)
        message = "the store was left with `async with` and had not been entered so; expected the same kind for both"
        raise UsageError(message)

    def _forget_context(self) -> None:
        self._entered = None

    def _refuse_second_entry(self) -> None:
        if self._entered is not None:
            message = "the store has been entered already; expected one `with` or `async with` around the whole program"
            raise UsageError(message)
