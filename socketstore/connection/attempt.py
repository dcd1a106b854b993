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
from socketstore.decoding.decoder import Encode
from socketstore.decoding.reading import Read
from socketstore.errors import ConnectionLost, DecodeError, EncodeError, SocketError, TooManyRejects
from socketstore.sockets.emitter import report
from socketstore.sockets.events import CloseEvent, ErrorEvent, OpenEvent
from socketstore.sockets.masking import mask_url
from socketstore.sockets.websocket import WebSocket

HEARD_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every attempt of a connection works with.

    Attributes:
        feed: where the actions go.
        read: from a message to its action, or a tuple of them.
        encode: from a message of the program to text or bytes.
        parts: who is told of the life of each socket.
        deliver: takes the action of one message, or a tuple of them, if they must pass the streams first.
        max_rejected: how many messages of one socket may be rejected.
    """

    feed: Feed
    read: Read
    encode: Encode
    parts: Parts
    deliver: Callable[[Any, str | bytes], None] | None = None
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
        self._deliver = equipment.deliver
        self._epoch_once_open = epoch
        self._epoch: int | None = None
        self._went_wrong = False
        self._leaves = False
        self._rejected = 0
        self._dropped = 0
        self._is_given_up = False
        self._unheard = 0
        self._heard_again_at = 0.0
        self._socket: WebSocket | None = None
        # What GotMessage() calls, at half its price: 0.4 µs less, a sixth of all where there is no messages=.
        self._make_got_message = GotMessage.__pydantic_validator__.validate_python

    def begin(self, socket: WebSocket) -> None:
        """Say that the attempt begins, and listen to its socket."""
        self._socket = socket
        socket.add_listener("open", self._open)
        socket.take_messages(self._take if self._wire is None else self._record)
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

    def _record(self, messages: Iterable[str | bytes]) -> None:
        """Write each message just before anything is made of it."""
        self._take(map(self._recorded, messages))

    def _recorded(self, data: str | bytes) -> str | bytes:
        listens = self.session is not None and not self.session.over and not self._is_given_up
        if self._wire is not None and listens:
            self._wire.came(data, self._epoch)
        return data

    def _take(self, messages: Iterable[str | bytes]) -> None:
        """Make actions of the messages of one read: here the connection knows of each of them."""
        session, parts = self.session, self._equipment.parts
        if session is None:
            return
        now = session.now
        consumes = parts.consumes if parts.attends() else None  # asked once a read: 0.11 µs a message, 5 %
        for data in messages:
            try:
                if session.over or self._is_given_up:
                    self._leave_out(session)
                elif consumes is not None and consumes(data):
                    self.readable += 1
                else:
                    self._message(data, session, now)
            except (Exception, CancelledError) as error:  # noqa: BLE001 - the next message must not suffer for this one
                report(error, "handling a message raised", source=self)

    def _leave_out(self, session: Session) -> None:
        """Count a message that comes although there were too many that could not be read: closing takes its time."""
        if not session.over:
            self._dropped += 1

    def _message(self, data: str | bytes, session: Session, now: float) -> None:
        session.heard_at = now
        self._unheard += 1
        try:
            actions = self._equipment.read(data, self._got_message)
        except DecodeError as error:
            self._reject(data, str(error))
            self._equipment.parts.unread()
            return
        self.readable += 1
        if self._deliver is not None:
            self._deliver(actions, data)
        elif type(actions) is not tuple:
            self._dispatch(actions, data)
        else:
            for action in actions:
                self._dispatch(action, data)

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
        self.leave()
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
        action: GotMessage = self._make_got_message({"data": data, **self._feed.stamp(self._epoch)})
        return action

    def _stamp(self) -> dict[str, Any]:
        return self._feed.stamp(self._epoch)
