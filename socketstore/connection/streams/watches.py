"""Detectors that do not look at the order of a stream: is the socket whole, is the state right, does anything come?"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any

from socketstore.connection.streams.ordering import Missing, plain
from socketstore.connection.streams.orderings import Numbers
from socketstore.errors import UsageError
from socketstore.sockets.options import expect


@dataclass(frozen=True, slots=True)
class NumbersPerConnection:
    """One sequence of numbers over everything that a socket brings, beginning anew with each socket.

    A number that is missing may have belonged to any stream: all of them are resynced, except those that have an order
    of their own (`Numbers`, `Ranges`, `Links`) and go on without a gap in it.

    Attributes:
        number: reads it from the content of a message: its JSON value, or its text or bytes where it is no JSON.
            Called for every message, also for answers and heartbeats, which are not decoded. ``None``: it has none.
            What it raises rejects the message.
        step: what is added from one message to the next; positive.
        start: the first number on each socket; ``None``: any.
    """

    number: Callable[[Any], int | None]
    step: int = 1
    start: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot count."""
        Numbers(self.number, self.step, self.start)  # type: ignore[arg-type]  # asked only for the same complaints


@dataclass(frozen=True, slots=True)
class Checksum:
    """After a message has been reduced, a figure computed from the state must equal the one in the message.

    Attributes:
        expected: reads it from a message; ``None``: this one bears none.
        actual: computes it from the state and the name of the stream.
    """

    expected: Callable[[Any], Any]
    actual: Callable[[Any, str], Any]

    def __post_init__(self) -> None:
        """Refuse what is no function."""
        expect(self.expected, "expected", Callable, "a function of one message")
        expect(self.actual, "actual", Callable, "a function of the state and a stream's name")

    def compare(self, message: Any, stream: str, state: Callable[[], Any]) -> Missing | None:
        """Tell what is wrong with the state after a message; what the program's functions raise is wrong as well."""
        try:
            expected = self.expected(message)
            if expected is None:
                return None
            actual = self.actual(state(), stream)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - it must harm nothing but this stream
            return Missing("a checksum", f"{type(error).__name__}: {error}")
        return None if actual == expected else Missing(plain(expected), plain(actual))


@dataclass(frozen=True, slots=True)
class Silence:
    """A stream on which nothing comes for some time is stale until something does.

    Attributes:
        seconds: how long it may be silent.
        resync_after: how many seconds later it is resynced, if it still is silent; ``None``: it is waited for.
    """

    seconds: float
    resync_after: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no time."""
        expect(self.seconds, "seconds", (int, float), "seconds")
        expect(self.resync_after, "resync_after", (int, float, NoneType), "seconds, or None")
        if self.seconds <= 0 or (self.resync_after or 0.0) < 0:
            message = f"got {self!r}; expected seconds > 0 and resync_after >= 0"
            raise UsageError(message)
