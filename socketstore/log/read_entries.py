"""What a log gives back: its entries, or its lines, as they stand, or as they come."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

from socketstore.log.entries import Entry
from socketstore.log.following import Bell, Following
from socketstore.log.line_reader import LineReader
from socketstore.log.numbers import check_number
from socketstore.log.parts import begun_anew
from socketstore.log.reading import entries_of, up_to
from socketstore.log.storage import Line, Lines, WholeStorage, lines_of
from socketstore.log.tags import Tags


class ReadEntries:
    """The methods of a log that read it. Safe to use from any thread."""

    _tags: Tags
    _bell: Bell
    _storage: WholeStorage

    @property
    def path(self) -> Path:
        """The file."""
        raise NotImplementedError

    def _standing(self) -> tuple[WholeStorage, int | None]:
        """Return the storage, and the number of the last entry in it that is to be read; ``None``: whatever it is."""
        raise NotImplementedError

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries whose number is greater than `after`, as they stand now.

        Raises:
            LogCorrupted: an entry cannot be read.
            DecodeError: an action's class is unknown, or its fields do not fit.
            LogUnavailable: the file cannot be read.
            UsageError: `after` is no number, or less than 0.
        """
        check_number("after", after)
        storage, last = self._standing()
        return self._read(after, up_to(last, storage.blocks(after)))

    @property
    def beginnings(self) -> int:
        """How often it was seen that the log had been begun anew, with ``mode="w"``, since it was opened."""
        return self._storage.beginnings

    def read_on(self, after: int, beginnings: int | None = None) -> Iterator[Entry]:
        """Yield what `read` does, for those who know what stands up to `after`, and would be wrong without the rest.

        Args:
            after: the number of the entry before.
            beginnings: the number of them when that entry was read.

        Raises:
            LogCorrupted: an entry cannot be read.
            DecodeError: an action's class is unknown, or its fields do not fit.
            LogUnavailable: the file cannot be read; or entries behind `after` have been dropped, or the log was begun
                anew with ``mode="w"``.
        """
        storage, last = self._standing()
        blocks = up_to(last, storage.blocks(after, begun=True))
        return self._read(after, blocks if beginnings is None else self._of(beginnings, blocks))

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries as JSON, as they stand now, without reading what is in them.

        For tools that need no action classes.

        Raises:
            LogCorrupted: the file is damaged.
            LogUnavailable: it cannot be read.
        """
        storage, last = self._standing()
        return lines_of(up_to(last, storage.blocks(after)))

    def follow(self, after: int = 0) -> Following:
        """Yield the entries whose number is greater than `after`, and then those that come: from this log, or others.

        ::

            async for entry in log.follow():
                ...

        What is appended to this very log comes at once; what another program writes to the file, within `INTERVAL`
        seconds. It ends when this log has been closed and everything was read. Safe to cancel: it can be asked again.
        It raises what `read` does, and `LogUnavailable` as well when what stood behind `after`, or behind the entry
        that it yielded last, has been dropped, or the log was begun anew with ``mode="w"``.
        """
        check_number("after", after)
        reader = LineReader(str(self.path), self._tags.named)
        beginnings = [self.beginnings] if after else []  # empty as long as nothing has been read
        return Following(lambda before: self._behind(reader, before, beginnings), self._bell, after)

    def _read(self, after: int, blocks: Iterator[Lines]) -> Iterator[Entry]:
        entries = entries_of(LineReader(str(self.path), self._tags.named), blocks)
        return dropwhile(lambda entry: entry.sequence <= after, entries) if after else entries

    def _of(self, beginnings: int, blocks: Iterator[Lines]) -> Iterator[Lines]:
        """Yield lines as long as the log is the one that it was.

        Raises:
            LogUnavailable: it was begun anew.
        """
        for block in blocks:
            self._check(beginnings)
            yield block
        self._check(beginnings)

    def _check(self, beginnings: int) -> None:
        if self.beginnings != beginnings:
            raise begun_anew(self.path)

    def _behind(self, reader: LineReader, after: int, beginnings: list[int]) -> Iterator[Entry]:
        for place, text in self._standing()[0].tail(after):
            beginnings[:] = beginnings or [self.beginnings]
            self._check(*beginnings)
            entry = reader.entry(text, place)
            if entry is not None and entry.sequence > after:
                yield entry
