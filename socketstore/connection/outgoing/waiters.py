"""Tasks that wait for something to move, each of which then looks for itself."""

from __future__ import annotations

import asyncio


class Waiters:
    """Any number of tasks, all of them woken at once, in one event loop after another."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    async def wait(self) -> None:
        """Wait until `wake` is called. Safe to cancel."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)

    def wake(self) -> None:
        """Wake all that wait now."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
