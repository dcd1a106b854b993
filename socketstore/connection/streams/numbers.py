"""Detectors that count: the next number is the last one plus a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from socketstore.connection.streams.ordering import REPEATED, Follows, Missing, Ordering, Verdict
from socketstore.errors import UsageError
from socketstore.sockets.options import expect


@dataclass(frozen=True, slots=True)
class Numbers(Ordering):
    """Each message of a stream bears a number: that of the one before plus `step`.

    Attributes:
        number: reads it from a message.
        step: what is added from one message to the next; positive.
        start: the number of the very first message; ``None``: any.
        lasting: the numbers go on from one socket to the next; ``False``: they begin anew with each.
        restarts: they begin anew with each snapshot on the socket, as after each subscription.
    """

    number: Callable[[Any], int]
    step: int = 1
    start: int | None = None
    lasting: bool = False
    restarts: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot count."""
        expect(self.number, "number", Callable, "a function of one message")
        if type(self.step) is not int or self.step < 1:
            message = f"got step={self.step!r}; expected a whole number from 1"
            raise UsageError(message)

    def position(self, message: Any) -> int:
        """Return its number."""
        return self.number(message)

    def check(self, position: int | None, message: Any) -> Verdict:
        """Compare it with the number that stands to come."""
        return counted(self.number(message), position, self.step, self.start)


def counted(number: int, last: int | None, step: int, start: int | None) -> Verdict:
    """Judge a number after the last one, or (``None``) as the first."""
    expected = start if last is None else last + step
    if expected is None or number == expected:
        return Follows(number)
    if last is not None and number <= last:
        return REPEATED
    return Missing(expected, number)
