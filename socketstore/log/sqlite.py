"""A database in one file: one program writes, any number of others read meanwhile."""

from __future__ import annotations

import io
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from socketstore.errors import LogCorrupted, LogUnavailable, LogVersionError
from socketstore.log.blocks import Block, at_most, joined, last_of, lines_in, replace_block
from socketstore.log.database_tables import (
    begin_anew,
    begin_with,
    copy_into,
    header_of,
    let_others_read,
    make_tables,
    size_of,
)
from socketstore.log.databases import is_log, others_of, reader, translated, wal_of, writer
from socketstore.log.files import sync_file, sync_folder
from socketstore.log.headers import Header
from socketstore.log.locking import LockFile
from socketstore.log.places import Place
from socketstore.log.storage import EntriesGone, Line, Lines, Mode, lines_of

CHUNK = 1_048_576
"""Bytes that are read at once: no transaction is open while somebody works on them, or the file beside would grow."""

INHERITED: list[sqlite3.Connection] = []
"""Connections of a parent process, which its child must neither use nor close: SQLite forbids both after a fork."""


class SqliteStorage:
    """A ``.db`` file; see `Storage`. The lines stand in blocks, one a row, found by the number of their first.

    Args:
        path: the file.
        mode: ``"r"`` reads, ``"a"`` appends (and makes the file), ``"x"`` makes a new file, ``"w"`` begins anew.
        created: the Unix time that stands in the header of a new file.
        first: the number that the first entry of a new file will have.

    Raises:
        LogUnavailable: the file cannot be opened in this way.
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """

    def __init__(self, path: Path, mode: Mode, *, created: float, first: int = 1) -> None:
        self.path = path
        self.size = 0
        self._take(Header(created=created, first=first), first - 1)
        self._database: sqlite3.Connection | None = None
        self._wal: io.FileIO | None = None
        self._lock: LockFile | None = None
        self._begun = False  # it has a header, and keeps it
        self._torn = False  # entries may be there that are not counted, which an interrupt has left there
        self._block: Block | None = None  # the last one, to which the next entries are added while there is room
        try:
            with translated("read" if mode == "r" else "open", path):
                self._prepare(mode)
            self._look()  # before anything is written: it may be somebody else's file
            if mode != "r":
                self._open_for_writing()
        except BaseException:
            self.close()
            raise

    def write(self, lines: bytes, first: int, last: int) -> None:
        """Add entries; see `Storage.write`."""
        database = self._opened()
        with translated("write", self.path, first):
            self._place.check_now_and_then()
            self._end_torn(database)
            self._torn = True
            block = joined(self._block, first, last, lines)
            if block[0] == first:
                database.execute("INSERT INTO blocks VALUES (?, ?, ?)", block)
            else:
                replace_block(database, block)
        self._block, self.last, self._torn = block, last, False
        self.size += len(lines)

    def sync(self) -> None:
        """Bring them to the disk; see `Storage.sync`."""
        self._opened()
        with translated("write", self.path):
            if self._wal is None:
                self._wal = io.FileIO(wal_of(self.path), "r+")
                sync_folder(self.path)  # once, for the names of both files
            sync_file(self._wal.fileno())
            self._check_wal(self._wal.fileno())
            self._place.check()

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries; see `Storage.lines`."""
        return lines_of(self.blocks(after))

    def blocks(self, after: int = 0) -> Iterator[Lines]:
        """Yield the entries, many at once; see `Storage.blocks`."""
        end: int | None = None
        following = after + 1
        while end is None or following <= end:
            blocks, now = self._read(following)
            end = now if end is None else end
            yield from (lines for block in blocks if (lines := lines_in(block, following, self.path)).texts)
            following = blocks[-1][1] + 1 if blocks else end + 1

    tail = lines

    def check(self) -> None:
        """See whether its name is still its own; see `Part.check`."""
        self._opened()
        with translated("write", self.path):
            self._place.check()

    def rotate(self, full: Path, *, created: float, first: int) -> SqliteStorage:
        """Copy them, and drop them in the file itself; see `Part.rotate`.

        A database keeps its name as long as anybody may have it open: SQLite finds the changes that belong to a file
        by its name, and would take those of its successor (https://www.sqlite.org/howtocorrupt.html, section 2.4).
        """
        database = self._opened()
        with translated("rotate", self.path):
            self._end_torn(database)
            copy_into(database, full, like=self.path)
            begin_anew(database, created, first)
            self._block = None
            self._take_from(database)
        return self

    def begin_with(self, first: int) -> None:
        """Drop the others in the file itself, where those who read keep what they see; see `Part.begin_with`."""
        self.close()
        with translated("compact", self.path), closing(self):
            self._lock = LockFile(self.path)
            with closing(writer(self.path)) as database:
                begin_with(database, first)

    def disown(self) -> None:
        """Let go of the parent's file; see `Storage.disown`."""
        if self._database is not None:
            INHERITED.append(self._database)
            self._database = None
        if self._lock is not None:
            self._lock.forget()
        self.close()

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""
        if self._wal is not None:
            self._wal.close()
            self._wal = None
        database, self._database = self._database, None
        try:
            if database is not None:
                with translated("close", self.path), closing(database), suppress(sqlite3.Error):
                    self._end_torn(database)
        finally:
            if self._lock is not None:
                self._lock.release()

    def _check_wal(self, wal: int) -> None:
        if not os.fstat(wal).st_nlink:
            message = (
                f"{wal_of(self.path)} was removed while it was open for writing; nothing more is written. Close this "
                "log, which saves what was written, and open it again"
            )
            raise LogUnavailable(message)

    def _end_torn(self, database: sqlite3.Connection) -> None:
        """Drop what was written and not counted, if an interrupt came in between."""
        if self._torn:
            database.execute("DELETE FROM blocks WHERE first > ?", (self.last,))
            if self._block:
                replace_block(database, self._block)
            self._torn = False

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            message = f"{self.path} is not open for writing; open it with open_log(path, mode='a')"
            raise LogUnavailable(message)
        return self._database

    def _prepare(self, mode: Mode) -> None:
        """See to it that there is a file, so that it is the system that says why there can be none."""
        if mode != "r":
            self._lock = LockFile(self.path)
        if mode == "x" or not self.path.is_file():
            self.path.open(f"{mode}b").close()
        elif mode == "w" and not self._is_emptied():
            permissions = self.path.stat().st_mode
            for path in (*others_of(self.path), Path(os.path.realpath(self.path))):
                # the changes first, which are those of no other file
                path.unlink(missing_ok=True)
            self.path.open("wb").close()
            self.path.chmod(stat.S_IMODE(permissions))

    def _is_emptied(self) -> bool:
        """Drop everything in the file itself, which others may be reading; false if it is no log, or damaged."""
        with suppress(LogCorrupted, LogVersionError), translated("open", self.path):
            if is_log(self.path):
                with closing(writer(self.path)) as database:
                    begin_anew(database, self.created, self.first)
            return True
        return False

    def _look(self) -> None:
        with translated("read", self.path):
            if is_log(self.path):
                with reader(self.path) as database:
                    self._take_from(database)

    def _open_for_writing(self) -> None:
        with translated("open", self.path):
            self._database = writer(self.path)
            if header_of(self._database, self.path) is None:
                make_tables(self._database, self.created, self.first)
            let_others_read(self._database)
            self._take_from(self._database)
            self._place = Place(self.path, self.path.stat())

    def _take_from(self, database: sqlite3.Connection) -> None:
        header = header_of(database, self.path)
        if header:
            self._take(header, last_of(database, self.path))
            self._begun = True
            self.size = size_of(database)

    def _take(self, header: Header, last: int | None) -> None:
        self.version, self.created, self.first, self.compacted = header
        self.last = last or self.first - 1

    def _read(self, following: int) -> tuple[list[Block], int]:
        """Return some blocks, from the one with this entry on, and the number of the last entry that there is."""
        with translated("read", self.path, following), reader(self.path) as database:
            database.execute("BEGIN")  # of one moment
            header = header_of(database, self.path)
            if header is None and not self._begun:
                return [], 0
            if header is None or not header.is_of(self.first, self.created):
                message = f"{self.path} was rotated, compacted or begun anew; read it again"
                raise EntriesGone(message)
            rows = database.execute(
                "SELECT first, last, lines FROM blocks WHERE first >= "
                "coalesce((SELECT max(first) FROM blocks WHERE first <= ?), 0) ORDER BY first",
                (following,),
            )
            return list(at_most(rows, CHUNK)), last_of(database, self.path) or 0
