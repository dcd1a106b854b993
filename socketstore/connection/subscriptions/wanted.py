"""What is wanted, read from the state by a function of the program's own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from socketstore.codec import short
from socketstore.connection.subscriptions.answers import checked
from socketstore.errors import UsageError
from socketstore.sockets.emitter import report


class Wanted:
    """A selector that never raises: where the program's own does, what was wanted before still is."""

    def __init__(self, select: Callable[[Any], Collection[str]]) -> None:
        self._select = select
        self._last: tuple[object, tuple[str, ...]] = object(), ()
        self._failing = False

    def __call__(self, state: Any) -> tuple[str, ...]:
        """Return the keys in the order of asking. May be called in any thread."""
        before, keys = self._last
        try:
            value = self._select(state)
            if value is not before:
                keys = keys_of(value)
                self._last = value, keys
            self._failing = False
        except Exception as error:  # noqa: BLE001 - it must not trouble those who dispatch
            self._complain(error)
        return keys

    def _complain(self, error: Exception) -> None:
        """Report an error once, until it works again: there may be thousands of states in a second."""
        if not self._failing:
            report(error, "select= of the subscriptions failed; what was wanted before still is", source=self._select)
        self._failing = True


def keys_of(value: Any) -> tuple[str, ...]:
    """Return the keys of a collection, each once, in its order; those of a set sorted.

    Raises:
        UsageError: it is no collection of text; one text would be read as its letters.
    """
    if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
        message = f"select= returned {short(value)} ({type(value).__name__}); expected a set, tuple or list of keys"
        raise UsageError(message)
    keys = checked(tuple(value))
    return tuple(sorted(keys)) if isinstance(value, (set, frozenset)) else keys
