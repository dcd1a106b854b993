"""The adapter itself: the events of one socket become actions, in the order in which the socket gave them."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from socketstore.actions import (
    Connecting,
    GotError,
    GotMessage,
    Heard,
    JustConnected,
    JustDisconnected,
    MessageRejected,
)
from socketstore.connection.feed import Feed
from socketstore.connection.part import Parts
from socketstore.connection.session import Session
from socketstore.decoding.decoder import Decoder, Encode
from socketstore.errors import ConnectionLost, DecodeError, EncodeError, SocketError, TooManyRejects
from socketstore.sockets.emitter import report
from socketstore.sockets.events import CloseEvent, ErrorEvent, MessageEvent, OpenEvent
from socketstore.sockets.masking import mask_url
from socketstore.sockets.websocket import WebSocket

HEARD_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every attempt of a connection works with.

    Attributes:
        feed: where the actions go.
        decode: from a message to actions.
        encode: from a message of the program to text or bytes.
        parts: who is told of the life of each socket.
        deliver: takes the actions of one message on their way to the store, if they must pass the streams first.
        max_rejected: how many messages of one socket may be rejected.
    """

    feed: Feed
    decode: Decoder
    encode: Encode
    parts: Parts
    deliver: Callable[[Iterable[Any], str | bytes], None] | None = None
    max_rejected: int | None = None


