"""One effect as it was registered: the function, the actions that it wants, and how often it runs."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from socketstore.codec import short
from socketstore.errors import SocketstoreError, UsageError
from socketstore.middleware.effects.paces import PaceFactory
from socketstore.middleware.effects.run import EffectRun
from socketstore.middleware.effects.triggers import Wanted, check_arguments
from socketstore.store.checking import name_of

EFFECT = "a function (action, run), def or async def"

OnError: TypeAlias = Callable[[Exception, Any, Callable[..., Any]], object]
"""Called with what an effect raised, the action, and the effect's function."""

Report: TypeAlias = Callable[[BaseException, Any, Callable[..., Any]], None]


class Definition:
    """An effect.

    Attributes:
        function: what it does.
        wanted: which actions it is for.
        pace: how often it runs.
        is_async: whether it is an ``async def``.
        at_once: whether it needs no event loop.
        removed: whether `Effects.off` has taken it away; a run that waits for its turn does not begin then.
    """

    def __init__(
        self, function: Callable[[Any, EffectRun[Any]], Any], wanted: Wanted, pace: PaceFactory, *, timed: bool
    ) -> None:
        if not callable(function) or inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            message = f"the effect is {function!r:.200} ({type(function).__name__}); expected {EFFECT}"
            raise UsageError(message)
        check_arguments(function, 2, "the effect", EFFECT)
        self.function = function
        self.wanted = wanted
        self.pace = pace
        self.is_async = _is_async(function)
        self.at_once = not (self.is_async or timed)
        self.removed = False

    def call(self, run: EffectRun[Any], action: Any, report: Report) -> None:
        """Run a sync effect; what it raises is reported."""
        try:
            self._refuse_awaitable(self.function(action, run))
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - it goes to the handler, never to the store
            report(error, action, self.function)

    def _refuse_awaitable(self, outcome: object) -> None:
        if inspect.isawaitable(outcome):
            if inspect.iscoroutine(outcome):
                outcome.close()  # or Python would warn, much later, that nobody has awaited it
            message = (
                f"the sync effect {name_of(self.function)} returned {short(outcome)}, which nobody awaits; "
                "expected an async def"
            )
            raise UsageError(message)


def _is_async(function: Callable[..., Any]) -> bool:
    if isinstance(function, type):
        return False
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - its kind


def as_exception(error: BaseException) -> Exception:
    """Return what a handler of exceptions can take."""
    if isinstance(error, Exception):
        return error
    contained = SocketstoreError(f"an effect raised {type(error).__name__}: {error}")
    contained.__cause__ = error
    return contained
