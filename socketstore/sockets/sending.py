"""The half of a socket that sends, and what can be seen of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import cast

from socketstore.errors import ConnectionLost, NotOpen, UsageError
from socketstore.sockets.events import CloseEvent, ReadyState
from socketstore.sockets.eventually import Eventually
from socketstore.sockets.listening import SocketListeners
from socketstore.sockets.options import check_loop
from socketstore.sockets.wire import Wire


class SendingSocket(SocketListeners):
    """What does not depend on how the socket was opened, nor on how it will be closed."""

    def __init__(self) -> None:
        super().__init__()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wire: Wire | None = None
        self._close_asked = False
        self._end: CloseEvent | None = None

    @property
    def ready_state(self) -> ReadyState:
        """CONNECTING (before and during `open`), OPEN, CLOSING or CLOSED."""
        if self._end is not None:
            return ReadyState.CLOSED
        if self._wire is None:
            return ReadyState.CLOSING if self._close_asked else ReadyState.CONNECTING
        return ReadyState.OPEN if self._wire.is_open and not self._close_asked else ReadyState.CLOSING

    @property
    def buffered_amount(self) -> int:
        """Bytes that were sent here and wait to be taken by the operating system."""
        if self._wire is None or self._end is not None:
            return 0
        return self._wire.unsent

    @property
    def inbox_size(self) -> int:
        """Bytes of messages that have come and wait for the listeners; at most a little over ``max_inbox``."""
        return 0 if self._wire is None else self._wire.inbox.size

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that both sides agreed on."""
        return None if self._wire is None else self._wire.subprotocol

    def send(self, message: str | bytes | bytearray | memoryview) -> Awaitable[None]:
        """Send a text (`str`) or a binary message; it is in the send buffer when this returns.

        Awaiting the result waits until the buffer has room again: the way to be no faster than the peer reads.
        Cancelling that wait does not take the message back.

        Raises:
            NotOpen: the socket is not open.
            ConnectionLost: when awaited: the connection broke meanwhile.
            UsageError: it is neither text nor bytes, or this is not the socket's event loop.
        """
        wire = self._open_wire()
        try:
            wire.write(message)
        except (TypeError, UnicodeEncodeError) as error:
            complaint = f"got {message!r:.200}; expected a str (of valid Unicode) or bytes: {error}"
            raise UsageError(complaint) from error
        return Eventually(self._drain)

    async def ping(self, data: bytes = b"") -> float:
        """Send a ping and return the seconds until its pong. Safe to cancel.

        Raises:
            NotOpen: the socket is not open.
            ConnectionLost: it closed before the pong came.
            UsageError: it is more than 125 bytes, or no bytes, or the same as in a ping that has no pong yet.
        """
        wire = self._open_wire()
        try:
            return await wire.measure(data)
        except ValueError as error:
            message = f"got the ping {data!r:.200}; expected at most 125 bytes, other than those on their way: {error}"
            raise UsageError(message) from error
        except ConnectionError as error:
            message = f"{self!r} closed before the pong came: {error}"
            raise ConnectionLost(message, code=wire.how_it_ended(close_asked=self._close_asked).code) from error

    async def _drain(self) -> None:
        if self._wire is None or self._end is not None:
            return
        with suppress(OSError):  # told by the close event, as are breaks that drain() does not raise
            await self._wire.drain()
        end = cast("CloseEvent | None", self._end)
        if end is not None and not end.clean:
            message = f"{self!r} broke while a message waited to be sent: {end.code} {end.reason}".strip()
            raise ConnectionLost(message, code=end.code)

    def _open_wire(self) -> Wire:
        check_loop(self._loop, self)
        wire = self._wire
        if wire is None or self.ready_state is not ReadyState.OPEN:
            message = f"{self!r} cannot send; expected an open socket. Wait for open(), or for the next connection."
            raise NotOpen(message)
        return wire