class Attempt:
    """One socket's life as actions: one first word, one last word, nothing after it.

    What a reducer or a subscriber raises never reaches the socket: it goes to the event loop's exception handler, and
    the next message is dispatched as if nothing had happened.

    Args:
        equipment: what all attempts share.
        number: counts attempts since the connection was last healthy, from 1.
        epoch: what this socket's epoch will be, if it opens.

    Attributes:
        session: the socket as the parts see it, once it is open.
        failure: what went wrong.
        end: the last word, once it has been said.
        readable: how many messages could be read.
        greeted: whether `on_open` came to its end on this socket.
        lasted: seconds for which the socket was open and good, until it closed, or was given up here.
    """

    def __init__(self, equipment: Equipment, number: int, epoch: int) -> None:
        self.number = number
        self.session: Session | None = None
        self.failure: SocketError | None = None
        self.end: CloseEvent | None = None
        self.readable = 0
        self.greeted = False
        self.lasted = 0.0
        self._equipment = equipment
        self._feed = equipment.feed
        self._wire = equipment.feed.wire
        self._deliver = equipment.deliver or self._dispatch_all
        self._epoch_once_open = epoch
        self._epoch: int | None = None
        self._went_wrong = False
        self._rejected = 0
        self._dropped = 0
        self._is_given_up = False
        self._unheard = 0
        self._heard_again_at = 0.0
        self._socket: WebSocket | None = None

    def begin(self, socket: WebSocket) -> None:
        """Say that the attempt begins, and listen to its socket."""
        self._socket = socket
        socket.add_listener("open", self._open)
        socket.add_listener("message", self._message if self._wire is None else self._recorded)
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
                if self._unheard and self.session is not None and self._is_time_to_say_so(self.session):
                    self._say_heard()
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the socket must not suffer for what its listeners do
            report(error, "while telling of what a socket brought", source=self)

    def __repr__(self) -> str:
        return f"<attempt {self.number} of connection {self._feed.name!r}, epoch {self._epoch}>"

    def _open(self, event: OpenEvent) -> None:
        self._epoch = self._epoch_once_open
        socket = self._socket
        if socket is None:
            return
        encode = self._equipment.encode
        self.session = Session(
            self._feed, socket, self._epoch, encode, self._dispatch, self._lose, self._reject, self._catch_up
        )
        if self._wire is not None:
            self._wire.opened(self._epoch, mask_url(event.url), event.subprotocol)
        self._feed.say(JustConnected(url=mask_url(event.url), subprotocol=event.subprotocol, **self._stamp()))
        self._equipment.parts.opened(self.session)

    def _recorded(self, event: MessageEvent) -> None:
        listens = self.session is not None and not self.session.over and not self._is_given_up
        if self._wire is not None and listens:
            self._wire.came(event.data, self._epoch)
        self._message(event)

    def _message(self, event: MessageEvent) -> None:
        session, equipment = self.session, self._equipment
        if session is None or session.over:
            return
        if self._is_given_up:  # over its messages: no more of them, although the closing takes its time
            self._dropped += 1
            return
        if equipment.parts.consumes(event):
            self.readable += 1
            return
        session.heard_at = session.now
        self._unheard += 1
        try:
            actions = equipment.decode(event, self._got_message)
        except DecodeError as error:
            self._reject(event.data, str(error))
            equipment.parts.unread()
            return
        self.readable += 1
        self._deliver(actions, event.data)

    def _dispatch_all(self, actions: Iterable[Any], raw: str | bytes) -> None:
        for action in actions:
            self._dispatch(action, raw)

    def _dispatch(self, action: Any, raw: str | bytes) -> bool:
        """Dispatch an action that was made of a message; tell whether it was reduced."""
        if self.end is not None or (self.session is not None and self.session.over):
            return False
        try:
            self._feed.store.dispatch(action)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the next message must not suffer for what a reducer does
            if not isinstance(error, EncodeError):  # it could not be recorded; that is no fault of the program's code
                report(error, f"dispatching {type(action).__name__} raised", source=self)
            self._reject(raw, f"dispatching {type(action).__name__} raised {type(error).__name__}: {error}")
            return False
        if type(action) is GotMessage:
            self._state_knows()
        if self._equipment.parts.hearing:
            self._equipment.parts.heard(action)
        return True

    def _reject(self, raw: str | bytes, reason: str) -> None:
        self._rejected += 1
        self._feed.say(MessageRejected(raw=raw, reason=reason, **self._stamp()))
        self._state_knows()
        most = self._equipment.max_rejected
        if most is not None and self._rejected > most and self.session is not None and not self._is_given_up:
            self._is_given_up = True
            words = f"more than {most} messages could not be read"
            message = f"{words}, the last one because {reason}; check messages= and decode=, or raise max_rejected="
            self.session.lose(TooManyRejects(message, code=1008), (1008, words))

    def _lose(self, error: ConnectionLost, farewell: tuple[int, str] | None) -> None:
        self.go_wrong(error)
        if self._socket is not None and farewell is None:
            self._socket.abort()
        elif self._socket is not None and farewell is not None:
            self._socket.close(*farewell)

    def _error(self, event: ErrorEvent) -> None:
        self.go_wrong(event.error)

    def _close(self, event: CloseEvent) -> None:
        self._catch_up()
        if not self._went_wrong:
            self._measure()
        if self._wire is not None:
            self._wire.closed(self._epoch, event)
        if self.session is not None:
            self.session.finish()
            self.session.end = event
            self._equipment.parts.closed(self.session)
        self._feed.say(
            JustDisconnected(
                code=event.code,
                reason=event.reason,
                clean=event.clean,
                dropped=event.dropped + self._dropped,
                **self._stamp(),
            )
        )
        self.end = event

    def _measure(self) -> None:
        if self.session is not None:
            self.lasted = self.session.now - self.session.opened_at

    def _is_time_to_say_so(self, session: Session) -> bool:
        return session.stale or session.heard_at >= self._heard_again_at

    def _catch_up(self) -> None:
        """Say of messages that came a while ago that they did, with the time of the last of them."""
        if self._unheard and self.session is not None:
            self._say_heard(ago=self.session.now - self.session.heard_at)

    def _say_heard(self, ago: float = 0.0) -> None:
        if self.session is not None:
            self._heard_again_at = self.session.heard_at + HEARD_EVERY
        stamp = self._stamp()
        self._feed.say(Heard(messages=self._unheard, **{**stamp, "at": stamp["at"] - ago}))
        self._state_knows()

    def _state_knows(self) -> None:
        """The word that was just said tells that a message came."""
        self._unheard = 0
        if self.session is not None:
            self.session.stale = False

    def _got_message(self, data: Any) -> GotMessage:
        return GotMessage(data=data, **self._stamp())

    def _stamp(self) -> dict[str, Any]:
        return self._feed.stamp(self._epoch)
