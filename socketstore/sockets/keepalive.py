"""A `websockets` connection with the keepalive of `Pings`, that can be failed whatever the peer does."""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.asyncio.connection import Connection
from websockets.frames import Close, CloseCode
from websockets.protocol import State

from socketstore.sockets.pings import Pings


class KeptAlive(Pings, Connection):
    """Judges silence as `Pings` does.

    The keepalive of `websockets` fails a connection when the pong has not been handled in time, and waits for ever for
    a write buffer that is full.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last_task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self.state is State.OPEN and not self.transport.is_closing()  # it closes once it was cut

    @property
    def unsent(self) -> int:
        """Bytes that wait to be taken by the operating system."""
        return self.transport.get_write_buffer_size()

    def fail(self, code: CloseCode, error: Exception) -> None:
        """Fail the connection (RFC 6455, section 7.1.7): say so, and cut it after at most ``close_timeout`` seconds."""
        self.failure = Close(code, str(error).encode()[:120].decode(errors="ignore"))
        self.set_connection_exc(error)
        if self.state is State.OPEN:
            self.protocol.fail(code, self.failure.reason)
            self.send_data()
        self.end_in_time()

    def end_in_time(self) -> None:
        """Wait for the peer to end the TCP connection, at most ``close_timeout`` seconds, and cut it then."""
        if self._last_task is None:
            self._last_task = self.loop.create_task(self.close())

    def _write_ping(self, data: bytes) -> None:
        self.protocol.send_ping(data)
        self.send_data()

    def _hang_up(self) -> None:
        self.transport.abort()

    def _has_room(self) -> bool:
        return not self.paused
