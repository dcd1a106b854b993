"""What a program does first with an open socket: `on_open`, for as long as the socket lives."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from socketstore.connection.patience import end
from socketstore.connection.session import Session
from socketstore.sockets.eventually import to_the_end

C = TypeVar("C")

first_words: ContextVar[Session | None] = ContextVar("first_words", default=None)
"""The session that the running code greets: what `on_open`, and whatever it calls or starts, sends goes out at once."""


def begin_greeting(
    on_open: Callable[[C], Awaitable[object] | object], connection: C, session: Session
) -> asyncio.Task[None]:
    """Call `on_open`, and await what it returns, in a task of its own."""

    async def greet() -> None:
        session.greeting = asyncio.current_task()  # here: an eager task may have ended before it is returned
        first_words.set(session)
        outcome: Any = on_open(connection)
        if inspect.isawaitable(outcome):
            await outcome

    return asyncio.create_task(greet(), name="on_open")


async def greeted(greeting: asyncio.Task[None], session: Session) -> bool:
    """Wait for a greeting, and cancel it when its socket closes.

    Returns:
        Whether it came to its end.

    Raises:
        Exception: what it raised.
    """
    closed = asyncio.create_task(session.socket.wait_closed())
    try:
        await asyncio.wait([greeting, closed], return_when=asyncio.FIRST_COMPLETED)
    finally:
        closed.cancel()
        await to_the_end(end([greeting], source=session))
    if not greeting.done():
        return False
    if greeting.cancelled():
        session.socket.close()  # if it is open still: on_open has cancelled itself; nobody would know what was greeted
        return False
    greeting.result()
    return True
