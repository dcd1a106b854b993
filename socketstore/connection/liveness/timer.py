"""One timer at a time, which can be moved and stopped, and a pause in which what waits in the socket is read."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

ROUNDS = 8
"""Rounds of the event loop before a verdict over a socket: in each of them it is read, and what was read is handled.

A timer says only that time has passed. If the loop was blocked meanwhile, what is missed may be waiting in the socket;
and some loops call their timers before they read (uvloop).
"""


class Timer:
    """Calls one function at one time of the running event loop; setting it anew forgets what was set before."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle | None = None

    def at(self, when: float, then: Callable[[], None]) -> None:
        """Call at a time of the event loop; never, if that is infinite."""
        self.stop()
        if when < math.inf:
            self._handle = self._loop.call_at(when, then)

    def after_reading(self, then: Callable[[], None]) -> None:
        """Call when what waits in the socket has been read."""
        self.stop()
        self._go_round(then, ROUNDS)

    def stop(self) -> None:
        """Call nothing."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _go_round(self, then: Callable[[], None], left: int) -> None:
        if left > 0:
            self._handle = self._loop.call_soon(self._go_round, then, left - 1)
        else:
            then()
