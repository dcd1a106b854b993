"""Awaitables that may be ignored, and waits that may not be cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any


class Eventually(Awaitable[None]):
    """What `send` and `close` return: the deed is done at the call, awaiting it waits for the consequence.

    So a listener, which is no coroutine, can call ``socket.send(...)`` as in the browser, and a coroutine can write
    ``await socket.send(...)`` and be slowed down by a slow peer. Nothing warns when it is not awaited. Safe to cancel.
    """

    __slots__ = ("_wait",)

    def __init__(self, wait: Callable[[], Awaitable[None]]) -> None:
        self._wait = wait

    def __await__(self) -> Generator[Any, Any, None]:
        return self._wait().__await__()


async def to_the_end(wait: Awaitable[None]) -> None:
    """Wait although cancelled meanwhile, however often; the cancellation is raised when the wait is over."""
    waiting = asyncio.ensure_future(wait)
    cancelled: asyncio.CancelledError | None = None
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
