"""An entry as JSON: what every log holds, whether or not its action classes can be imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from socketstore.codec import short
from socketstore.errors import LogCorrupted
from socketstore.log.kinds import KINDS
from socketstore.log.lines import fields_of
from socketstore.log.log import Log
from socketstore.log.parts import full_parts
from socketstore.log.storage import Line

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with how much is done, and how much there is."""

KIND_NAMES = ("action", *KINDS)
"""How kinds of entries are called in a file."""

STEP = 1_000  # entries between two calls of a progress


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry.

    Attributes:
        sequence: its number.
        at: the Unix time in seconds at which it was recorded.
        kind: as it stands in the file.
        fields: the whole JSON object.
        text: the same as it stands in the file, without an end of line.
    """

    sequence: int
    at: float
    kind: str
    fields: Mapping[str, Any]
    text: bytes

    @property
    def type(self) -> str | None:
        """The tag of an action; of any other entry `None`."""
        action = self.fields.get("action")
        return str(action.get("type")) if self.kind == "action" and isinstance(action, Mapping) else None


def raw_entry(line: Line, source: str) -> RawEntry:
    """Read a line.

    Raises:
        LogCorrupted: it is no entry.
    """
    match fields_of(line.text, line.place, source):
        case {"kind": str(kind), "sequence": int(sequence), "at": int() | float() as at} as fields if _is_float(at):
            return RawEntry(sequence, at, kind, fields, line.text.rstrip(b"\r\n"))
    message = f"{source}, line {line.place}: {short(line.text)} is no entry: it lacks a kind, a sequence or a time"
    raise LogCorrupted(message, line=line.place)


def _is_float(at: float) -> bool:
    """Tell whether a number can be one: JSON knows whole numbers of any size."""
    return isinstance(at, float) or abs(at) <= sys.float_info.max


def raw_entries(log: Log, *, after: int = 0, progress: Progress | None = None) -> Iterator[RawEntry]:
    """Yield the entries of a log whose number is greater than `after`.

    Raises:
        LogCorrupted: an entry cannot be read.
        LogUnavailable: the file cannot be read.
    """
    source = str(log.path)
    for line in raw_lines(log, after=after, progress=progress):
        entry = raw_entry(line, source)
        if entry.sequence > after:
            yield entry


def start_of(log: Log) -> float | None:
    """Return the Unix time of the first entry; `None` if there is none."""
    return next((entry.at for entry in raw_entries(log)), None)


def last_number(log: Log) -> int:
    """Return the number of the last whole entry; 0 if there is none."""
    return log.last


def size_of(log: Log) -> int:
    """Return how many bytes the files of a log have; there are several if it was rotated."""
    paths = [*(path for _, path in full_parts(log.path)), log.path]
    return sum(path.stat().st_size for path in paths if path.exists())


def raw_lines(log: Log, *, after: int = 0, progress: Progress | None = None) -> Iterator[Line]:
    """Yield the lines of a log, as `Log.lines` does, and tell of it."""
    if progress is None:
        yield from log.lines(after)
        return
    total, done = size_of(log), 0
    for number, line in enumerate(log.lines(after)):
        done += len(line.text)
        if number % STEP == 0:
            progress(min(done, total), total)
        yield line
    progress(total, total)
