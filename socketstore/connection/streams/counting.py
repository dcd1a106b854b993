"""Counts the messages of a socket for `NumbersPerConnection`."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable

from socketstore.connection.part import Part
from socketstore.connection.session import Session
from socketstore.connection.streams.ordering import Missing, Repeated
from socketstore.connection.streams.orderings import counted
from socketstore.connection.streams.watches import NumbersPerConnection


class Counting(Part):
    """Asked about each message before any other part, as answers and heartbeats have numbers as well.

    Args:
        rule: the numbers.
        suspect: called if some are missing.

    Attributes:
        is_repeated: the number of the message at hand has come before.
    """

    def __init__(self, rule: NumbersPerConnection, suspect: Callable[[Missing], None]) -> None:
        self.is_repeated = False
        self._rule = rule
        self._suspect = suspect
        self._session: Session | None = None
        self._last: int | None = None
        self._at_hand: int | None = None

    def opened(self, session: Session) -> None:
        """Begin anew."""
        self._session, self._last = session, None

    def closed(self, session: Session) -> None:  # noqa: ARG002 - the same as that of `opened`
        """Count nothing any more."""
        self._session = None

    def consumes(self, data: str | bytes) -> bool:
        """Count a message; tell whether it is rejected, as its number cannot be told."""
        session = self._session
        if session is None:
            return False
        try:
            number = self._at_hand = self._rule.number(session.content(data))
            self.is_repeated = number is not None and self._repeats(number)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - what the program's own function raises
            session.reject(data, f"number= raised {type(error).__name__}: {error}")
            return True
        return False

    def unread(self) -> None:
        """The message at hand is of no use: it is missing, although its number is not."""
        if self._at_hand is not None and not self.is_repeated:
            self._suspect(Missing(self._at_hand, "a message that could not be used"))

    def _repeats(self, number: int) -> bool:
        verdict = counted(number, self._last, self._rule.step, self._rule.start)
        if isinstance(verdict, Repeated):
            return True
        self._last = number
        if isinstance(verdict, Missing):
            self._suspect(verdict)
        return False
