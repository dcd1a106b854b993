"""A text file, one entry a line: portable, greppable, fit for a repository."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from socketstore.errors import LogUnavailable, LogWarning
from socketstore.log.files import check_header, last_sequence, translated, unfinished_bytes, write_whole
from socketstore.log.lines import check_header_line, header_line, is_before
from socketstore.log.positions import Positions
from socketstore.log.storage import Line, Mode


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
        self.version = 2
        self.first = first
        self.last = first - 1
        self._positions = Positions()
        self._file: BinaryIO | None = None
        if mode == "r":
            with translated("read", self.path):
                self.first = check_header(self.path)
        else:
            self._open_for_writing(mode, created)

    def write(self, lines: bytes, first: int, last: int) -> None:  # noqa: ARG002 - the numbers stand in the lines
        """Add entries; see `Storage.write`."""
        with translated("write", self.path):
            write_whole(self._opened(), lines)

    def sync(self) -> None:
        """Bring them to the disk; see `Storage.sync`."""

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries; see `Storage.lines`."""
        with translated("read", self.path), self.path.open("rb") as file:
            skipping = after > 0
            for number, line in enumerate(file, start=self._positions.seek(file, after)):
                if not line.endswith(b"\n"):
                    self._warn(f"line {number}, {len(line)} bytes, is unfinished and was passed over")
                    return
                if number == 1:
                    check_header_line(line, str(self.path))
                elif not (skipping and is_before(line, after)):
                    skipping = False
                    yield Line(number, line)

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            message = f"{self.path} is not open for writing; open it with open_log(path, mode='a')"
            raise LogUnavailable(message)
        return self._file

    def _open_for_writing(self, mode: Mode, created: float) -> None:
        with translated("open", self.path):
            if mode == "a" and self.path.exists():
                check_header(self.path)  # before anything is written: it may be somebody else's file
            self._file = cast(BinaryIO, self.path.open(f"{mode}b", buffering=0))
            try:
                self._continue(self._file, created)
            except BaseException:
                self.close()
                raise

    def _continue(self, file: BinaryIO, created: float) -> None:
        """Make the file ready for the next entry: whole lines, a header, the number of the last one."""
        unfinished = unfinished_bytes(self.path)
        if unfinished:
            file.truncate(self.path.stat().st_size - unfinished)
            self._warn(f"an unfinished entry of {unfinished} bytes at its end was cut off", stacklevel=7)
        if self.path.stat().st_size:
            self.first = check_header(self.path)
            self.last = last_sequence(self.path) or self.first - 1
        else:
            write_whole(file, header_line(created, self.first))

    def _warn(self, what: str, *, stacklevel: int = 3) -> None:
        warnings.warn(f"{self.path}: {what}", LogWarning, stacklevel=stacklevel)
