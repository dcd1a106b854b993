"""Which message goes out when: at once, or in its turn from the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from functools import partial

from socketstore.actions import MessageDropped
from socketstore.connection.feed import Feed
from socketstore.connection.greeting import first_words
from socketstore.connection.outgoing.deadlines import Deadlines
from socketstore.connection.outgoing.line import Line
from socketstore.connection.outgoing.message import Message, write
from socketstore.connection.outgoing.outbox import Outbox, Waiting
from socketstore.connection.outgoing.policies import admit, full
from socketstore.connection.outgoing.waiters import Waiters
from socketstore.connection.outgoing.writer import Writer
from socketstore.connection.part import Part
from socketstore.connection.session import Session
from socketstore.errors import NotOpen, OutboxFull, SocketError, UsageError
from socketstore.sockets.eventually import Eventually
from socketstore.sockets.options import check_loop

CLOSED = "was closed; expected a connection in use"
NOT_NOW = "cannot send; expected an open connection. Wait until the state says it is open, or give it an outbox="
TOO_LATE = "was closed before the message was sent"


class Sender(Part):
    """Sends messages, and keeps what cannot be sent yet, always in the order in which they came.

    What `on_open` says goes out at once. So does anything else while the socket is open, `on_open` has come to its
    end, nothing waits and the write buffer has room; otherwise it waits for its turn. A message is handed to one socket
    at most: what was written when a socket died is gone, what was not is written to the next one.

    Args:
        outbox: how much may wait; ``None``: nothing waits.
        feed: says what was dropped.

    Attributes:
        closing: the connection is being closed for good, or was: nothing is sent any more.
    """

    def __init__(self, outbox: Outbox | None, feed: Feed) -> None:
        self.closing = False
        self._outbox = outbox
        self._bounds = outbox or Outbox()
        self._feed = feed
        self._line = Line(self._bounds.limit, self._bounds.max_bytes)
        self._deadlines = Deadlines(self._line.__contains__, self._too_old)
        self._writer = Writer(self._line, self._move_up, self._too_old)
        self._open: Session | None = None
        self._ready: Session | None = None
        self._waiters = Waiters()
        self._in_use = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def ttl(self) -> float | None:
        """Seconds that a message may wait, unless something else is said."""
        return self._bounds.ttl

    @property
    def waiting(self) -> Waiting:
        """What has not been sent."""
        session = self._open
        return Waiting(len(self._line), self._line.bytes, 0 if session is None else session.socket.buffered_amount)

    def begin(self) -> None:
        """Take messages (again).

        Raises:
            UsageError: messages wait already, in another event loop.
        """
        self._check_loop()
        self._loop = asyncio.get_running_loop()
        self._in_use, self.closing = True, False

    def take(self, message: Message) -> Awaitable[None]:
        """Send a message, or let it wait; see `Speaking.send` for what awaiting the result means.

        Raises:
            NotOpen: it cannot be sent now, and may not wait.
            OutboxFull: there is no room for it.
            UsageError: this is not the connection's event loop, or none.
        """
        if self.closing:
            raise self._not_open(CLOSED)
        self._check_loop()
        greeted = self._is_greeting()
        if greeted is not None and greeted.socket.buffered_amount > self._bounds.max_bytes:
            raise self._not_read(greeted)
        if self._outbox is None or greeted is not None:
            return self._now_or_never(message, greeted or self._open)
        session = self._ready
        if session is not None and not self._line and session.socket.buffered_amount <= self._outbox.max_bytes:
            sent = write(session, message)
            if sent is not None:
                return sent
        return self._later(message, self._outbox)

    def withdraw(self, message: Message) -> None:
        """Forget a message, if it waits still; nobody is told."""
        if self._line.remove(message):
            self._move_up()

    def close(self) -> None:
        """Take nothing any more. What waits only for its turn is written, so that it precedes the close frame."""
        if self.closing:
            return
        self.closing = True
        session = self._ready
        if session is not None:
            self._writer.write_all(session)
        self._move_up()

    def opened(self, session: Session) -> None:
        """Remember the socket; what waits, waits for `ready`."""
        self._open = session

    def ready(self, session: Session) -> None:
        """Write what waits: as much as the socket takes now, the rest as it is taken."""
        self._ready = session
        self._writer.write(session)

    def closed(self, session: Session) -> None:  # noqa: ARG002 - there is only one at a time
        """Let what waits wait for the next socket."""
        self._open = self._ready = None
        self._writer.stop()
        self._move_up()

    def ended(self) -> None:
        """Drop what waits in vain."""
        self._in_use, self.closing = False, True
        self._deadlines.stop()
        reason = "the connection was closed before it was sent"
        self._drop(list(self._line), self._not_open(TOO_LATE), reason)

    def _is_greeting(self) -> Session | None:
        """Return the socket that the running code greets, if it is one of this connection."""
        session = first_words.get()
        return session if session is not None and session.feed is self._feed and not session.greeted else None

    def _now_or_never(self, message: Message, session: Session | None) -> Awaitable[None]:
        sent = None if session is None or session.over else write(session, message)
        if sent is None:
            raise self._not_open(NOT_NOW)
        return sent

    def _later(self, message: Message, outbox: Outbox) -> Awaitable[None]:
        self._settle()
        gave_way = admit(self._line, message, outbox.when_full)
        if message in self._line:
            self._deadlines.watch(message)
        if gave_way:
            self._drop(gave_way, full(self._line, message), "there was no room for it in the outbox")
        if self._ready is not None:
            self._writer.write_later(self._ready)
        return Eventually(partial(self._taken, message))

    def _check_loop(self) -> None:
        check_loop(self._loop if self._in_use or self._line else None, self._feed)

    def _settle(self) -> None:
        """Let messages wait in this event loop."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            complaint = f"{self._feed!r} is not open, and no event loop runs; expected a call from inside a coroutine"
            raise UsageError(complaint) from None

    async def _taken(self, message: Message) -> None:
        """Wait until a message has its place in the outbox; while the socket is open, until it has been written."""
        self._line.be_patient(message)
        try:
            await asyncio.sleep(0)  # who sends without an end lets others have their turn
            while message in self._line and (self._ready is not None or message in self._line.outside):
                await self._waiters.wait()
        except asyncio.CancelledError:
            if message in self._line.outside:
                self.withdraw(message)
            raise
        if isinstance(message.error, NotOpen):
            raise message.error

    def _move_up(self) -> None:
        """Let those in who stand outside, and look again whoever waits."""
        self._line.let_in()
        self._waiters.wake()

    def _too_old(self, messages: list[Message]) -> None:
        for message in messages:
            reason = f"it could not be sent within {message.ttl:g} s"
            self._drop([message], SocketError(reason), reason)

    def _drop(self, messages: Iterable[Message], error: SocketError, reason: str) -> None:
        """Give messages up, then say so: a subscriber may send others meanwhile."""
        given_up = list(messages)
        for message in given_up:
            self._line.remove(message)
            message.dropped(error)
        self._move_up()
        for message in given_up:
            self._say_dropped(message, reason)

    def _say_dropped(self, message: Message, reason: str) -> None:
        session = self._open
        if session is not None and not session.over:
            session.say(MessageDropped, data=message.data, reason=reason)
        else:
            self._feed.say(MessageDropped(data=message.data, reason=reason, **self._feed.stamp()))

    def _not_read(self, session: Session) -> OutboxFull:
        return OutboxFull(
            f"{self._feed!r} holds {session.socket.buffered_amount} bytes that on_open has sent and the other side has "
            f"not read; expected at most {self._bounds.max_bytes}. Await each send in on_open."
        )

    def _not_open(self, what: str) -> NotOpen:
        return NotOpen(f"{self._feed!r} {what}")
