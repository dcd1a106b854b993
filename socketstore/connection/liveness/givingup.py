"""Giving a socket up: fairly, and with a reason."""

from __future__ import annotations

from collections.abc import Callable

from socketstore.connection.liveness.timer import Timer
from socketstore.connection.session import Session
from socketstore.errors import ConnectionSilent
from socketstore.sockets.events import ReadyState

LOOK_AGAIN = 0.1  # seconds


def is_open(session: Session) -> bool:
    """Tell whether a socket can be judged: one that is closing ends by itself, in bounded time."""
    return not session.over and session.socket.ready_state is ReadyState.OPEN


def give_up(session: Session, message: str) -> None:
    """Cut a socket that is open; a peer that is silent would not answer a closing handshake either."""
    if is_open(session):
        session.lose(ConnectionSilent(message, code=1006))


class Awaited:
    """Something that must come by a time, or the socket is given up.

    The verdict waits while messages that have come are being handled: what is awaited may stand behind them. So a slow
    program does not take its own slowness for the server's.

    Args:
        session: the socket.
        complaint: what to say when it did not come.

    Attributes:
        handled: how many messages have been handled; counted by who sees them.
    """

    def __init__(self, session: Session, complaint: Callable[[], str]) -> None:
        self.handled = 0
        self._session = session
        self._complaint = complaint
        self._timer = Timer()
        self._seen = 0

    def by(self, when: float) -> None:
        """Wait for it until a time of the event loop."""
        self._timer.at(when, self._look)

    def stop(self) -> None:
        """Wait no more."""
        self._timer.stop()

    def _look(self) -> None:
        self._seen = self.handled
        self._timer.after_reading(self._judge)

    def _judge(self) -> None:
        if self.handled != self._seen:
            self.by(self._session.now + LOOK_AGAIN)
        else:
            give_up(self._session, self._complaint())
