"""The adapter itself: the events of one socket become actions, in the order in which the socket gave them."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from socketstore.actions import Connecting, GotError, JustConnected, JustDisconnected
from socketstore.connection.equipment import Equipment
from socketstore.connection.intake import Intake
from socketstore.connection.session import Session
from socketstore.errors import ConnectionLost, SocketError
from socketstore.sockets.emitter import report
from socketstore.sockets.events import CloseEvent, ErrorEvent, OpenEvent
from socketstore.sockets.masking import mask_url
from socketstore.sockets.websocket import WebSocket


class Attempt:
    """One socket's life as actions: one first word, one last word, nothing after it. Messages: see `Intake`.

    Args:
        equipment: what all attempts share.
        number: counts attempts since the connection was last healthy, from 1.
        epoch: what this socket's epoch will be, if it opens.

    Attributes:
        session: the socket as the parts see it, once it is open.
        failure: what went wrong.
        end: the last word, once it has been said.
        greeted: whether `on_open` came to its end on this socket.
        lasted: seconds for which the socket was open and good, until it closed, or was given up here.
    """

    def __init__(self, equipment: Equipment, number: int, epoch: int) -> None:
        self.number = number
        self.session: Session | None = None
        self.failure: SocketError | None = None
        self.end: CloseEvent | None = None
        self.greeted = False
        self.lasted = 0.0
        self._feed = equipment.feed
        self._wire = equipment.feed.wire
        self._encode = equipment.encode
        self._parts = equipment.parts
        self._intake = Intake(equipment, self)
        self._epoch_once_open = epoch
        self._epoch: int | None = None
        self._went_wrong = False
        self._leaves = False
        self._socket: WebSocket | None = None

    def begin(self, socket: WebSocket) -> None:
        """Say that the attempt begins, and listen to its socket."""
        self._socket = socket
        socket.add_listener("open", self._open)
        socket.take_messages(self._intake.take if self._wire is None else self._intake.record)
        socket.add_listener("error", self._error)
        socket.add_listener("close", self._close)
        self._feed.say(Connecting(url=mask_url(socket.url), attempt=self.number, **self._stamp()))

    def fail(self, error: SocketError, url: str) -> None:
        """Say all that there is to say of an attempt that ended before it had a socket."""
        self._feed.say(Connecting(url=mask_url(url), attempt=self.number, **self._stamp()))
        self.go_wrong(error)
        self._close(CloseEvent(1006))

    def go_wrong(self, error: Exception) -> None:
        """Say what went wrong, if nothing has yet: what follows from that is not worth a second word."""
        if self._went_wrong or self.end is not None:
            return
        self._went_wrong = True
        self._measure()
        self.failure = error if isinstance(error, SocketError) else None
        named = error.__cause__ or error
        if self._wire is not None:
            self._wire.erred(self._epoch, named, str(error))
        self._feed.say(GotError(error=type(named).__name__, message=str(error), **self._stamp()))

    def leave(self) -> None:
        """Write that this side ends the socket now, unless it has ended: whoever serves the recording waits for it."""
        if self._wire is not None and self.session is not None and self.end is None and not self._leaves:
            self._leaves = True
            self._wire.leaves(self._epoch)

    @property
    def readable(self) -> int:
        """How many messages could be read."""
        return self._intake.readable

    @property
    def last_words(self) -> tuple[int, str, bool]:
        """The close code, the reason, and whether it was clean."""
        return (1006, "", False) if self.end is None else (self.end.code, self.end.reason, self.end.clean)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Surround what the socket tells in one go: subscribers are told once, of the last state."""
        try:
            with self._feed.store.batch():
                yield
                self._intake.read_is_over()
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the socket must not suffer for what its listeners do
            report(error, "while telling of what a socket brought", source=self)

    def __repr__(self) -> str:
        return f"<attempt {self.number} of connection {self._feed.name!r}, epoch {self._epoch}>"

    def _open(self, event: OpenEvent) -> None:
        self._epoch = epoch = self._epoch_once_open
        if self._socket is None:
            return
        self.session = session = self._new_session(self._socket, epoch)
        self._intake.begin(session)
        if self._wire is not None:
            self._wire.opened(epoch, mask_url(event.url), event.subprotocol)
        self._feed.say(JustConnected(url=mask_url(event.url), subprotocol=event.subprotocol, **self._stamp()))
        self._parts.opened(session)

    def _new_session(self, socket: WebSocket, epoch: int) -> Session:
        intake = self._intake
        return Session(
            self._feed, socket, epoch, self._encode, intake.dispatch, self._lose, intake.reject, intake.catch_up
        )

    def _lose(self, error: ConnectionLost, farewell: tuple[int, str] | None) -> None:
        self.go_wrong(error)
        self.leave()
        if self._socket is not None and farewell is None:
            self._socket.abort()
        elif self._socket is not None and farewell is not None:
            self._socket.close(*farewell)

    def _error(self, event: ErrorEvent) -> None:
        self.go_wrong(event.error)

    def _close(self, event: CloseEvent) -> None:
        self._intake.catch_up()
        if not self._went_wrong:
            self._measure()
        if self._wire is not None:
            self._wire.closed(self._epoch, event)
        if self.session is not None:
            self.session.finish()
            self.session.end = event
            self._parts.closed(self.session)
        self._feed.say(
            JustDisconnected(
                code=event.code,
                reason=event.reason,
                clean=event.clean,
                dropped=event.dropped + self._intake.dropped,
                **self._stamp(),
            )
        )
        self.end = event

    def _measure(self) -> None:
        if self.session is not None:
            self.lasted = self.session.now - self.session.opened_at

    def _stamp(self) -> dict[str, Any]:
        return self._feed.stamp(self._epoch)
