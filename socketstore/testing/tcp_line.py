"""A line between a real client and a server's side: TCP on this machine."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from socketstore.testing.server_side import Bell, ServerSide


class TcpLine(asyncio.Protocol):
    """One TCP connection that a client has made.

    Args:
        on_made: called with it once it is there.

    Attributes:
        server: the server's side.
        bell: rings when something has come from the client, or could be sent.
        gone: the TCP connection has ended.
    """

    def __init__(self, on_made: Callable[[TcpLine], object]) -> None:
        self.bell = Bell()
        self.server = ServerSide(self.bell)
        self.gone = False
        self._on_made = on_made
        self._full = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        """Take what came, and send the answers of the protocol itself."""
        self.server.feed(data)
        self.flush()

    def eof_received(self) -> None:
        """Take the end of what came."""
        self.server.feed_eof()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """Take the end of it all."""
        self.gone = True
        self.server.feed_eof()

    def pause_writing(self) -> None:
        """Note that the client reads more slowly than is sent."""
        self._full = True

    def resume_writing(self) -> None:
        """Note that there is room again."""
        self._full = False
        self.bell.ring()

    def flush(self) -> None:
        """Send what the server's side has to send."""
        for data in self.server.take():
            if self._transport is None or self._transport.is_closing():
                return
            if data:
                self._transport.write(data)
            else:
                self._transport.write_eof()

    async def drained(self) -> None:
        """Wait until the client has read enough to be sent more, or has gone."""
        await self.bell.until(lambda: not self._full or self.gone)

    async def ended(self) -> None:
        """Wait until the TCP connection has ended."""
        await self.bell.until(lambda: self.gone)

    def cut(self) -> None:
        """End it when all has been sent (FIN)."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Break it (RST): what has not been read is lost."""
        if self._transport is not None and not self._transport.is_closing():
            reset(self._transport)

    def freeze(self) -> None:
        """Read nothing."""
        if self._transport is not None:
            self._transport.pause_reading()

    def thaw(self) -> None:
        """Read again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def abort(self) -> None:
        """End it at once."""
        if self._transport is not None:
            self._transport.abort()


def reset(transport: asyncio.WriteTransport) -> None:
    """Break a TCP connection (RST)."""
    line: socket.socket = transport.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
