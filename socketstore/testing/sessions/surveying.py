"""What a recording holds, read in a thread that can be told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from socketstore.errors import LogUnavailable
from socketstore.log.log import Log
from socketstore.log.storage import Line
from socketstore.testing.sessions.episodes import Episode, episodes_of


class Survey:
    """Finds the episodes of a recording, which may take long: all of it is read.

    Args:
        log: the recording.
        connection: as for `episodes_of`.
    """

    def __init__(self, log: Log, connection: str | None) -> None:
        self._log = log
        self._connection = connection
        self._stopped = False

    @property
    def path(self) -> Path:
        """Where the recording is."""
        return self._log.path

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the lines of the recording, until it is stopped."""
        for line in self._log.lines(after):
            if self._stopped:
                message = f"{self.path} was still being read when that was stopped"
                raise LogUnavailable(message)
            yield line

    def stop(self) -> None:
        """Have the reading end soon; it raises `LogUnavailable` then."""
        self._stopped = True

    async def episodes(self) -> list[Episode]:
        """Read it all. Safe to cancel: the thread ends soon.

        Raises:
            UsageError: as for `episodes_of`.
            LogCorrupted: likewise.
            LogUnavailable: likewise; or it was stopped.
        """
        try:
            return await asyncio.to_thread(episodes_of, self, self._connection)
        finally:
            self.stop()
