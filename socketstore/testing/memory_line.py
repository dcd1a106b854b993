"""A line between a client's wire and a server's side that is nothing but memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from socketstore.testing.server_side import ServerSide

READ_SIZE = 256 * 1024  # what asyncio reads at once
HIGH_WATER = 64 * 1024  # as asyncio has it

Read = bytes | Exception | None
"""What one look at the line brings: bytes, the error with which it broke, or its end (``None``)."""


class MemoryLine(asyncio.Transport):
    """What asyncio's transport over TCP does, less the TCP.

    What the client writes is with the server when `write` returns, unless that is frozen. What the server sends reaches
    the client in later rounds of the event loop, one read in each, as with a socket.

    Args:
        wire: the client's side.
        server: the server's side.
        on_fed: called when something has come from the client.
    """

    def __init__(self, wire: asyncio.Protocol, server: ServerSide, on_fed: Callable[[], None]) -> None:
        super().__init__({"peername": ("fake", 0), "sockname": ("fake", 0)})
        self._loop = asyncio.get_running_loop()
        self._wire = wire
        self._server = server
        self._on_fed = on_fed
        self._reads: deque[Read] = deque()
        self._unread = bytearray()
        self._limits = HIGH_WATER, HIGH_WATER // 4
        self._frozen = self._full = self._reading_paused = self._reading_soon = False
        self._closing = self._ended_by_server = self._eof_written = self._lost = False

    # The server's end.

    def bring(self, *reads: Read) -> None:
        """Let the client read this, after what it has not read yet; nothing comes after an end or an error."""
        for read in reads:
            if not self._ended_by_server:
                self._ended_by_server = not isinstance(read, bytes)
                self._reads.extend(_in_pieces(read))
        self._look_again()

    def freeze(self) -> None:
        """Read nothing more of what the client writes."""
        self._frozen = True

    def thaw(self) -> None:
        """Read what has piled up, and go on."""
        self._frozen = False
        self._feed()

    # The client's end: asyncio.Transport.

    def write(self, data: Any) -> None:
        """Send bytes."""
        if not self._lost and not self._eof_written:
            self._unread += data
            self._feed()

    def write_eof(self) -> None:
        """End what is sent; go on reading."""
        self._eof_written = True
        self._feed()

    def can_write_eof(self) -> bool:
        """Tell that it can."""
        return True

    def get_write_buffer_size(self) -> int:
        """Return the bytes that the server has not read."""
        return len(self._unread)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return the bytes at which writing is slowed down and goes on again."""
        return self._limits[1], self._limits[0]

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set the bytes at which writing is slowed down and goes on again."""
        high = high if high is not None else (HIGH_WATER if low is None else 4 * low)
        self._limits = high, low if low is not None else high // 4

    def pause_reading(self) -> None:
        """Read nothing until `resume_reading`."""
        self._reading_paused = True

    def resume_reading(self) -> None:
        """Go on reading."""
        self._reading_paused = False
        self._look_again()

    def is_reading(self) -> bool:
        """Tell whether it reads."""
        return not self._reading_paused and not self._closing

    def is_closing(self) -> bool:
        """Tell whether `close` or `abort` was called, or the line has ended."""
        return self._closing

    def close(self) -> None:
        """Hang up when all that was written is with the server."""
        if not self._closing:
            self._closing = True
            self._hang_up_if_done()

    def abort(self) -> None:
        """Hang up at once."""
        self._break(None)

    def _feed(self) -> None:
        if not self._frozen:
            data = bytes(self._unread)
            self._unread.clear()
            self._pass_on(data)
        self._control_flow()
        self._hang_up_if_done()

    def _pass_on(self, data: bytes) -> None:
        if data and not self._ended_by_server:
            self._server.feed(data)
            self._on_fed()
        if self._eof_written and not self._server.over:
            self._server.feed_eof()

    def _control_flow(self) -> None:
        high, low = self._limits
        if not self._full and len(self._unread) > high:
            self._full = True
            self._wire.pause_writing()
        elif self._full and len(self._unread) <= low:
            self._full = False
            self._wire.resume_writing()

    def _hang_up_if_done(self) -> None:
        if self._closing and not self._unread and not self._lost:
            self._lose(None)

    def _look_again(self) -> None:
        if self._reads and not self._reading_soon:
            self._reading_soon = True
            self._loop.call_soon(self._read)

    def _read(self) -> None:
        """Let the client have one read, and come back for the next in the next round."""
        self._reading_soon = False
        if not self._reads or not self.is_reading() or self._lost:
            return
        read = self._reads.popleft()
        if isinstance(read, bytes):
            self._wire.data_received(read)
            self._look_again()
        elif isinstance(read, Exception):
            self._break(read)
        elif not self._wire.eof_received():
            self.close()

    def _break(self, error: Exception | None) -> None:
        if not self._lost:
            self._closing = True
            self._unread.clear()
            self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        self._lost = True
        self._loop.call_soon(self._say_lost, error)

    def _say_lost(self, error: Exception | None) -> None:
        if not self._server.over:
            self._server.feed_eof()
        self._wire.connection_lost(error)


def _in_pieces(read: Read) -> list[Read]:
    if not isinstance(read, bytes):
        return [read]
    return [read[start : start + READ_SIZE] for start in range(0, len(read), READ_SIZE)]
