"""Detectors that look at the order of a stream: by numbers, by ranges of ids, by links to the message before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any, ClassVar

from socketstore.connection.streams.ordering import REPEATED, Follows, Missing, Ordering, Verdict, plain
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


@dataclass(frozen=True, slots=True)
class Ranges(Ordering):
    """Each message stands for all ids from `first` to `last`; a snapshot stands at one of them.

    A message whose last id is not beyond the position is older, and dropped. One that reaches beyond it must begin at
    it, or before (it straddles the position): else ids are missing. Where the protocol names the last id of the
    message before (`previous`: ids are not dense, as ids of several streams are drawn from one counter), that tells
    where a message begins. These are Binance's rules for spot (``U``, ``u``) and futures (with ``pu``).

    Attributes:
        first: reads the first id from a message.
        last: reads the last one.
        previous: reads the last id of the message before.
        lasting: ids mean the same on the next socket.
        restarts: ids begin anew with each snapshot on the socket.
    """

    first: Callable[[Any], int]
    last: Callable[[Any], int]
    previous: Callable[[Any], int] | None = None
    lasting: bool = True
    restarts: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no function."""
        expect(self.first, "first", Callable, "a function of one message")
        expect(self.last, "last", Callable, "a function of one message")
        expect(self.previous, "previous", (Callable, NoneType), "a function of one message, or None")

    def position(self, message: Any) -> int:
        """Return the last id of a message."""
        return self.last(message)

    def check(self, position: int | None, message: Any) -> Verdict:
        """Tell whether a message is older than the position, covers what follows it, or leaves something out."""
        last = self.last(message)
        if position is None:
            return Follows(last)
        if last <= position:
            return REPEATED
        if self.previous is None:
            first = self.first(message)
            return Follows(last) if first <= position + 1 else Missing(position + 1, first)
        before = self.previous(message)
        return Follows(last) if before <= position else Missing(position, before)


@dataclass(frozen=True, slots=True)
class Links(Ordering):
    """Each message has an id and names that of the message before it. Ids may be text: they are never compared.

    The last 1,024 ids are remembered. A snapshot from before them cannot be told from a new one: it is taken, and
    the next message, which does not follow on it, shows the gap.

    Attributes:
        id: reads the id from a message; hashable.
        previous: reads the id of the message before.
        lasting: ids mean the same on the next socket.
    """

    sorted: ClassVar[bool] = False  # type: ignore[misc]  # not for a program to choose

    id: Callable[[Any], Any]
    previous: Callable[[Any], Any]
    lasting: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no function."""
        expect(self.id, "id", Callable, "a function of one message")
        expect(self.previous, "previous", Callable, "a function of one message")

    def position(self, message: Any) -> Any:
        """Return its id."""
        return self.id(message)

    def check(self, position: Any, message: Any) -> Verdict:
        """Compare what it names with the position."""
        own = self.id(message)
        if own == position:
            return REPEATED
        before = self.previous(message)
        return Follows(own) if position is None or before == position else Missing(plain(position), plain(before))


def counted(number: int, last: int | None, step: int, start: int | None) -> Verdict:
    """Judge a number after the last one, or (``None``) as the first."""
    expected = start if last is None else last + step
    if expected is None or number == expected:
        return Follows(number)
    if last is not None and number <= last:
        return REPEATED
    return Missing(expected, number)
