"""The files of one log, read as one: those that are full, by their numbers, and the one that is being written."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from socketstore.errors import LogError, LogUnavailable, LogWarning
from socketstore.log.files import translated
from socketstore.log.lines import sequence_of
from socketstore.log.storage import EntriesGone, Line, Lines, Mode, Part
from socketstore.sockets.program import level_of_the_program

L = TypeVar("L", Line, Lines)

UNBEGUN = 2**62
"""Stands for the first number of a file that has no header yet."""


class OpenPart(Protocol):
    """Opens one file; the class of a storage does."""

    def __call__(self, path: Path, mode: Mode, *, created: float, first: int = 1) -> Part:
        """Open it."""
        ...


def full_parts(path: Path) -> list[tuple[int, Path]]:
    """Return the full files of a log with their numbers, oldest first."""
    name = re.compile(rf"{re.escape(path.stem)}\.(\d{{6,}}){re.escape(path.suffix)}")
    found = ((name.fullmatch(other.name), other) for other in path.parent.iterdir())
    return sorted((int(match[1]), other) for match, other in found if match)


def refuse_beside_parts(path: Path) -> None:
    """Refuse to make a new log where full files of another one would count as its own.

    Raises:
        LogUnavailable: there are some.
    """
    with translated("open", path):
        full = full_parts(path)
    if full:
        message = (
            f"could not open the log {path}: {full[-1][1].name} exists, a part of it; choose another name, or "
            "mode='a' to append to it"
        )
        raise LogUnavailable(message)


def earlier_parts(path: Path, part: Path) -> list[Path]:
    """Return the full files before one of the files of a log, also those that do not count any more; oldest first."""
    full = [other for _, other in full_parts(path)]
    return full[: full.index(part)] if part in full else full


class Parts:
    """The files of one log, for reading. Another program may rotate or compact it meanwhile.

    Args:
        path: the file that is being written.
        open_part: opens one file.

    Attributes:
        beginnings: how often it was seen that the log had been begun anew.
    """

    def __init__(self, path: Path, open_part: OpenPart) -> None:
        self.beginnings = 0
        self._newest: Part | None = None  # the file that was being written when it was looked at last
        self._path = path
        self._open = open_part
        self._known: dict[Path, tuple[Part, object]] = {}

    def current(self) -> Part | None:
        """Return the file that is being written, if it is there and has begun."""
        part = self._look_at(self._path)
        return part if part and part.first < UNBEGUN else None

    def all(self) -> list[Part]:
        """Return the files that count, oldest first; the later of two that begin alike, see `Part.rotate`."""
        begun = {part.first: part for part in self._of_one_moment() if part and part.first < UNBEGUN}
        parts = [part for _, part in sorted(begun.items())]
        begins = max((index for index, part in enumerate(parts) if part.compacted), default=0)
        return parts[begins:]

    def next_full(self, part: Part) -> Path:
        """Return how the entries of the file that is being written are to be called when it is full."""
        number, newest = max(full_parts(self._path), default=(0, None))
        if newest and self._is_copy(newest, part):
            return newest  # a rotation was stopped before they were dropped under the present name
        return self._path.with_name(f"{self._path.stem}.{number + 1:06}{self._path.suffix}")

    def last_of_full(self) -> int:
        """Return the number of the last entry in a full file, 0 if there is none."""
        parts = (self._look_at(path) for _, path in reversed(full_parts(self._path)))
        return next((part.last for part in parts if part and part.first < UNBEGUN), 0)

    def _is_copy(self, path: Path, part: Part) -> bool:
        try:
            full = self._look_at(path)
        except LogError:  # it is damaged, or no log: it stays as it is, and holds nothing up
            return False
        return full is not None and (full.first, full.created) == (part.first, part.created)

    def _of_one_moment(self) -> list[Part | None]:
        """Look at all files; anew if one was renamed meanwhile, for it would not be among them by either name."""
        full = full_parts(self._path)
        while True:
            found = [self._look_at(path) for _, path in full] + [self._look_again()]
            listed, full = full, full_parts(self._path)
            if listed == full:
                return found

    def forget(self, path: Path) -> None:
        """Look at a file anew before it is read again."""
        self._known.pop(path, None)

    def read(self, after: int, lines: Callable[[Part, int], Iterator[L]], *, begun: bool = False) -> Iterator[L]:
        """Yield the entries of all files from a number on, also while they change their names.

        Args:
            after: the number of the entry before.
            lines: `Part.lines`, `Part.blocks` or `Part.tail`.
            begun: that entry has been read, and the next one must be there.

        Where a file between two others is gone a `LogWarning` says which entries are missing.

        Raises:
            LogUnavailable: entries that were to come next have been dropped, or a file cannot be read.
        """
        line: L | None = None
        part: Part | None = self._holding(after + 1, begun=begun)
        ahead: list[Part] = []
        while part:
            before = _number(line, after)
            try:
                for line in lines(part, before):
                    yield line
            except LogUnavailable as error:
                if not (is_missing(error, part.path) or isinstance(error, EntriesGone)):
                    raise
                self.forget(part.path)
                if begun or line is not None:
                    self._refuse_another_log(part)
                part, ahead = self._holding(_number(line, after) + 1, begun=begun or line is not None), []
            else:
                if len(ahead) < 2:  # the last of them may have become full meanwhile, and others stand behind it
                    ahead = self._behind(part, _number(line, after), begun=begun or line is not None)
                self._warn_of_gap(_number(line, after), ahead)
                part, ahead = (ahead[0], ahead[1:]) if ahead else (None, [])

    def _look_at(self, path: Path) -> Part | None:
        known, file = self._known.get(path), None if path == self._path else _identity(path)
        if known and known[0].first < UNBEGUN and known[1] == file:
            return known[0]
        try:
            part = self._open(path, "r", created=0.0, first=UNBEGUN)
        except LogUnavailable as error:
            if not is_missing(error, path):
                raise
            return None
        self._known[path] = part, file
        if path == self._path and part.first < UNBEGUN:
            before, self._newest = self._newest, part
            self.beginnings += before is not None and _is_another_log(part, before)
        return part

    def _look_again(self) -> Part | None:
        """Look at the file that is being written, which may be another one by now."""
        before, _ = self._known.pop(self._path, (None, None))
        now = self._look_at(self._path)
        if before and now and before.first == now.first:
            self._known[self._path] = before, None  # it knows its way about
            return before
        return now

    def _holding(self, sequence: int, *, begun: bool) -> Part:
        current = self.current()
        if current and current.first <= sequence:
            return current
        parts = self.all()
        if not parts:
            return self._open(self._path, "r", created=0.0, first=UNBEGUN)  # it says what is wrong
        self._refuse_gap(parts, sequence, begun=begun)
        return next((part for part in reversed(parts) if part.first <= sequence), parts[0])

    def _behind(self, part: Part, last: int, *, begun: bool) -> list[Part]:
        if part.path == self._path:
            return []
        parts = self.all()
        self._refuse_gap(parts, last + 1, begun=begun)
        return [other for other in parts if other.first > part.first]

    def _warn_of_gap(self, last: int, ahead: list[Part]) -> None:
        if ahead and ahead[0].first > last + 1:
            missing = f"entries {last + 1} to {ahead[0].first - 1} are missing"
            what = f"{self._path}: {missing}: a file of this log was taken away"
            warnings.warn(what, LogWarning, stacklevel=level_of_the_program())

    def _refuse_another_log(self, part: Part) -> None:
        current = self.current()
        if current and _is_another_log(current, part):
            raise begun_anew(self._path)

    def _refuse_gap(self, parts: list[Part], sequence: int, *, begun: bool) -> None:
        if begun and parts and parts[0].first > sequence:
            message = (
                f"could not read the log {self._path}: entries {sequence} to {parts[0].first - 1} were dropped while "
                "it was read; read it again from its beginning"
            )
            raise LogUnavailable(message)


def begun_anew(path: Path) -> LogUnavailable:
    """Return the error of one who reads on in a log that is another one by now."""
    message = (
        f"could not read on in the log {path}: it was begun anew while it was read; read it again from its beginning"
    )
    return LogUnavailable(message)


def _is_another_log(now: Part, before: Part) -> bool:
    """Tell whether a file does not go on with a log, as one does that came of a rotation or was compacted."""
    return now.first <= before.first and now.created != before.created and not math.isnan(now.created)


def is_missing(error: LogUnavailable, path: Path) -> bool:
    """Tell whether a file was not there, also if it is by now: a rotation has made it anew."""
    cause = error.__cause__
    return isinstance(cause, FileNotFoundError) or (not isinstance(cause, PermissionError) and not path.exists())


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Tell a file that is full, and so does not change, from another one of its name: the log may have begun anew."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _number(line: Line | Lines | None, otherwise: int) -> int:
    return otherwise if line is None else sequence_of(line.text) or otherwise
