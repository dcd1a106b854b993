"""A database in one file: one program writes, any number of others read meanwhile."""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from socketstore.errors import LogCorrupted, LogUnavailable
from socketstore.log import databases, files
from socketstore.log.databases import (
    header_of,
    is_log,
    let_others_read,
    make_tables,
    reader,
    shm_of,
    translated,
    wal_of,
)
from socketstore.log.files import sync_file, sync_folder
from socketstore.log.headers import Header
from socketstore.log.locking import LockFile
from socketstore.log.places import Place
from socketstore.log.storage import EntriesGone, Line, Lines, Mode, lines_of

BLOCK = 4_000
"""Bytes up to which entries that come one by one are put into the last block: one that fits into a page of SQLite
costs nothing to write anew, as SQLite writes whole pages anyway."""

CHUNK = 1_048_576
"""Bytes that are read at once: no transaction is open while somebody works on them, or the file beside would grow."""

Block = tuple[int, int, bytes]

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
        self._torn = False  # entries may be there that are not counted, which an interrupt has left there
        self._block: Block | None = None  # the last one, to which the next entries are added while there is room
        try:
            with files.translated("read" if mode == "r" else "open", path):
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
        with files.translated("write", self.path):
            self._place.check_now_and_then()
        with translated("write", self.path, first):
            if self._torn:
                self._take_back(database)
            self._torn = True
            block = _joined(self._block, first, last, lines)
            if block[0] == first:
                database.execute("INSERT INTO blocks VALUES (?, ?, ?)", block)
            else:
                _replace(database, block)
        self._block, self.last, self._torn = block, last, False
        self.size += len(lines)

    def sync(self) -> None:
        """Bring them to the disk; see `Storage.sync`."""
        self._opened()
        with files.translated("write", self.path):
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
            yield from (lines for block in blocks if (lines := _lines_in(block, following, self.path)).texts)
            following = blocks[-1][1] + 1 if blocks else end + 1

    tail = lines

    def seal(self) -> bool:
        """Make it one file; see `Part.seal`."""
        with translated("write", self.path):
            return databases.seal(self._opened())

    def begin_with(self, first: int) -> None:
        """Drop the others in the file itself, where those who read keep what they see; see `Part.begin_with`."""
        self.close()
        with files.translated("compact", self.path):
            self._lock = LockFile(self.path)
        with translated("compact", self.path), closing(self), closing(databases.writer(self.path)) as database:
            databases.begin_with(database, first)

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
        lock, self._lock = self._lock, None
        try:
            if database is not None:
                with translated("close", self.path):
                    database.close()
        finally:
            if lock is not None:
                lock.release()

    def _check_wal(self, wal: int) -> None:
        if not os.fstat(wal).st_nlink:
            message = (
                f"{wal_of(self.path)} was removed while it was open for writing; nothing more is written. Close this "
                "log, which saves what was written, and open it again"
            )
            raise LogUnavailable(message)

    def _take_back(self, database: sqlite3.Connection) -> None:
        """Drop what was written and not counted: an interrupt came in between."""
        database.execute("DELETE FROM blocks WHERE first > ?", (self.last,))
        if self._block:
            _replace(database, self._block)

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            message = f"{self.path} is not open for writing; open it with open_log(path, mode='a')"
            raise LogUnavailable(message)
        return self._database

    def _prepare(self, mode: Mode) -> None:
        """See to it that there is a file, so that it is the system that says why there can be none."""
        if mode != "r":
            self._lock = LockFile(self.path)
        if self.path.is_file() and mode != "x":
            if mode != "w":
                return  # to open and close it would let go of the locks that SQLite may have on it in this process
            for path in (wal_of(self.path), shm_of(self.path), Path(os.path.realpath(self.path))):
                # the changes first, which are those of no other file
                path.unlink(missing_ok=True)
        self.path.open(f"{mode}b").close()

    def _look(self) -> None:
        with translated("read", self.path):
            if is_log(self.path):
                with reader(self.path) as database:
                    self._take_from(database)

    def _open_for_writing(self) -> None:
        with translated("open", self.path):
            self._database = databases.writer(self.path)
            if header_of(self._database, self.path) is None:
                make_tables(self._database, self.created, self.first)
            let_others_read(self._database)
            self._take_from(self._database)
            self._place = Place(self.path, self.path.stat())

    def _take_from(self, database: sqlite3.Connection) -> None:
        header = header_of(database, self.path)
        if header:
            self._take(header, _last_of(database, self.path))
            self.size = database.execute("PRAGMA page_count").fetchone()[0] * databases.PAGE

    def _take(self, header: Header, last: int | None) -> None:
        self.version, self.created, self.first, self.compacted = header
        self.last = last or self.first - 1

    def _read(self, following: int) -> tuple[list[Block], int]:
        """Return some blocks, from the one with this entry on, and the number of the last entry that there is."""
        with translated("read", self.path, following), reader(self.path) as database:
            database.execute("BEGIN")  # of one moment
            header = header_of(database, self.path)
            if header is None:
                return [], 0
            if not header.is_of(self.first, self.created):
                message = f"{self.path} was rotated, compacted or begun anew; read it again"
                raise EntriesGone(message)
            rows = database.execute(
                "SELECT first, last, lines FROM blocks WHERE first >= "
                "coalesce((SELECT max(first) FROM blocks WHERE first <= ?), 0) ORDER BY first",
                (following,),
            )
            return list(_at_most(rows, CHUNK)), _last_of(database, self.path) or 0


def _joined(block: Block | None, first: int, last: int, lines: bytes) -> Block:
    """Return the block that lines are to stand in: the one before them, if they follow it and fit, or their own."""
    if block and block[1] + 1 == first and len(block[2]) + len(lines) <= BLOCK:
        return block[0], last, block[2] + lines
    return first, last, lines


def _replace(database: sqlite3.Connection, block: Block) -> None:
    """Write a block over the one that begins with the same entry."""
    first, last, lines = block
    database.execute("UPDATE blocks SET last = ?, lines = ? WHERE first = ?", (last, lines, first))


def _last_of(database: sqlite3.Connection, path: Path) -> int | None:
    row = database.execute("SELECT first, last FROM blocks ORDER BY first DESC LIMIT 1").fetchone()
    if row is None:
        return None
    _check_block(row[0], last=row[1], path=path)
    return int(row[1])


def _check_block(first: int, last: object, path: Path, lines: object = b"\n") -> None:
    if type(last) is not int or last < first or not isinstance(lines, bytes) or not lines.endswith(b"\n"):
        message = f"{path}, entry {first}: its block is damaged: it does not end with an entry and an end of line"
        raise LogCorrupted(message, line=first)


def _at_most(rows: Iterator[Block], size: int) -> Iterator[Block]:
    for row in rows:
        yield row
        size -= len(row[2]) if isinstance(row[2], bytes) else size  # damaged: nothing behind it will be read
        if size <= 0:
            return


def _lines_in(block: Block, following: int, path: Path) -> Lines:
    first, last, lines = block
    _check_block(first, last, path, lines)
    texts = lines.split(b"\n")
    texts.pop()  # behind the last end of line is nothing
    whole = len(texts) == last - first + 1
    skipped = max(following - first, 0) if whole else 0
    return Lines(first + skipped, texts[skipped:] if skipped else texts)
