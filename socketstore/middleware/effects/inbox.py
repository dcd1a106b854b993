"""What other threads want to have done in an event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial


class Inbox:
    """Calls for one event loop, in their order, each with the context variables of the one who asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[Callable[[], object]] = deque()

    def here(self) -> bool:
        """Whether the caller runs in the loop."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def post(self, function: Callable[..., None], *arguments: object) -> None:
        """Have a function called in the loop, from any thread; in the loop itself at once, after those before it.

        Once the loop is closed nothing waits for it any more.
        """
        self._calls.append(partial(copy_context().run, function, *arguments))
        if self.here():
            self._work_off()
            return
        try:
            self._loop.call_soon_threadsafe(self._work_off)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def _work_off(self) -> None:
        """Call those that are there by now: other threads may fill it faster than this empties it."""
        for _ in range(len(self._calls)):
            if not self._calls:  # one of them has posted, and so called those after it
                return
            self._calls.popleft()()
