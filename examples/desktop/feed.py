"""The connection: it lives in a thread with an event loop of its own, for the main thread belongs to the window."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from examples.desktop.prices import Desk, Follow, PriceChanged
from socketstore import Backoff, Connection, NotOpen, SocketError, Store


class Feed:
    """What a window may do with the connection, from its own thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()

    def send(self, message: Any) -> None:
        """Have a message sent, soon; it does not wait. What cannot be sent now is left to the next `greet`."""
        asyncio.run_coroutine_threadsafe(self._send(message), self._loop)

    async def _send(self, message: Any) -> None:
        with suppress(NotOpen):
            await self._connection.send(message)


@asynccontextmanager
async def feed(url: str, store: Store[Desk], reconnect: Backoff | None = Backoff(1)) -> AsyncIterator[Feed]:  # noqa: B008
    """Connect a store to the server for as long as the block runs. It does not wait until the connection is open.

    What becomes of the connection is told by the state, as everything else is.
    """

    async def greet(connection: Connection) -> None:
        await connection.send(Follow(symbols=tuple(sorted(store.state.prices))))

    connection = Connection(
        url,
        store,
        messages=PriceChanged,
        on_open=greet,
        reconnect=reconnect,
        open_timeout=None,
        outbox=None,  # `greet` says after each open what is wanted then; an older wish need not wait
    )
    running = asyncio.create_task(connection.run())
    try:
        yield Feed(connection)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError, SocketError):
            await running
