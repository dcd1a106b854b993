"""Where in a file of lines an entry stands: marks by the way, kept, so that nobody begins at line 1 again."""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from typing import BinaryIO, NamedTuple

from socketstore.log.lines import sequence_of

STRIDE = 65_536
"""Bytes between two marks."""


class Mark(NamedTuple):
    """A line of which it is known where it stands.

    Attributes:
        sequence: the number of its entry.
        offset: where it begins, in bytes.
        number: of the line, from 1.
    """

    sequence: int
    offset: int
    number: int


START = Mark(0, 0, 1)


class Positions:
    """The marks of one file, which may grow meanwhile, or be replaced. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def seek(self, file: BinaryIO, after: int) -> int:
        """Go to the beginning of a line at or before the first entry whose number is greater, and return its number.

        Whatever has been looked through once is not looked through again.

        Args:
            file: the file, open for reading.
            after: the number of an entry, which need not be there.
        """
        with self._lock:
            mark = self._nearest(file, after) if after > 0 else START
        file.seek(mark.offset)
        return mark.number

    def _nearest(self, file: BinaryIO, after: int) -> Mark:
        known = self._known(after)
        if not _stands(file, known) or os.fstat(file.fileno()).st_size < self._end:
            self._forget()
        while self._marks[-1].sequence < after and self._extend(file):
            pass
        return self._known(after)

    def _known(self, after: int) -> Mark:
        return self._marks[bisect_right(self._marks, after, key=lambda mark: mark.sequence) - 1]

    def _forget(self) -> None:
        self._marks = [START]
        self._end = 0  # behind the last line that was looked at
        self._lines = 0

    def _extend(self, file: BinaryIO) -> bool:
        """Look at some more lines and mark the last of them; false if there is none."""
        file.seek(self._end)
        data = file.read(STRIDE) + file.readline()
        end = data.rfind(b"\n") + 1
        self._mark(data, data.rfind(b"\n", 0, max(end - 1, 0)) + 1, end)
        self._lines += data.count(b"\n")
        self._end += end
        return end > 0

    def _mark(self, data: bytes, start: int, end: int) -> None:
        sequence = sequence_of(data[start:end])
        if sequence is None or sequence <= self._marks[-1].sequence:
            return  # damaged, or taken from elsewhere: found by going on from the mark before
        if len(self._marks) > 2 and self._marks[-1].offset - self._marks[-2].offset < STRIDE:
            self._marks.pop()  # one for each line that came would be too many
        self._marks.append(Mark(sequence, self._end + start, self._lines + data.count(b"\n", 0, end)))


def _stands(file: BinaryIO, mark: Mark) -> bool:
    """Tell whether a line is where it was."""
    if mark is START:
        return True
    file.seek(mark.offset - 1)
    return file.read(1) == b"\n" and sequence_of(file.readline()) == mark.sequence
