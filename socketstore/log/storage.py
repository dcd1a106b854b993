"""What a log needs of the file that it is kept in: lines go in, and come back in their order.

A file holds a header and lines, each of which is one entry as JSON (see docs/log-format.md). A storage knows nothing
of what is in a line but its number; `Log` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from socketstore.errors import LogUnavailable

Mode = Literal["r", "a", "w", "x"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What `Log.compact` did.

    Attributes:
        first: the number of the entry with which the log begins now, which is a snapshot.
        dropped: how many entries were dropped, by their numbers.
        freed: how many bytes its files have less.
    """

    first: int
    dropped: int
    freed: int


class Line(NamedTuple):
    """One entry as it stands in a file.

    Attributes:
        place: where it stands, for messages and for repairs: the number of the line, or of the row and entry.
        text: the JSON object, without an end of line.
    """

    place: int
    text: bytes


class Lines(NamedTuple):
    """Some entries that follow each other in a file; to make a `Line` of each takes a while, where there are many.

    Attributes:
        place: that of the first one; the others have the next numbers.
        texts: the JSON objects, each with or without an end of line; there is at least one.
    """

    place: int
    texts: list[bytes]

    @property
    def text(self) -> bytes:
        """The last one."""
        return self.texts[-1]


def lines_of(blocks: Iterable[Lines]) -> Iterator[Line]:
    """Yield the entries one by one."""
    for place, texts in blocks:
        yield from map(Line, count(place), texts)


class Storage(Protocol):
    """A file of lines. `write` and `sync` are called by one thread at a time, `lines` by any at any time.

    Attributes:
        path: the file.
        version: the version of the format in its header.
    """

    path: Path
    version: int

    @property
    def last(self) -> int:
        """The number of the last entry; ``first - 1`` if there is none.

        `write` moves it when the system has the entries, so that what an interrupt leaves behind is in the file and
        counted, or neither.
        """
        ...

    @property
    def first(self) -> int:
        """The number that the first entry has, or will have."""
        ...

    def write(self, lines: bytes, first: int, last: int) -> None:
        r"""Add entries, each a line that ends in ``\n``, all or none of them.

        When this returns the operating system has them: they survive the end of this process.

        Args:
            lines: the entries.
            first: the number of the first of them.
            last: the number of the last.

        Raises:
            LogUnavailable: they could not be written, or the file is not open for writing, or is another one now.
        """
        ...

    def sync(self) -> None:
        """Return when all that was written is on the disk, and its name too: it survives the end of the machine.

        Raises:
            LogUnavailable: the disk does not take it.
        """
        ...

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries as they stand now, from the one behind the number `after` on, or from a little earlier.

        Raises:
            LogUnavailable: the file cannot be read.
            LogCorrupted: it is damaged.
        """
        ...

    def blocks(self, after: int = 0) -> Iterator[Lines]:
        """Yield what `lines` does, many at once."""
        ...

    def tail(self, after: int) -> Iterator[Line]:
        """Go on behind an entry that has been read, or from the beginning if `after` is 0.

        An unfinished entry at the end is left for the next time, without a warning.

        Raises:
            LogUnavailable: what stood behind it has been dropped, or the file cannot be read.
            LogCorrupted: it is damaged.
        """
        ...

    def disown(self) -> None:
        """Let go of the file in a child process, just after a fork: it is the parent's, and so is the lock on it."""
        ...

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""
        ...


class WholeStorage(Storage, Protocol):
    """All of a log: a file, or several that follow each other."""

    @property
    def beginnings(self) -> int:
        """How often it was seen that the log had been begun anew, with ``mode="w"``, since this was opened."""
        ...

    def blocks(self, after: int = 0, *, begun: bool = False) -> Iterator[Lines]:
        """Yield what `lines` does, many at once.

        Args:
            after: the number of the entry before.
            begun: that entry has been read, and the next one must be there.

        Raises:
            LogUnavailable: entries that were to come next have been dropped, or the file cannot be read.
            LogCorrupted: it is damaged.
        """
        ...

    def compact(self) -> Compacted:
        """Drop what stands before the last snapshot that holds a state, all of it or nothing.

        Raises:
            UsageError: there is no such snapshot.
            LogUnavailable: the file is not open for writing, or could not be written.
        """
        ...


class Part(Storage, Protocol):
    """One file of a log: of several which follow each other, or the only one.

    `lines` and `tail` raise `EntriesGone` when the file begins with another number than it did when it was opened:
    another file has taken its place.

    Attributes:
        created: the Unix time in its header.
        compacted: earlier files do not count; their entries were dropped.
    """

    created: float
    compacted: bool

    @property
    def size(self) -> int:
        """About how many bytes it has, if it is open for writing."""
        ...

    def check(self) -> None:
        """Refuse to go on in a file that nobody would find again.

        Raises:
            LogUnavailable: it was removed, renamed or replaced; or it is not open for writing.
        """
        ...

    def rotate(self, full: Path, *, created: float, first: int) -> Part:
        """Give all entries to a file of another name, and go on without them under the present one.

        Whoever reads meanwhile finds them under one of the names. Where this is stopped in between they may stand
        under both: of two files that begin with the same entry the later one counts.

        Args:
            full: the name. A file that has it is replaced.
            created: the Unix time that stands in the header from now on.
            first: the number that the next entry will have.

        Returns:
            What is open for writing now, in the place of this one, which is to be closed if it is another.

        Raises:
            LogUnavailable: there is no room, or the disk does not take it. No entry is lost; this one is to be closed,
                as nobody knows how far it came.
        """
        ...

    def begin_with(self, first: int) -> None:
        """Drop what stands before an entry, all of it or nothing; the storage is closed afterwards.

        Raises:
            LogUnavailable: it could not be written.
        """
        ...


class EntriesGone(LogUnavailable):
    """Another file has taken the place of one that was being read."""
