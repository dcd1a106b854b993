"""Whether a file that is being written is still the one that its name says."""

from __future__ import annotations

import os
import time
from pathlib import Path

from socketstore.errors import LogUnavailable

INTERVAL = 0.02
"""Seconds between two looks, which cost as much as an entry."""


class Place:
    """The name of a file that is open for writing.

    Args:
        path: the name.
        file: what the system says of the file.
    """

    def __init__(self, path: Path, file: os.stat_result) -> None:
        self._path = path
        self._file = file
        self._next = 0.0

    def check_now_and_then(self, size: int | None = None) -> None:
        """Do as `check`, unless nothing was wrong less than `INTERVAL` ago: who tries again is told again."""
        now = time.monotonic()
        if now >= self._next:
            self.check(size)
            self._next = now + INTERVAL

    def check(self, size: int | None = None) -> None:
        """Refuse to go on in a file that nobody would find again.

        Args:
            size: how many bytes it must have, if nobody else may change it.

        Raises:
            LogUnavailable: it was removed, replaced or changed.
            OSError: it cannot be looked at.
        """
        problem = self._problem(size)
        if problem:
            message = (
                f"{self._path} {problem} while it was open for writing; nothing more is written to it. Close this log, "
                "and open another one"
            )
            raise LogUnavailable(message)

    def _problem(self, size: int | None) -> str:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return "was removed or renamed"
        if not os.path.samestat(found, self._file):
            return "was replaced by another file"
        if size is not None and found.st_size != size:
            return f"was changed by another program, to {found.st_size} bytes from {size},"
        return ""
