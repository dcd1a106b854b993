"""What a log of lines needs of a file: whole writes, the last line, and what is unfinished behind it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from socketstore.codec import parse
from socketstore.errors import DecodeError, LogCorrupted, LogUnavailable
from socketstore.log.headers import HEADER_START, Header, check_header_line
from socketstore.log.lines import is_object, sequence_of

if sys.platform == "darwin":  # pragma: no cover - another system
    import fcntl

BLOCK = 65_536

ADVICE = {
    errno.ENOENT: "check the path",
    errno.EEXIST: "choose another name, or mode='a' to append to it",
    errno.EACCES: "this user may not; check its permissions",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.EFBIG: "no file may grow further; see `ulimit -f`",
    errno.ENOSPC: "the disk is full; make room",
    errno.EROFS: "the file system is read-only; choose another place",
}


def refuse_if_there(target: Path) -> None:
    """Return if a new file may be written here.

    Raises:
        LogUnavailable: there is something already.
    """
    if target.exists():
        message = f"could not write {target}: it is there already; choose another name, or take it away"
        raise LogUnavailable(message)


class translated(AbstractContextManager[None]):  # noqa: N801 - it is used like a function
    """Turns the operating system's errors into ours.

    No generator: in Python 3.12 one would leave the error in a circle of references, and with it what was being opened.

    Args:
        what: was to be done.
        path: the file.

    Raises:
        LogUnavailable: instead of an ``OSError``.
    """

    def __init__(self, what: str, path: Path) -> None:
        self._what = what
        self._path = path

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Translate."""
        if isinstance(error, OSError) and not isinstance(error, LogUnavailable):
            raise unavailable(self._what, self._path, error) from error


def unavailable(what: str, path: Path, error: OSError) -> LogUnavailable:
    """Say what the operating system's error is, and what to do; an error of ours stays as it is."""
    if isinstance(error, LogUnavailable):
        return error
    advice = ADVICE.get(error.errno or 0, "check the path and the disk")
    return LogUnavailable(f"could not {what} the log {path}: {error.strerror or error}; {advice}")


def sync_file(file: int) -> None:
    """Bring what was written to an open file to the disk."""
    if sys.platform == "darwin":  # pragma: no cover - another system, whose fsync leaves it in the disk's memory
        fcntl.fcntl(file, fcntl.F_FULLFSYNC)
    elif sys.platform == "win32":  # pragma: no cover - another system
        os.fsync(file)
    else:
        os.fdatasync(file)


def sync_folder(path: Path) -> None:
    """Bring the name of a new file to the disk."""
    if sys.platform == "win32":  # pragma: no cover - another system, which does it by itself
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def check_header(path: Path) -> Header | None:
    """Refuse a file that is no log, and return its header.

    One without a whole line is a log without a header if it could become one.

    Raises:
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """
    with path.open("rb") as file:
        first = file.readline(BLOCK)
    if first.endswith(b"\n") or is_object(first):
        return check_header_line(first, str(path))
    if first[: len(HEADER_START)] != HEADER_START[: len(first)]:
        message = f"{path} is no socketstore log: it begins with {first[:60]!r}; expected a header"
        raise LogCorrupted(message, line=1)
    return None


def unended(path: Path) -> bytes:
    """Return what stands behind the last end of a line."""
    with path.open("rb") as file:
        file.seek(_end_of_last_line(path, path.stat().st_size))
        return file.read()


def last_sequence(path: Path) -> int:
    """Return the number of the last entry, 0 if there is only a header.

    Raises:
        LogCorrupted: the last line cannot be read.
    """
    size = path.stat().st_size
    start = _end_of_last_line(path, size - 1)
    with path.open("rb") as file:
        file.seek(start)
        line = file.read(size - start)
    try:
        fields = parse(line)
        return int(fields["sequence"]) if start else 0
    except (DecodeError, KeyError, TypeError, ValueError) as error:
        message = f"{path}: its last line cannot be read, so nothing can be appended: {error}"
        raise LogCorrupted(message, line=_lines(path)) from error


def last_readable(path: Path) -> int:
    """Return the number of the last whole entry, whatever stands behind it; 0 if there is none."""
    rest, end = unended(path), path.stat().st_size
    if is_object(rest) and (number := sequence_of(rest)):
        return number
    start = end - len(rest)
    with path.open("rb") as file:
        while start > 0:
            start, end = _end_of_last_line(path, start - 1), start
            file.seek(start)
            number = sequence_of(file.read(end - start)) if start else None
            if number:
                return number
    return 0


def _end_of_last_line(path: Path, before: int) -> int:
    """Return the position behind the last line end that stands before a position; 0 if there is none."""
    with path.open("rb") as file:
        end = before
        while end > 0:
            start = max(end - BLOCK, 0)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
