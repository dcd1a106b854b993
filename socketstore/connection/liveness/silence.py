"""The part of a connection that notices that nothing comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socketstore.actions import WentStale
from socketstore.connection.liveness.givingup import give_up, is_open
from socketstore.connection.liveness.timer import Timer
from socketstore.connection.part import Part

if TYPE_CHECKING:
    from socketstore.connection.session import Session


class SilenceWatch(Part):
    """Says of a socket on which nothing comes that it went stale, and gives it up when that lasts.

    Messages do nothing but leave their time behind: the timer looks at that when it fires.

    Args:
        stale_after: seconds without a message after which it is stale.
        reconnect_after: seconds without a message after which it is given up.
    """

    def __init__(self, stale_after: float, reconnect_after: float) -> None:
        self._stale_after = stale_after
        self._reconnect_after = reconnect_after
        self._watch: Watch | None = None

    def opened(self, session: Session) -> None:
        """Begin: a server from which nothing ever comes is silent as well."""
        self._watch = Watch(session, self._stale_after, self._reconnect_after)

    def closed(self, session: Session) -> None:  # noqa: ARG002 - there is one at a time
        """End."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()


class Watch:
    """The watch over one socket."""

    def __init__(self, session: Session, stale_after: float, reconnect_after: float) -> None:
        self._session = session
        self._stale_after = stale_after
        self._patience = reconnect_after - stale_after  # a whole one, also if the first word came late
        self._timer = Timer()
        self._told_of: float | None = None
        self._gives_up_at = 0.0
        self._wait()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()

    @property
    def _stale_at(self) -> float:
        return self._session.heard_at + self._stale_after

    def _wait(self) -> None:
        self._timer.at(self._stale_at, self._look)

    def _look(self) -> None:
        if self._session.now < self._stale_at:
            self._wait()
        else:
            self._timer.after_reading(self._judge)

    def _judge(self) -> None:
        """Say what is to be said of a silence, when nothing waits in the socket any more."""
        session = self._session
        if session.now < self._stale_at:
            self._wait()
        elif self._told_of != session.heard_at:
            self._tell()
        elif session.now >= self._gives_up_at:
            give_up(session, self._complaint())
        else:
            self._wait_on()

    def _tell(self) -> None:
        session = self._session
        if not is_open(session):
            return
        self._told_of, self._gives_up_at = session.heard_at, session.now + self._patience
        session.catch_up()
        session.stale = True
        session.say(WentStale, silence=session.now - session.heard_at)
        if not session.over:
            self._wait_on()

    def _wait_on(self) -> None:
        """Look again before a message that comes now could be old."""
        self._timer.at(min(self._session.now + self._stale_after, self._gives_up_at), self._look)

    def _complaint(self) -> str:
        silence = round(self._session.now - self._session.heard_at, 2)
        return (
            f"nothing came for {silence:g} s, although the socket seemed open. If the server may have nothing to say "
            "for so long, raise stale_after= and reconnect_after="
        )
