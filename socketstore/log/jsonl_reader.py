"""Reading a text file of entries, from its beginning or from a number on, while others may write it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from socketstore.errors import LogWarning
from socketstore.log.entries import VERSION
from socketstore.log.files import translated
from socketstore.log.headers import Header, check_header_line
from socketstore.log.lines import is_before, is_object
from socketstore.log.positions import Positions
from socketstore.log.storage import EntriesGone, Line, Lines, lines_of
from socketstore.sockets.program import level_of_the_program

TOGETHER = 65_536
"""Bytes up to which whole lines are read at once."""


class JsonLinesReader:
    """What of a `Storage` reads a ``.jsonl`` file.

    Args:
        path: the file.
        created: the Unix time in its header, as long as it has none.
        first: the number of its first entry, likewise.
    """

    def __init__(self, path: Path, *, created: float, first: int) -> None:
        self.path = path
        self.created, self.first = created, first
        self._take(None)
        self._positions = Positions()

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries; see `Storage.lines`."""
        return lines_of(self.blocks(after))

    def blocks(self, after: int = 0) -> Iterator[Lines]:
        """Yield the entries, many at once; see `Storage.blocks`."""
        for place, texts in self._all(after):
            unfinished = b"" if _is_whole(texts[-1]) else texts.pop()
            if texts:
                yield Lines(place, texts)
            if unfinished:
                self._warn(f"line {place + len(texts)}, {len(unfinished)} bytes, is unfinished and was passed over")

    def tail(self, after: int) -> Iterator[Line]:
        """Yield the whole ones; see `Storage.tail`."""
        lines = lines_of(self._all(after, comes_again=True))
        return (line for line in lines if _is_whole(line.text))

    def _all(self, after: int, *, comes_again: bool = False) -> Iterator[Lines]:
        """Yield what is there, with what is unfinished at the end; `comes_again`: a file may get its header later."""
        with translated("read", self.path), self.path.open("rb") as file:
            self._check(file.readline(), may_begin=comes_again or not self._begun)
            number = self._positions.seek(file, after)
            skipping = ended = True
            end = os.fstat(file.fileno()).st_size  # what comes while this is read would make it endless
            while ended and file.tell() < end and (texts := file.readlines(TOGETHER)):
                ended = texts[-1].endswith(b"\n")  # or it is the end, behind which the rest of a line may come by now
                skipped = _leading(number, texts, after) if skipping else 0
                skipping = skipped == len(texts)
                if not skipping:
                    yield Lines(number + skipped, texts[skipped:] if skipped else texts)
                number += len(texts)

    def _check(self, first: bytes, *, may_begin: bool) -> None:
        same = may_begin  # a file that had a header keeps it, but one that takes its place gets it a moment later
        if _is_whole(first):
            same = check_header_line(first, str(self.path)).is_of(self.first, self.created)
        if not same:
            message = f"{self.path} was rotated, compacted or begun anew; read it again"
            raise EntriesGone(message)

    def _take(self, header: Header | None) -> None:
        self.version, self.created, self.first, self.compacted = header or (VERSION, self.created, self.first, False)
        self.last, self._begun = self.first - 1, header is not None

    def _warn(self, what: str) -> None:
        warnings.warn(f"{self.path}: {what}", LogWarning, stacklevel=level_of_the_program())


def _leading(number: int, texts: list[bytes], after: int) -> int:
    """Return how many lines are passed over: the header, and entries that come too early."""
    header = int(number == 1 and _is_whole(texts[0]))
    return header + sum(1 for _ in takewhile(lambda text: is_before(text, after), texts[header:]))


def _is_whole(line: bytes) -> bool:
    return line.endswith(b"\n") or is_object(line)
