"""Which subscriptions or streams are wanted, read from the state by a function of the program's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from socketstore.codec import short
from socketstore.connection.subscriptions.answers import checked
from socketstore.errors import UsageError
from socketstore.sockets.emitter import report


class Wanted:
    """A selector that never raises: where the program's own does, what was wanted before still is.

    Args:
        select: the program's own.
        argument: what it is called, for messages.
    """

    def __init__(self, select: Callable[[Any], Collection[str]], argument: str) -> None:
        self._select = select
        self._argument = argument
        self._last: tuple[object, tuple[str, ...] | None] = object(), None
        self._failing = False

    def __call__(self, state: Any) -> tuple[str, ...] | None:
        """Return the keys in their order; ``None`` if none could be read yet. May be called in any thread."""
        before, keys = self._last
        try:
            value = self._select(state)
            if value is not before:
                keys = keys_of(value, self._argument)
                self._last = value, keys
            self._failing = False
        except Exception as error:  # noqa: BLE001 - it must not trouble those who dispatch
            self._complain(error)
        return keys

    def _complain(self, error: Exception) -> None:
        """Report an error once, until it works again: there may be thousands of states in a second."""
        if not self._failing:
            report(error, f"{self._argument} failed; what was wanted before still is", source=self._select)
        self._failing = True


def keys_of(value: Any, argument: str) -> tuple[str, ...]:
    """Return the keys of a collection, each once, in its order; those of a set sorted.

    Raises:
        UsageError: it is no collection of text; one text would be read as its letters.
    """
    if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
        message = f"{argument} returned {short(value)} ({type(value).__name__}); expected a set, tuple or list of keys"
        raise UsageError(message)
    keys = checked(tuple(value))
    return tuple(sorted(keys)) if isinstance(value, (set, frozenset)) else keys


def via_loop(loop: asyncio.AbstractEventLoop) -> Callable[[Callable[[], object]], object]:
    """Make a ``via=`` that hands over to an event loop, from any thread, for as long as it lasts."""

    def hand_over(call: Callable[[], object]) -> None:
        try:
            loop.call_soon_threadsafe(call)
        except RuntimeError:
            if not loop.is_closed():  # it is, if the program has ended it in the midst of a connection
                raise

    return hand_over
