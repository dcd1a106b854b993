"""Reading the entries of a log, and going on as it grows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

from socketstore.cli.entries.raw import RawEntry, raw_entries
from socketstore.errors import LogWarning
from socketstore.log.log import Log

INTERVAL = 0.1  # seconds between two looks at a file to which another program writes


class Reader:
    """Remembers how far a log has been read.

    Args:
        log: what is read.
        after: the number of the entry before the first.
    """

    def __init__(self, log: Log, after: int) -> None:
        self._log = log
        self._after = after

    def now(self) -> Iterator[RawEntry]:
        """Yield what is there and was not read yet."""
        for entry in raw_entries(self._log, after=self._after):
            self._after = entry.sequence
            yield entry

    def on(self) -> Iterator[RawEntry]:
        """Yield what is there and was not read yet, and then for ever what comes."""
        while True:
            yield from self._whole()
            time.sleep(INTERVAL)

    def _whole(self) -> list[RawEntry]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LogWarning)  # an entry that is being written is no damage
            return list(self.now())
