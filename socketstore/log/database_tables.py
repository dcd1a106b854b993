"""The tables of a log in SQLite: made, copied, and emptied in whole or in part, while others read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from socketstore.errors import LogUnavailable
from socketstore.log.databases import APPLICATION, PAGE, others_of
from socketstore.log.entries import FORMAT, VERSION
from socketstore.log.files import sync_file, sync_folder
from socketstore.log.headers import Header, check_header_fields
from socketstore.log.lines import sequence_of

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE blocks (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, lines BLOB NOT NULL);
CREATE VIEW entries (sequence, at, kind, entry) AS
SELECT json_extract(value, '$.sequence'), json_extract(value, '$.at'), json_extract(value, '$.kind'), value
FROM blocks, json_each('[' || replace(rtrim(CAST(lines AS TEXT), char(10)), char(10), ',') || ']')
ORDER BY first, id;
"""


def make_tables(database: sqlite3.Connection, created: float, first: int) -> None:
    """Make an empty file a log, all of it or nothing.

    Args:
        database: the empty file.
        created: the Unix time that stands in its header.
        first: the number that its first entry will have.
    """
    database.executescript(
        f"BEGIN EXCLUSIVE; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; {TABLES}"
    )
    header = {"format": FORMAT, "version": VERSION, "created": created, "first": first}
    database.executemany("INSERT INTO meta VALUES (?, ?)", header.items())
    database.execute("COMMIT")


def let_others_read(database: sqlite3.Connection) -> None:
    """Set a database up so that others can read while it is written.

    A commit hands its pages to the system, and only a checkpoint waits for the disk: with ``synchronous = NORMAL`` no
    crash of the machine damages the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
    """
    (mode,) = database.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        message = f"got journal_mode = {mode} where WAL was asked for; is the file on a network?"
        raise LogUnavailable(message)
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute(f"PRAGMA journal_size_limit = {1024 * PAGE}")


def begin_anew(database: sqlite3.Connection, created: float, first: int) -> None:
    """Put a log without entries in the place of what a database holds, all of it or nothing, however much that is.

    Others go on reading what was there; the file becomes smaller when they have ended.

    Args:
        database: the log.
        created: the Unix time that stands in its header from now on.
        first: the number that its next entry will have.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        fresh.execute(f"PRAGMA page_size = {database.execute('PRAGMA page_size').fetchone()[0]}")
        make_tables(fresh, created, first)
        fresh.backup(database, progress=_refuse_to_wait_on)


def _refuse_to_wait_on(status: int, *_: int) -> None:
    """Raise what a statement does when it has waited long enough for another program: a backup waits for ever."""
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorname = "SQLITE_BUSY"
        raise error


def copy_into(database: sqlite3.Connection, target: Path, *, like: Path) -> None:
    """Write all that a database holds into one file, which is on the disk when it gets its name.

    Args:
        database: the log.
        target: the name. A file that has it is replaced.
        like: the file whose permissions it gets, and whose owner if that may be.
    """
    fresh = target.with_name(f"{target.name}-new").absolute()
    try:
        with fresh.open("wb"):
            _give_to_the_owner_of(like, fresh)  # before there is anything in it that not everybody may read
        database.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(fresh),))  # which may be no Unicode
        with fresh.open("r+b") as file:
            sync_file(file.fileno())
        for path in others_of(target):  # of a file that had the name before: its changes would become ours
            path.unlink(missing_ok=True)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)  # the disk may be full
        raise
    sync_folder(target)


def _give_to_the_owner_of(like: Path, fresh: Path) -> None:
    owner = like.stat()
    for user, group in ((-1, owner.st_gid), (owner.st_uid, -1)) if sys.platform != "win32" else ():
        with suppress(PermissionError):  # only root may give it to anybody
            os.chown(fresh, user, group)
    shutil.copymode(like, fresh)


def size_of(database: sqlite3.Connection) -> int:
    """Return how many bytes the pages have that are in use."""
    pages, free = (database.execute(f"PRAGMA {count}").fetchone()[0] for count in ("page_count", "freelist_count"))
    return int(pages - free) * PAGE


def begin_with(database: sqlite3.Connection, first: int) -> None:
    """Drop the entries before one, all of them or none, and give their room back.

    Others go on reading what was there; the file becomes smaller when they have ended.
    """
    database.execute("BEGIN IMMEDIATE")
    start, last, lines = database.execute(
        "SELECT first, last, lines FROM blocks WHERE first <= ? ORDER BY first DESC LIMIT 1", (first,)
    ).fetchone()
    kept = b"".join(line for line in lines.splitlines(keepends=True) if (sequence_of(line) or first) >= first)
    database.execute("DELETE FROM blocks WHERE first < ?", (first,))
    if start < first <= last:
        database.execute("INSERT INTO blocks VALUES (?, ?, ?)", (first, last, kept))
    database.executemany("REPLACE INTO meta VALUES (?, ?)", [("first", first), ("compacted", 1)])
    database.execute("COMMIT")
    database.execute("VACUUM")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def header_of(database: sqlite3.Connection, path: Path) -> Header | None:
    """Return the header of a log; ``None`` if it is empty.

    Args:
        database: the log.
        path: for the message.

    Raises:
        LogCorrupted: it is damaged.
        LogVersionError: it is of a newer version.
    """
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        return None
    header = dict(database.execute("SELECT key, value FROM meta"))
    return check_header_fields({**header, "compacted": header.get("compacted") == 1}, str(path))
