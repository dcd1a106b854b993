"""The seam between a socket and what carries its messages: all that the one asks of the other, in both directions.

A `Wire` is an open connection. `FrameReader` is one, over `websockets`; another library can be put in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from socketstore.sockets.events import CloseEvent
from socketstore.sockets.inbox import Inbox


class Sink(Protocol):
    """Who is told of what comes. None of these may raise."""

    def reading(self) -> AbstractContextManager[object]:
        """Surround what is handed on in one go."""
        ...

    def messages_came(self, messages: Iterator[str | bytes]) -> None:
        """Take complete messages, one after the other, until there is none left: no more come than there is time for.

        In one call, so that what has to be done for them together is done once.
        """

    def ping_came(self, data: bytes) -> None:
        """Take a ping, which has been answered."""

    def pong_came(self, data: bytes, round_trip: float | None) -> None:
        """Take a pong, and how many seconds after its ping it came, if it answers one."""

    def connection_ended(self) -> None:
        """Take the end of the TCP connection; nothing follows."""


class Wire(Protocol):
    """An open WebSocket connection. What comes goes to its sink, in order, and at its pace; see `flow`.

    It answers pings and a close frame by itself, fails the connection over what RFC 6455 forbids and over a silent
    peer, and holds the peer up when messages wait for slow listeners.

    Attributes:
        loop: where it lives; nothing here is for another thread.
        hide: hides the secrets that the socket was given, for the log of the wire.
        inbox: the messages that wait for listeners.
    """

    loop: asyncio.AbstractEventLoop
    hide: Callable[[str], str]
    inbox: Inbox

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that both sides agreed on."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent: neither side has begun to close, and the line is there."""
        ...

    @property
    def unsent(self) -> int:
        """Bytes that were written and wait to be taken by the operating system."""
        ...

    def attach(self, sink: Sink, *, is_heard: bool = True) -> None:
        """Hand over what has come so far, then everything as it comes; nothing changes the second time.

        Args:
            sink: who is told.
            is_heard: whether anybody listens to the sink; else messages wait for `be_heard`, as long as there is room.
        """

    def put_off(self) -> None:
        """Let messages wait until `be_heard`, and the peer when there is no room for more."""

    def be_heard(self) -> None:
        """Hand on the messages that have waited for somebody to listen."""

    def write(self, message: str | bytes | bytearray | memoryview) -> None:
        """Put a message into the send buffer; the wire is open.

        Raises:
            TypeError: it is neither text nor bytes.
            UnicodeEncodeError: it is no valid Unicode.
        """

    async def drain(self) -> None:
        """Wait until the send buffer has room. Safe to cancel.

        Raises:
            OSError: the line broke.
        """

    async def measure(self, data: bytes) -> float:
        """Send a ping, and return the seconds until its pong. Safe to cancel.

        Raises:
            ValueError: it is no ping that can be sent, or one like it is on its way.
            ConnectionError: the connection closed before the pong came.
        """
        ...

    async def close_in_time(self, code: int, reason: str) -> None:
        """Shake hands for closing, while what has come is still handed on; cut both when ``close_timeout`` is over."""

    def cut(self) -> None:
        """Cut the connection, and hand on nothing more of what has come."""

    def how_it_ended(self, *, close_asked: bool) -> CloseEvent:
        """Say how the connection has ended; see `CloseEvent` for which code counts.

        Args:
            close_asked: whether the socket has begun to close: then its own close frame was no failure.
        """
        ...

    @property
    def cause(self) -> Exception | None:
        """What the connection was failed over, or broke from, if that was an exception."""
        ...
