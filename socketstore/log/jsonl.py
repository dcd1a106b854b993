"""A text file, one entry a line: portable, greppable, fit for a repository."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from socketstore.errors import LogUnavailable, LogWarning
from socketstore.log.entries import VERSION
from socketstore.log.files import (
    check_header,
    last_sequence,
    sync_folder,
    translated,
    unfinished_bytes,
    write_whole,
)
from socketstore.log.lines import Header, check_header_line, header_line, is_before
from socketstore.log.positions import Positions
from socketstore.log.storage import EntriesGone, Line, Mode


class JsonLinesStorage:
    """A ``.jsonl`` file; see `Storage`.

    An unfinished last line, left by a machine that stopped in the middle, is cut off with a warning when the file is
    opened for appending, and passed over with a warning when it is read.

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
        self.created, self.first = created, first
        self._take(None)
        self._positions = Positions()
        self._file: BinaryIO | None = None
        if mode == "r":
            with translated("read", self.path):
                self._take(check_header(self.path))
        else:
            self._open_for_writing(mode)

    def write(self, lines: bytes, first: int, last: int) -> None:  # noqa: ARG002 - it stands in the line
        """Add entries; see `Storage.write`."""
        with translated("write", self.path):
            write_whole(self._opened(), lines)
        self.last = last
        self.size += len(lines)

    def sync(self) -> None:
        """Bring them to the disk; see `Storage.sync`."""
        with translated("write", self.path):
            os.fsync(self._opened().fileno())

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries; see `Storage.lines`."""
        for line in self._all(after):
            if not line.text.endswith(b"\n"):
                self._warn(f"line {line.place}, {len(line.text)} bytes, is unfinished and was passed over")
                return
            yield line

    def tail(self, after: int) -> Iterator[Line]:
        """Yield the whole ones; see `Storage.tail`."""
        return (line for line in self._all(after) if line.text.endswith(b"\n"))

    def seal(self) -> bool:
        """Bring it to the disk; see `Part.seal`."""
        self.sync()
        return True

    def begin_with(self, first: int) -> None:
        """Write the rest into a new file, which takes the place of this one; see `Part.begin_with`."""
        self.close()
        fresh = self.path.with_name(f"{self.path.name}.new")
        with translated("write", fresh):
            with fresh.open("wb") as file:
                file.write(header_line(self.created, first, compacted=True))
                file.writelines(text for _, text in self.tail(first - 1))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            sync_folder(self.path)

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _all(self, after: int) -> Iterator[Line]:
        with translated("read", self.path), self.path.open("rb") as file:
            self._check(file.readline())
            skipping = after > 0
            for number, line in enumerate(file, start=self._positions.seek(file, after)):
                if not (number == 1 and line.endswith(b"\n")) and not (skipping and is_before(line, after)):
                    skipping = False
                    yield Line(number, line)

    def _check(self, first: bytes) -> None:
        if not first.endswith(b"\n"):
            return
        if check_header_line(first, str(self.path)).first != self.first:
            message = f"{self.path} was rotated or compacted; read it again"
            raise EntriesGone(message)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            message = f"{self.path} is not open for writing; open it with open_log(path, mode='a')"
            raise LogUnavailable(message)
        return self._file

    def _open_for_writing(self, mode: Mode) -> None:
        with translated("open", self.path):
            if mode == "a" and self.path.exists():
                self._take(check_header(self.path))  # before anything is written: it may be somebody else's file
            self._file = cast(BinaryIO, self.path.open(f"{mode}b", buffering=0))
            try:
                self._continue(self._file)
            except BaseException:
                self.close()
                raise

    def _continue(self, file: BinaryIO) -> None:
        """Make the file ready for the next entry: whole lines, a header, the number of the last one."""
        unfinished = unfinished_bytes(self.path)
        if unfinished:
            file.truncate(self.path.stat().st_size - unfinished)
            self._warn(f"an unfinished entry of {unfinished} bytes at its end was cut off", stacklevel=7)
        if self.path.stat().st_size:
            self.last = last_sequence(self.path) or self.first - 1
        else:
            write_whole(file, header_line(self.created, self.first))
        self.size = self.path.stat().st_size

    def _take(self, header: Header | None) -> None:
        self.version, self.created, self.first, self.compacted = header or (VERSION, self.created, self.first, False)
        self.last = self.first - 1

    def _warn(self, what: str, *, stacklevel: int = 3) -> None:
        warnings.warn(f"{self.path}: {what}", LogWarning, stacklevel=stacklevel)
