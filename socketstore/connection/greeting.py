"""What a program does first with an open socket: `on_open`, for as long as the socket lives."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from socketstore.sockets.websocket import WebSocket

C = TypeVar("C")


def begin_greeting(on_open: Callable[[C], Awaitable[object] | object], connection: C) -> asyncio.Task[None]:
    """Call `on_open`, and await what it returns, in a task of its own."""

    async def greet() -> None:
        outcome: Any = on_open(connection)
        if inspect.isawaitable(outcome):
            await outcome

    return asyncio.create_task(greet())


async def greeted(greeting: asyncio.Task[None], socket: WebSocket) -> bool:
    """Wait for a greeting, and cancel it when its socket closes.

    Returns:
        Whether it came to its end.

    Raises:
        Exception: what it raised.
    """
    closed = asyncio.create_task(socket.wait_closed())
    try:
        await asyncio.wait([greeting, closed], return_when=asyncio.FIRST_COMPLETED)
    finally:
        closed.cancel()
        greeting.cancel()
        await asyncio.wait([greeting])
    if greeting.cancelled():
        socket.close()  # if it is open still: on_open has cancelled itself, and nobody would know what was greeted
        return False
    greeting.result()
    return True
