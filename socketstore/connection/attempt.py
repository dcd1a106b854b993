"""The adapter itself: the events of one socket become actions, in the order in which the socket gave them."""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from socketstore.actions import Connecting, GotError, GotMessage, JustConnected, JustDisconnected, MessageRejected
from socketstore.connection.decoding import Decoder
from socketstore.errors import DecodeError, EncodeError, SocketError
from socketstore.sockets.emitter import report
from socketstore.sockets.events import CloseEvent, ErrorEvent, MessageEvent, OpenEvent
from socketstore.sockets.websocket import WebSocket
from socketstore.store.store import Store


@dataclass(frozen=True, slots=True)
class Feed:
    """What all attempts of a connection have in common."""

    name: str
    store: Store[Any]
    decode: Decoder
    clock: Callable[[], float]

    def __repr__(self) -> str:
        return f"<connection {self.name!r}>"

    def stamp(self, epoch: int | None = None) -> dict[str, Any]:
        """Return what every word of the connection holds."""
        return {"connection": self.name, "at": self._now(), "epoch": epoch}

    def _now(self) -> float:
        try:
            return float(self.clock())
        except Exception as error:  # noqa: BLE001 - a word without the right time is better than none
            report(error, "clock= raised, or returned no number", source=self)
            return time.time()

    def say(self, action: object) -> None:
        """Dispatch an action; what a reducer or a middleware raises must not end the connection."""
        try:
            self.store.dispatch(action)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - neither the socket nor the next message may suffer
            report(error, f"dispatching {type(action).__name__} raised", source=self)


class Attempt:
    """One socket's life as actions: one first word, one last word, nothing after it.

    What a reducer or a subscriber raises never reaches the socket: it goes to the event loop's exception handler, and
    the next message is dispatched as if nothing had happened.

    Args:
        feed: where the actions go, and how messages become actions.
        number: counts attempts since the last success, from 1.
        epoch: what this socket's epoch will be, if it opens.
    """

    def __init__(self, feed: Feed, number: int, epoch: int) -> None:
        self.number = number
        self.failure: SocketError | None = None
        self.succeeded = False
        self._feed = feed
        self._epoch_once_open = epoch
        self._epoch: int | None = None
        self._went_wrong = False
        self._over = False

    def begin(self, socket: WebSocket) -> None:
        """Say that the attempt begins, and listen to its socket."""
        socket.add_listener("open", self._open)
        socket.add_listener("message", self._message)
        socket.add_listener("error", self._error)
        socket.add_listener("close", self._close)
        self._feed.say(Connecting(url=socket.url, attempt=self.number, **self._stamp()))

    def go_wrong(self, error: Exception) -> None:
        """Say what went wrong, if nothing has yet: what follows from that is not worth a second word."""
        if self._went_wrong or self._over:
            return
        self._went_wrong = True
        self.failure = error if isinstance(error, SocketError) else None
        named = error.__cause__ or error
        self._feed.say(GotError(error=type(named).__name__, message=str(error), **self._stamp()))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Surround one read of the socket: subscribers are told once, of the last state."""
        try:
            with self._feed.store.batch():
                yield
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the socket must not suffer for what its listeners do
            report(error, "while telling of what a socket brought", source=self)

    def __repr__(self) -> str:
        return f"<attempt {self.number} of connection {self._feed.name!r}, epoch {self._epoch}>"

    def _open(self, event: OpenEvent) -> None:
        self._epoch = self._epoch_once_open
        self._feed.say(JustConnected(url=event.url, subprotocol=event.subprotocol, **self._stamp()))

    def _message(self, event: MessageEvent) -> None:
        try:
            actions = self._feed.decode(event, self._got_message)
        except DecodeError as error:
            self._reject(event.data, error)
            return
        for action in actions:
            self._pass_on(action, event.data)

    def _pass_on(self, action: Any, raw: str | bytes) -> None:
        try:
            self._feed.store.dispatch(action)
        except EncodeError as error:  # it cannot be recorded, so it has not reached the reducer
            self._reject(raw, error)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the next message must not suffer for what a reducer does
            report(error, f"dispatching {type(action).__name__} raised", source=self)

    def _reject(self, raw: str | bytes, error: Exception) -> None:
        self._feed.say(MessageRejected(raw=raw, reason=str(error), **self._stamp()))

    def _error(self, event: ErrorEvent) -> None:
        self.go_wrong(event.error)

    def _close(self, event: CloseEvent) -> None:
        self._over = True
        self._feed.say(JustDisconnected(code=event.code, reason=event.reason, clean=event.clean, **self._stamp()))

    def _got_message(self, data: Any) -> GotMessage:
        return GotMessage(data=data, **self._stamp())

    def _stamp(self) -> dict[str, Any]:
        return self._feed.stamp(self._epoch)
