"""A log in a text file, one entry a line: portable, greppable, fit for a repository."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self, cast

from socketstore.actions import Action
from socketstore.errors import LogUnavailable, LogWarning
from socketstore.log.entries import Entry
from socketstore.log.files import check_header, last_sequence, translated, unfinished_bytes, write_whole
from socketstore.log.lines import LineReader, LineWriter, check_header_line, failed_line, header_line

Mode = Literal["r", "a", "w", "x"]


class JsonLinesLog:
    """A log in a ``.jsonl`` file; made by `open_log`.

    Each entry is handed to the operating system in one write before `append` returns, so it survives the end of the
    process, though not of the machine. An unfinished last line, left by a machine that stopped in the middle, is cut
    off with a warning when the log is opened for appending, and passed over with a warning when it is read.

    Args:
        path: the file.
        mode: ``"r"`` reads, ``"a"`` appends (and makes the file), ``"x"`` makes a new file, ``"w"`` begins anew.
        actions: action classes that count where others have the same tag.
        clock: gives the Unix time that stands in the entries.

    Raises:
        LogUnavailable: the file cannot be opened in this way.
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        mode: Mode,
        *,
        actions: Iterable[type[Action]] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = Path(path)
        self._actions = tuple(actions)
        self._clock = clock
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._writer = LineWriter()
        self._sequence = 0
        if mode == "r":
            with translated("read", self.path):
                check_header(self.path)
        else:
            self._open_for_writing(mode)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    def append(self, action: Any) -> int:
        """Write an action; see `Log.append`."""
        return self._write(lambda sequence, at: self._writer.action(sequence, at, action))

    def append_failure(self, sequence: int, error: BaseException) -> int:
        """Write that the reducer raised; see `Log.append_failure`."""
        return self._write(lambda own, at: failed_line(own, at, sequence, error))

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries; see `Log.read`."""
        reader = LineReader(str(self.path), self._actions)
        with translated("read", self.path), self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    self._warn(f"line {number}, {len(line)} bytes, is unfinished and was passed over")
                    return
                if number == 1:
                    check_header_line(line, str(self.path))
                elif (entry := reader.entry(line, number)) is not None and entry.sequence > after:
                    yield entry

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: Callable[[int, float], bytes]) -> int:
        with self._lock, translated("write", self.path):
            if self._file is None:
                message = f"{self.path} is not open for writing; open it with open_log(path, mode='a')"
                raise LogUnavailable(message)
            sequence = self._sequence + 1
            write_whole(self._file, line(sequence, self._clock()))
            self._sequence = sequence
            return sequence

    def _open_for_writing(self, mode: Mode) -> None:
        with translated("open", self.path):
            if mode == "a" and self.path.exists():
                check_header(self.path)  # before anything is written: it may be somebody else's file
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
            self._sequence = last_sequence(self.path)
        else:
            write_whole(file, header_line(self._clock()))

    def _warn(self, what: str, *, stacklevel: int = 3) -> None:
        warnings.warn(f"{self.path}: {what}", LogWarning, stacklevel=stacklevel)
