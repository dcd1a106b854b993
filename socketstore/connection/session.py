"""One open socket, as the parts of a connection see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from pydantic_core import from_json

from socketstore.actions import SocketAction
from socketstore.connection.feed import Feed
from socketstore.decoding.decoder import Encode
from socketstore.errors import ConnectionLost
from socketstore.sockets.emitter import report
from socketstore.sockets.events import CloseEvent
from socketstore.sockets.websocket import WebSocket

PassOn = Callable[[Any, "str | bytes"], bool]
"""Dispatches an action that was made of a raw message; tells whether it was reduced. Never raises."""

Reject = Callable[["str | bytes", str], None]
"""Says that a raw message cannot be used, and why; counts it. Never raises."""

CatchUp = Callable[[], None]
"""Says that messages came of which nothing has been said yet. Never raises."""


class Session:
    """One open socket of a connection, as the parts of the connection see it.

    Args:
        feed: where words go.
        socket: the socket, open.
        epoch: its number.
        encode: makes text or bytes of a message.
        pass_on: dispatches an action that was made of a message of this socket.
        lose: what `lose` does.
        reject: says that a message of this socket cannot be used.
        catch_up: says that messages came, if that is not known yet: to be called before a silence is spoken of.

    Attributes:
        over: whether the socket has closed: nothing is said of it any more.
        opened_at: when the socket opened, in the time of the event loop.
        heard_at: when the last message came that no part consumed, or the socket opened.
        stale: ``WentStale`` has been said, and nothing has come since.
        round_trip: seconds that the last ping or heartbeat took.
        greeting: the task in which `on_open` runs, or has run.
        greeted: `on_open` has ended, one way or the other.
        end: how the socket closed, once it has.
    """

    def __init__(
        self,
        feed: Feed,
        socket: WebSocket,
        epoch: int,
        encode: Encode,
        pass_on: PassOn,
        lose: Callable[[ConnectionLost, tuple[int, str] | None], None],
        reject: Reject,
        catch_up: CatchUp,
    ) -> None:
        self.feed = feed
        self.socket = socket
        self.epoch = epoch
        self.pass_on = pass_on
        self.reject = reject
        self.catch_up = catch_up
        self._time = asyncio.get_running_loop().time
        self.over = False
        self.opened_at = self.heard_at = self.now
        self.stale = False
        self.round_trip: float | None = None
        self.greeting: asyncio.Task[Any] | None = None
        self.greeted = False
        self.end: CloseEvent | None = None
        self._encode = encode
        self._lose = lose
        self._tasks: set[asyncio.Task[Any]] = set()
        self._read: tuple[str | bytes | None, Any] = None, None

    def __repr__(self) -> str:
        return f"<epoch {self.epoch} of connection {self.feed.name!r}>"

    @property
    def now(self) -> float:
        """The time of the event loop, in seconds."""
        return self._time()

    def content(self, data: str | bytes) -> Any:
        """Return the JSON value that a message holds, or its text or bytes where it is no JSON; read only once."""
        if self._read[0] is not data:
            self._read = data, _content(data)
        return self._read[1]

    def say(self, kind: type[SocketAction], **fields: Any) -> None:
        """Dispatch a word of this socket, with connection, time and epoch; nothing once it is over. Never raises."""
        if not self.over:
            self.feed.say(kind(**fields, **self.feed.stamp(self.epoch)))

    def send(self, message: Any) -> Awaitable[None]:
        """Encode a message and send it at once; awaiting the result waits until the send buffer has room again.

        Raises:
            NotOpen: the socket has closed, or is closing.
            EncodeError: the message has no JSON form.
        """
        return self.transmit(self._encode(message))

    def transmit(self, data: str | bytes) -> Awaitable[None]:
        """Send a message that is encoded already, as `send` does.

        Raises:
            NotOpen: the socket has closed, or is closing.
        """
        sent = self.socket.send(data)
        if self.feed.wire is not None:
            self.feed.wire.sent(data, self.epoch)
        return sent

    def lose(self, error: ConnectionLost, farewell: tuple[int, str] | None = None) -> None:
        """Give the socket up: say why, and cut it, or close it with a code and a reason; ``retry`` decides the rest."""
        if not self.over:
            self._lose(error, farewell)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a task until the socket closes; it is cancelled then, and has ended before the next attempt begins."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def finish(self) -> set[asyncio.Task[Any]]:
        """Say nothing more; cancel the tasks and return those that still run."""
        self.over = True
        for task in tuple(self._tasks):
            task.cancel()
        return set(self._tasks)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            report(error, "a task of a connection raised", source=self)


def _content(data: str | bytes) -> Any:
    try:
        return from_json(data)
    except ValueError:
        return data
