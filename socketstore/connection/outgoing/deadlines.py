"""One timer for all messages that may not wait for ever."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count

from socketstore.connection.outgoing.message import Message

FEW = 64


class Deadlines:
    """Tells when messages are too old, in the time of the event loop.

    Args:
        waits: tells whether a message still waits.
        expired: called with those that are too old. Must not raise.
    """

    def __init__(self, waits: Callable[[Message], bool], expired: Callable[[list[Message]], None]) -> None:
        self._waits = waits
        self._expired = expired
        self._heap: list[tuple[float, int, Message]] = []
        self._numbers = count()
        self._many = FEW
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, message: Message) -> None:
        """Let the time of a message begin."""
        if message.ttl == math.inf:
            return
        message.expires = asyncio.get_running_loop().time() + message.ttl
        heappush(self._heap, (message.expires, next(self._numbers), message))
        if len(self._heap) > self._many:
            self._tidy()
        self._set_timer()

    def stop(self) -> None:
        """Watch nothing any more."""
        self._heap.clear()
        self._set_timer()

    def _tidy(self) -> None:
        """Forget those that have left: a message replaced many times a second must not fill the memory for an hour."""
        self._heap = [entry for entry in self._heap if self._waits(entry[2])]
        heapify(self._heap)
        self._many = max(FEW, 2 * len(self._heap))

    def _set_timer(self) -> None:
        timer, soonest = self._timer, self._heap[0][0] if self._heap else None
        if timer is not None and timer.when() != soonest:
            timer.cancel()
            timer = self._timer = None
        if timer is None and soonest is not None:
            self._timer = asyncio.get_running_loop().call_at(soonest, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        late = []
        while self._heap and self._heap[0][0] <= now:
            late.append(heappop(self._heap)[2])
        self._set_timer()
        self._expired([message for message in late if self._waits(message)])
