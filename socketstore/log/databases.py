"""What a log in SQLite needs of the database: connections to it, whose it is, and its errors in our words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from socketstore.errors import LogCorrupted, LogUnavailable, LogVersionError
from socketstore.log.entries import VERSION
from socketstore.log.files import unavailable

APPLICATION = int.from_bytes(b"sock", "big")
"""Stands in the file's header (https://www.sqlite.org/fileformat.html#application_id): `file` and we know it by it."""

PAGE = 4096
SMALLEST = 512
"""Bytes of the smallest page that a database can have."""

PATIENCE = 5.0
"""Seconds that one waits for another program which holds the database."""

ADVICE = {
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_IOERR_WRITE": "the disk takes no more: make room; no file may grow beyond `ulimit -f`",
    "SQLITE_READONLY": "this user may not; check the permissions of the file and of its folder",
    "SQLITE_PERM": "this user may not; check its permissions",
    "SQLITE_BUSY": "another program holds it; end that, or try again",
    "SQLITE_CANTOPEN": "this user may not; check its permissions, and whether it was closed if its folder is read-only",
}


DAMAGED = ("no such table", "no such column", "Could not decode")
"""How SQLite begins to say that something in a file is not as we made it."""

FOREIGN = (sqlite3.Error, OSError, UnicodeDecodeError, OverflowError)
"""SQLite quotes what is damaged, and knows 64 bits; and a file may be taken away meanwhile."""

NO_RIGHT = ("SQLITE_CANTOPEN", "SQLITE_READONLY")


class translated(AbstractContextManager[None]):  # noqa: N801 - see `files.translated`
    """Turns the errors of SQLite and of the operating system into ours.

    Args:
        what: was to be done.
        path: the file.
        place: where it is damaged, if that is what is wrong.

    Raises:
        LogUnavailable: instead of most errors.
        LogCorrupted: instead of those that say that the file is damaged.
    """

    def __init__(self, what: str, path: Path, place: int = 1) -> None:
        self._where = what, path, place

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Translate."""
        if isinstance(error, FOREIGN) and not isinstance(error, LogUnavailable):
            raise _in_our_words(error, *self._where) from error


def writer(path: Path) -> sqlite3.Connection:
    """Open a database in which every statement is a transaction; for any thread, one at a time."""
    return _connection(path, "mode=rw")


@contextmanager
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a log to read it, without a right to write in its folder if nobody has it open.

    Where there is that right SQLite uses it for two files beside the log, which are gone afterwards.
    """
    with closing(_connection(path, "mode=rw")) as database:
        try:
            database.execute("PRAGMA query_only = ON")
            database.execute("PRAGMA schema_version")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(NO_RIGHT) or not path.is_file() or is_open(path):
                raise
        else:
            yield database
            return
    with _as_it_is(path) as database:  # nothing is in the files beside, and nobody writes
        yield database


def is_log(path: Path) -> bool:
    """Refuse a file that is no log, without touching it; false if it is empty and could become one.

    Raises:
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """
    size = path.stat().st_size
    if not size:
        return False
    if size < SMALLEST:  # SQLite takes so little for an empty file, and would write over it
        message = f"{path} is no socketstore log: it has {size} bytes; expected a database"
        raise LogCorrupted(message, line=1)
    application, version = _marks_of(path)
    if application != APPLICATION:
        message = f"{path} is no socketstore log: it is a database of another program; choose another name"
        raise LogCorrupted(message, line=1)
    if version > VERSION:
        message = f"{path} has version {version}; this socketstore reads up to {VERSION}. Upgrade socketstore."
        raise LogVersionError(message)
    return True


def _marks_of(path: Path) -> tuple[int, int]:
    """Return whose database it is, and of which version, without bringing it into order if that can be."""
    while not is_open(path):
        before = path.stat()
        try:
            return _marks_in(_connection(path, "mode=ro&immutable=1"))
        except sqlite3.DatabaseError:
            if _beside(path, "-journal").exists():  # its program was killed while it changed much
                return _marks_in(_connection(path, "mode=rw"))
            if path.stat().st_mtime_ns == before.st_mtime_ns and not is_open(path):
                raise
    return _marks_in(_connection(path, "mode=ro"))


def _marks_in(connection: sqlite3.Connection) -> tuple[int, int]:
    with closing(connection) as database:
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        return application, version


def _as_it_is(path: Path) -> AbstractContextManager[sqlite3.Connection]:
    """Open a file that does not change meanwhile; SQLite takes no lock and makes no file for it."""
    return closing(_connection(path, "mode=ro&immutable=1"))


def is_open(path: Path) -> bool:
    """Tell whether something is in the log of changes beside a database: it is in use, or its program was killed."""
    with suppress(FileNotFoundError):
        return wal_of(path).stat().st_size > 0
    return False


def wal_of(path: Path) -> Path:
    """Return where SQLite keeps the changes that are not in the file yet."""
    return _beside(path, "-wal")


def others_of(path: Path) -> list[Path]:
    """Return the files that SQLite takes for those of a database, by their names; the one with changes first."""
    return [_beside(path, ending) for ending in ("-wal", "-shm", "-journal")]


def _beside(path: Path, ending: str) -> Path:
    real = Path(os.path.realpath(path))  # SQLite follows links
    return real.with_name(f"{real.name}{ending}")


def _connection(path: Path, how: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            f"file:{quote(os.fsencode(path.absolute()))}?{how}",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.OperationalError:
        path.stat()  # it says so if the file is missing, and SQLite does not
        raise


def _in_our_words(error: Exception, what: str, path: Path, place: int) -> Exception:
    if isinstance(error, sqlite3.Error):
        return _ours(error, what, path, place)
    if isinstance(error, OSError):
        return unavailable(what, path, error)
    return _damaged(error, what, path, place)


def _ours(error: sqlite3.Error, what: str, path: Path, place: int) -> Exception:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_NOTADB":
        message = f"{path} is no socketstore log: {error}"
        return LogCorrupted(message, line=1)
    if name.startswith("SQLITE_CORRUPT") or str(error).startswith(DAMAGED):
        return _damaged(error, what, path, place)
    advice = next((words for code, words in ADVICE.items() if name.startswith(code)), "check the path and the disk")
    message = f"could not {what} the log {path}: {error}; {advice}"
    return LogUnavailable(message)


def _damaged(error: Exception, what: str, path: Path, place: int) -> LogCorrupted:
    message = f"{path}, entry {place}: could not {what} the log: {error}"
    return LogCorrupted(message, line=place)
