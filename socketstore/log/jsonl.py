"""A text file, one entry a line: portable, greppable, fit for a repository."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from socketstore.errors import LogUnavailable
from socketstore.log.files import (
    check_header,
    last_readable,
    last_sequence,
    sync_file,
    sync_folder,
    translated,
    unavailable,
    unended,
)
from socketstore.log.headers import header_line
from socketstore.log.jsonl_reader import JsonLinesReader
from socketstore.log.lines import is_object
from socketstore.log.locking import held, hold, is_still, let_go
from socketstore.log.places import Place
from socketstore.log.storage import Mode


class JsonLinesStorage(JsonLinesReader):
    """A ``.jsonl`` file; see `Storage`.

    An unfinished last line, left by a machine that stopped in the middle, is cut off with a warning when the file is
    opened for appending, and passed over with a warning when it is read. One that lacks nothing but its end is an entry
    like any other, and gets its end.

    Args:
        path: the file.
        mode: ``"r"`` reads, ``"a"`` appends (and makes the file), ``"x"`` makes a new file, ``"w"`` begins anew.
        created: the Unix time that stands in the header of a new file.
        first: the number that the first entry of a new file will have.

    Raises:
        LogUnavailable: the file cannot be opened in this way, or another writer has it open.
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """

    def __init__(self, path: Path, mode: Mode, *, created: float, first: int = 1) -> None:
        super().__init__(path, created=created, first=first)
        self._end = 0  # bytes; beyond it is nothing of ours
        self._file: io.FileIO | None = None
        self._torn = False  # there may be a part of an entry behind the end, which an interrupt has left there
        self._named = False  # the disk knows the file by its name
        if mode == "r":
            with translated("read", self.path):
                self._take(check_header(self.path))
                self.last = last_readable(self.path) or self.first - 1
        else:
            self._open_for_writing(mode)

    @property
    def size(self) -> int:
        """How many bytes it has, if it is open for writing."""
        return self._end

    def write(self, lines: bytes, first: int, last: int) -> None:  # noqa: ARG002 - it stands in the line
        """Add entries; see `Storage.write`."""
        file = self._opened()
        try:
            self._place.check_now_and_then(self._end)
            self._write(file, lines, last)
        except OSError as error:
            problem = unavailable("write", self.path, error)
            raise problem from error

    def sync(self) -> None:
        """Bring them to the disk; see `Storage.sync`."""
        with translated("write", self.path):
            sync_file(self._opened().fileno())
            if not self._named:
                sync_folder(self.path)
                self._named = True
            self._place.check(self._end)

    def check(self) -> None:
        """See whether its name is still its own; see `Part.check`."""
        self._opened()
        with translated("write", self.path):
            self._place.check()

    def rotate(self, full: Path, *, created: float, first: int) -> JsonLinesStorage:
        """Rename it, and make a new one; see `Part.rotate`."""
        if self._torn:
            self._take_back(self._opened())
        self.sync()
        self._rename(full)
        return JsonLinesStorage(self.path, "x", created=created, first=first)

    def begin_with(self, first: int) -> None:
        """Write the rest into a new file, which takes the place of this one; see `Part.begin_with`."""
        self.close()
        path = Path(os.path.realpath(self.path))  # a link goes on to be one
        fresh = path.with_name(f"{path.name}.new")
        with translated("write", fresh), held(path):
            try:
                self._write_rest(fresh, first)
                fresh.replace(path)
            except BaseException:
                fresh.unlink(missing_ok=True)  # the disk may be full
                raise
            sync_folder(path)

    def disown(self) -> None:
        """Let go of the parent's file; see `Storage.disown`."""
        if self._file is not None:
            self._file.close()  # which does not unlock it as long as the parent has it open
            self._file = None

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""
        if self._file is not None:
            with suppress(OSError, ValueError):  # closing it unlocks it as well; an interrupt came when that was done
                let_go(self._file.fileno())
            self._file.close()
            self._file = None

    def _rename(self, full: Path) -> None:
        if sys.platform == "win32":  # pragma: no cover - another system, where a file that is open keeps its name
            self.close()
        with translated("rotate", self.path):
            self.path.replace(full)
            sync_folder(self.path)

    def _write_rest(self, fresh: Path, first: int) -> None:
        with fresh.open("wb") as file:
            shutil.copymode(self.path, fresh)  # before there is anything in it that not everybody may read
            file.write(header_line(self.created, first, compacted=True))
            file.writelines(text if text.endswith(b"\n") else text + b"\n" for _, text in self.tail(first - 1))
            file.flush()
            sync_file(file.fileno())

    def _write(self, file: io.FileIO, lines: bytes, last: int) -> None:
        if self._torn:
            self._take_back(file)
        self._torn = True
        try:
            written = file.write(lines)
            while written < len(lines):  # a full disk may take a part first, and says what is wrong when asked again
                written += file.write(lines[written:])
            end = self._end + written
            self._end, self.last, self._torn = end, last, False
        except BaseException:
            self._take_back(file)
            raise

    def _take_back(self, file: io.FileIO) -> None:
        """Cut off what was written of an entry, or the next one would follow half a line."""
        try:
            file.truncate(self._end)
        except OSError:
            self.close()  # the next who opens the file cuts it off
            raise
        self._torn = False

    def _opened(self) -> io.FileIO:
        if self._file is None:
            message = f"{self.path} is not open for writing; open it with open_log(path, mode='a')"
            raise LogUnavailable(message)
        return self._file

    def _open_for_writing(self, mode: Mode) -> None:
        with translated("open", self.path):
            while not self._is_held(mode):
                pass

    def _is_held(self, mode: Mode) -> bool:
        """Open it; false if another writer has rotated it before it was held, as it is full then."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.path, flags | (os.O_EXCL if mode == "x" else 0), 0o666)
        self._file = io.FileIO(descriptor, "a")
        try:
            hold(descriptor, self.path)
            if is_still(descriptor, self.path):
                if mode == "w":
                    self._file.truncate(0)
                self._take(check_header(self.path))  # before anything is written: it may be somebody else's file
                self._continue(self._file)
                return True
        except BaseException:
            self.close()
            raise
        self.close()
        return False

    def _continue(self, file: io.FileIO) -> None:
        """Make the file ready for the next entry: whole lines, a header, the number of the last one."""
        self._place = Place(self.path, os.fstat(file.fileno()))
        self._end = self.path.stat().st_size
        self._end_last_line(file, unended(self.path))
        if self._end:
            self._take(check_header(self.path))
            self.last = last_sequence(self.path) or self.first - 1
        else:
            self.write(header_line(self.created, self.first), self.first, self.last)

    def _end_last_line(self, file: io.FileIO, rest: bytes) -> None:
        if is_object(rest):
            file.write(b"\n")
            self._end += 1
        elif rest:
            self._end -= len(rest)
            file.truncate(self._end)
            self._warn(f"an unfinished entry of {len(rest)} bytes at its end was cut off")
