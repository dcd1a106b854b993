"""What a socket asks of a `websockets` connection: to send, to ping, to end in time, and to say how it ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from websockets.exceptions import ConcurrencyError, ConnectionClosed, ProtocolError

from socketstore.sockets.closing import how_it_ended
from socketstore.sockets.events import CloseEvent
from socketstore.sockets.flow import Paced


class Conversing(Paced):
    """The half of `Wire` that is not about what comes; what `websockets` raises is translated here."""

    @property
    def cause(self) -> Exception | None:
        """What the connection was failed over, or broke from."""
        cause = self.protocol.parser_exc or self.connection_exc
        return cause if isinstance(cause, Exception) else None

    def write(self, message: str | bytes | bytearray | memoryview) -> None:
        """Put a message into the send buffer.

        Raises:
            TypeError: it is neither text nor bytes.
            UnicodeEncodeError: it is no valid Unicode.
        """
        if isinstance(message, str):
            self.protocol.send_text(message.encode())
        else:
            self.protocol.send_binary(memoryview(message).tobytes())
        self.send_data()

    async def measure(self, data: bytes) -> float:
        """Send a ping, and return the seconds until its pong.

        Raises:
            ValueError: it is no ping that can be sent, or one like it is on its way.
            ConnectionError: the connection closed before the pong came.
        """
        try:
            return await (await self.ping(data or None))
        except (ConcurrencyError, ProtocolError, TypeError) as error:
            raise ValueError(str(error)) from error
        except ConnectionClosed as error:
            raise ConnectionError(str(error)) from error

    async def close_in_time(self, code: int, reason: str) -> None:
        """Shake hands for closing, while what has come is still handed on; cut both when ``close_timeout`` is over."""
        try:
            async with asyncio.timeout(self.close_timeout):
                await self.close(code, reason)
                await self.over.wait()
        except TimeoutError as error:  # also when the peer reads nothing, which close() would wait out
            self.set_connection_exc(error)
            self.cut()

    def how_it_ended(self, *, close_asked: bool) -> CloseEvent:
        """Say how the connection has ended."""
        protocol = self.protocol
        event = how_it_ended(self.failure, protocol.close_rcvd, protocol.close_sent, close_asked=close_asked)
        return replace(event, dropped=self.dropped)
