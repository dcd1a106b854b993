"""Reading on: what is in a log, and then what comes."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self

from socketstore.log.entries import Entry

INTERVAL = 0.05
"""Seconds between two looks at a file to which other programs may write."""

AT_ONCE = 100
"""Entries after which others in the loop get their turn."""


class Bell:
    """Rings when a log has a new entry, until it is taken away because none will come; in any thread.

    Attributes:
        listeners: who is called.
        removed: whether it has been taken away.
    """

    def __init__(self) -> None:
        self.removed = False
        self._lock = threading.Lock()
        self.listeners: tuple[Callable[[], None], ...] = ()

    def ring(self) -> None:
        """Call everybody who listens."""
        for listener in self.listeners:
            listener()

    def remove(self) -> None:
        """Call everybody who listens, for the last time."""
        self.removed = True
        self.ring()

    @contextmanager
    def heard_by(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call a function at every ring while the block runs; it must not raise."""
        with self._lock:
            self.listeners = (*self.listeners, listener)
        try:
            yield
        finally:
            with self._lock:
                self.listeners = tuple(other for other in self.listeners if other is not listener)


class Following(AsyncIterator[Entry]):
    """The entries of a log that are there, and then those that come; made by `Log.follow`.

    It never ends by itself, except that its log was closed and everything has been read. Cancelling one that waits
    loses nothing: it may be asked again.

    Args:
        read: yields the entries behind a number, as they stand now.
        bell: of the log.
        after: the number of the entry before the first.
    """

    def __init__(
        self,
        read: Callable[[int], Iterator[Entry]],
        bell: Bell,
        after: int,
    ) -> None:
        self._read = read
        self._bell = bell
        self._after = after
        self._entries: Iterator[Entry] = iter(())
        self._taken = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Entry:
        """Return the next entry, as soon as there is one.

        Raises:
            LogCorrupted: it cannot be read.
            DecodeError: its action's class is unknown, or its fields do not fit.
            LogUnavailable: the file cannot be read, or entries that were to come next have been dropped.
        """
        self._taken += 1
        if self._taken % AT_ONCE == 0:
            await asyncio.sleep(0)
        while (entry := next(self._entries, None)) is None:
            await self._more()
        self._after = entry.sequence
        return entry

    async def _more(self) -> None:
        """Wait until there is an entry."""
        come = asyncio.Event()
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop was closed over our heads
                loop.call_soon_threadsafe(come.set)

        with self._bell.heard_by(tell):
            while True:
                come.clear()
                closed = self._bell.removed
                entries = self._read(self._after)
                entry = next(entries, None)
                if entry is not None:
                    self._entries = itertools.chain([entry], entries)
                    return
                if closed:
                    raise StopAsyncIteration
                with suppress(TimeoutError):
                    await asyncio.wait_for(come.wait(), INTERVAL)
