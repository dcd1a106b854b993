"""The log: entries go in, each with its number and time, and come back; whatever file they are kept in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from socketstore.errors import LogError
from socketstore.log.entries import ActionEntry, Entry, NoteEntry
from socketstore.log.following import Bell
from socketstore.log.groups import InGroups
from socketstore.log.lifetimes import GATHERING, OPEN
from socketstore.log.line_writer import LineWriter
from socketstore.log.read_entries import ReadEntries
from socketstore.log.redaction import Redaction
from socketstore.log.storage import Compacted, Mode, WholeStorage
from socketstore.log.tags import Tags
from socketstore.log.wire import WireEntries
from socketstore.log.writing import AtOnce, C, Durability, MakeLine, Refusing, Writing

READ_ONLY = "; open it with open_log(path, mode='a')"
CLOSED = " any more: this log was closed"
FORKED = " in this process, a fork of the one that writes it; open a log of its own here"


class Log(WireEntries, ReadEntries):
    """A sequence of entries that is only ever added to; made by `open_log`. Safe to use from any thread.

    Args:
        storage: the file.
        mode: ``"r"`` if it is open to be read alone.
        actions: action classes that count where others have the same tag.
        durability: what an entry survives when it has been appended.
        clock: gives the Unix time that stands in the entries.
        redaction: replaces secrets before anything is written.

    Attributes:
        redaction: as it was given.
    """

    def __init__(
        self,
        storage: WholeStorage,
        *,
        mode: Mode = "a",
        actions: Iterable[type[Any]] = (),
        durability: Durability = "os",
        clock: Callable[[], float] = time.time,
        redaction: Redaction | None = None,
    ) -> None:
        self.redaction = redaction
        self._storage = storage
        self._clock = clock
        self._lock = threading.Lock()
        self._writer = LineWriter(redaction)
        self._tags = Tags(actions)
        self._lines: dict[type, MakeLine[Any]] = {}
        self._bell = Bell()
        self._writing = self._refusing(READ_ONLY) if mode == "r" else self._begun(durability)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    @property
    def path(self) -> Path:
        """The file."""
        return self._storage.path

    @property
    def last(self) -> int:
        """The number of the last entry, 0 if there is none."""
        return self._writing.last

    @property
    def written(self) -> int:
        """The number of the last entry that is known to be on the disk, where it survives a power cut.

        With ``durability="os"`` nothing is known before `flush`; otherwise all that stood in the file when it was
        opened has been brought there.
        """
        return self._writing.written

    def append(self, action: Any) -> int:
        """Write an action and return the number of its entry.

        Raises:
            EncodeError: reading it back would not give an equal action, or its class could not be told from another.
            LogUnavailable: it could not be written.
        """
        with self._lock:  # `_write`, written out, with one look at the class: a twelfth of the whole less
            line = self._lines.get(type(action)) or self._line_of(action)
            sequence = self._writing.add(line, self._clock, action)
        if self._bell.listeners:
            self._bell.ring()
        return sequence

    def append_failure(self, sequence: int, error: BaseException) -> int:
        """Write that the reducer raised on an entry, and return the number of the new one.

        Raises:
            LogUnavailable: it could not be written.
        """
        return self._write(partial(self._writer.failure, of=sequence), error)

    def write(self, entry: Entry) -> int:
        """Write an entry of any kind and return its number; it keeps its `at` unless that is 0.

        Raises:
            EncodeError: something in it has no JSON form, or would not come back equal.
            LogUnavailable: it could not be written.
        """
        if isinstance(entry, ActionEntry):
            self._tags.check(entry.action)
        return self._write(self._writer.entry, entry)

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
            if isinstance(self._writing, Refusing):  # also while `close` waits for the last entries to be written
                self._writing.refuse()
            self._writing.settle()
            return self._storage.compact()

    def flush(self) -> None:
        """Return when every entry that was appended is on the disk, whatever the durability.

        It waits for the disk; from a coroutine, call it as ``await asyncio.to_thread(log.flush)``.

        Raises:
            LogUnavailable: some could not be written; they wait, and whoever appends or flushes next tries again. After
                the disk itself has failed nothing more is written.
        """
        with self._lock:
            self._writing.flush()

    def close(self) -> None:
        """Write what waits, and let go of the file; harmless when closed already.

        Raises:
            LogUnavailable: some entries could not be written, and are lost. The log is closed all the same.
        """
        with self._lock:
            writing, self._writing = self._writing, self._refusing(CLOSED, self._writing.written)
            try:
                writing.close()
            except BaseException as error:
                if not isinstance(error, LogError):  # interrupted: what waits is still to be written
                    self._writing = writing
                raise
            finally:
                if self._writing is not writing:
                    GATHERING.discard(self)
            self._writing = self._refusing(CLOSED, writing.written)
        self._bell.remove()

    def finish(self) -> None:
        """Write what waits, and let nothing wait from now on; for the end of the interpreter."""
        with self._lock:
            self._writing.finish()

    def disown(self) -> None:
        """Write nothing from now on; for the child of a fork, where the file is its parent's."""
        self._lock = threading.Lock()  # another thread may have held it, which is not in this process
        self._writing = self._refusing(FORKED, self._writing.written)
        self._storage.disown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_frame(self, kind: str, data: str | bytes, connection: str, epoch: int | None) -> int:
        frames = self._writer.frames
        try:
            line = frames(kind, connection, epoch)
        except TypeError:  # what has no hash is no name
            line = frames.__wrapped__(kind, connection, epoch)
        return self._write(line, data)

    def _write(self, line: MakeLine[C], content: C) -> int:
        with self._lock:
            sequence = self._writing.add(line, self._clock, content)
        self._bell.ring()
        return sequence

    def _line_of(self, action: Any) -> MakeLine[Any]:
        """Return what makes the lines of a class of actions, once it is known that they will be read as such."""
        self._tags.check(action)
        return self._lines.setdefault(type(action), self._writer.of(type(action)))

    def _standing(self) -> tuple[WholeStorage, int | None]:
        """Return the storage, once it has everything that was appended, and the number of the last entry.

        If others write it, or none any more, that number is ``None``.
        """
        with self._lock:
            self._writing.settle()
            return self._storage, None if isinstance(self._writing, Refusing) else self._writing.last

    def _begun(self, durability: Durability) -> Writing:
        try:
            writing = self._writing_with(durability)
        except BaseException:  # the disk does not take what is there already
            self._storage.close()
            raise
        OPEN.add(self)
        if durability == "batch":
            GATHERING.add(self)
        return writing

    def _writing_with(self, durability: Durability) -> Writing:
        if durability == "batch":
            return InGroups(self._storage, self._lock)
        return AtOnce(self._storage, sync=durability == "entry")

    def _refusing(self, why: str, written: int = 0) -> Writing:
        return Refusing(self.path, self._storage.last, written, why)
