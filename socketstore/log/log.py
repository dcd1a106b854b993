"""The log: entries go in, each with its number and time, and come back; whatever file they are kept in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from socketstore.actions import Action
from socketstore.log.entries import Entry, NoteEntry
from socketstore.log.following import Following
from socketstore.log.lines import LineReader, LineWriter, entry_line, failed_line
from socketstore.log.storage import Compacted, Line, WholeStorage


class Log:
    """A sequence of entries that is only ever added to; made by `open_log`. Safe to use from any thread.

    Args:
        storage: the file.
        actions: action classes that count where others have the same tag.
        clock: gives the Unix time that stands in the entries.

    Attributes:
        last: the number of the last entry, 0 if there is none.
    """

    def __init__(
        self, storage: WholeStorage, *, actions: Iterable[type[Action]] = (), clock: Callable[[], float] = time.time
    ) -> None:
        self.last = storage.last
        self._storage = storage
        self._actions = tuple(actions)
        self._clock = clock
        self._lock = threading.Lock()
        self._writer = LineWriter()
        self._listeners: tuple[Callable[[], None], ...] = ()  # called when there is a new entry, or none will come
        self._closed = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    @property
    def path(self) -> Path:
        """The file."""
        return self._storage.path

    def append(self, action: Any) -> int:
        """Write an action and return the number of its entry.

        Raises:
            EncodeError: reading it back would not give an equal action.
            LogUnavailable: it could not be written.
        """
        return self._write(lambda sequence, at: self._writer.action(sequence, at, action))

    def append_failure(self, sequence: int, error: BaseException) -> int:
        """Write that the reducer raised on an entry, and return the number of the new one.

        Raises:
            LogUnavailable: it could not be written.
        """
        return self._write(lambda own, at: failed_line(own, at, sequence, error))

    def write(self, entry: Entry) -> int:
        """Write an entry of any kind and return its number; it keeps its `at` unless that is 0.

        Raises:
            EncodeError: something in it has no JSON form, or would not come back equal.
            LogUnavailable: it could not be written.
        """
        return self._write(lambda sequence, at: entry_line(sequence, entry.at or at, entry))

    def note(self, text: str, data: Any = None) -> int:
        """Write something that a person or a program wants to remember at this place, and return its number.

        Args:
            text: for people.
            data: a JSON value, for programs.

        Raises:
            EncodeError: the data is no JSON value.
            LogUnavailable: it could not be written.
        """
        return self.write(NoteEntry(text=text, data=data))

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries whose number is greater than `after`, as they stand now.

        Raises:
            LogCorrupted: an entry cannot be read.
            DecodeError: an action's class is unknown, or its fields do not fit.
            LogUnavailable: the file cannot be read.
        """
        reader = LineReader(str(self.path), self._actions)
        for place, text in self._storage.lines(after):
            entry = reader.entry(text, place)
            if entry is not None and entry.sequence > after:
                yield entry

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries as JSON, without reading what is in them; for tools that need no action classes.

        Raises:
            LogCorrupted: the file is damaged.
            LogUnavailable: it cannot be read.
        """
        return self._storage.lines(after)

    def follow(self, after: int = 0) -> Following:
        """Yield the entries whose number is greater than `after`, and then those that come: from this log, or others.

        ::

            async for entry in log.follow():
                ...

        What is appended to this very log comes at once; what another program writes to the file, within `INTERVAL`
        seconds. It ends when this log has been closed and everything was read. Safe to cancel: it can be asked again.
        """
        reader = LineReader(str(self.path), self._actions)
        return Following(lambda before: self._behind(reader, before), self._told, lambda: self._closed, after)

    def compact(self) -> Compacted:
        """Drop the entries before the last snapshot that holds a state; those that stay keep their numbers.

        The files change as a whole or not at all, whenever the machine stops. Others may read meanwhile; one who has
        not yet read what is dropped is told so by an error.

        Returns:
            With which entry the log begins now, and how much was freed.

        Raises:
            UsageError: there is no such snapshot.
            LogUnavailable: the log is not open for writing, or could not be written.
        """
        with self._lock:
            return self._storage.compact()

    def close(self) -> None:
        """Write what waits, and let go of the file; harmless when closed already."""
        with self._lock:
            self._closed = True
            self._storage.close()
        for tell in self._listeners:
            tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: Callable[[int, float], bytes]) -> int:
        with self._lock:
            sequence = self.last + 1
            self._storage.write(line(sequence, self._clock()), sequence, sequence)
            self.last = sequence
        for tell in self._listeners:
            tell()
        return sequence

    def _behind(self, reader: LineReader, after: int) -> Iterator[Entry]:
        for place, text in self._storage.tail(after):
            entry = reader.entry(text, place)
            if entry is not None and entry.sequence > after:
                yield entry

    @contextmanager
    def _told(self, tell: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._listeners = (*self._listeners, tell)
        try:
            yield
        finally:
            with self._lock:
                self._listeners = tuple(other for other in self._listeners if other is not tell)
