"""A detector for messages that stand for a range of ids each, as the books of several exchanges do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any

from socketstore.connection.streams.ordering import REPEATED, Follows, Missing, Ordering, Verdict
from socketstore.sockets.options import expect


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
