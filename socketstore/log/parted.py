"""A log in several files that follow each other; in one, as long as nobody rotates it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from socketstore.errors import LogCorrupted, LogError, LogUnavailable, LogVersionError, UsageError
from socketstore.log.compacting import last_snapshot
from socketstore.log.files import translated
from socketstore.log.parts import OpenPart, Parts, earlier_parts, full_parts, is_missing, refuse_beside_parts
from socketstore.log.rotation import Rotation
from socketstore.log.storage import Compacted, Line, Lines, Mode, Part


class PartedStorage:
    """All files of a log as one; see `Storage`.

    Args:
        path: the file that is being written; the others have a number in their names.
        mode: ``"r"`` reads, ``"a"`` appends (and makes the file), ``"x"`` makes a new log, ``"w"`` begins anew.
        open_part: opens one file.
        clock: gives the Unix time, for headers and for the age of a file.
        rotation: when to go on in a new file. ``None``: never.

    Raises:
        LogUnavailable: a file cannot be opened in this way.
        LogCorrupted: it is no log.
        LogVersionError: it is of a newer version.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode,
        *,
        open_part: OpenPart,
        clock: Callable[[], float],
        rotation: Rotation | None = None,
    ) -> None:
        self.path = path
        self._open_part = open_part
        self._clock = clock
        self._rotation = rotation
        self._parts = Parts(path, open_part)
        self._writing: Part | None = None
        part = self._reading() if mode == "r" else self._begin(mode)
        self.version = part.version
        self._last = part.last
        self._may_write = mode != "r"

    @property
    def first(self) -> int:
        """The number of the first entry that is still there."""
        current = self._parts.current()
        if current and current.first == 1:
            return 1
        return next((part.first for part in self._parts.all()), self.last + 1)

    @property
    def beginnings(self) -> int:
        """See `WholeStorage`."""
        return self._parts.beginnings

    @property
    def last(self) -> int:
        """The number of the last entry; no count beside that of the file, which an interrupt could leave behind."""
        return self._last if self._writing is None else self._writing.last

    def write(self, lines: bytes, first: int, last: int) -> None:
        """Add entries, in a new file if the present one is full; see `Storage.write`."""
        part = self._opened()
        if self._is_due(part, len(lines)):
            part = self._rotate(part, first)
        part.write(lines, first, last)

    def sync(self) -> None:
        """Bring them to the disk; see `Storage.sync`."""
        self._opened().sync()

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the entries; see `Storage.lines`."""
        return self._parts.read(after, lambda part, before: part.lines(before))

    def blocks(self, after: int = 0, *, begun: bool = False) -> Iterator[Lines]:
        """Yield the entries, many at once; see `WholeStorage.blocks`."""
        return self._parts.read(after, lambda part, before: part.blocks(before), begun=begun)

    def tail(self, after: int) -> Iterator[Line]:
        """Yield the whole ones; see `Storage.tail`."""
        return self._parts.read(after, lambda part, before: part.tail(before), begun=after > 0)

    def compact(self) -> Compacted:
        """Drop what stands before the last snapshot that holds a state.

        Raises:
            UsageError: there is none.
            LogUnavailable: the log is not open for writing, or could not be written.
        """
        self._opened()
        parts = self._parts.all()
        part, sequence = last_snapshot(parts, self.path)
        earlier = earlier_parts(self.path, part.path)
        if sequence == part.first and not earlier:
            return Compacted(first=sequence, dropped=0, freed=0)
        before = self._bytes()
        self._release()  # whoever writes may hold what is to be replaced
        part.begin_with(sequence)  # from here on what is earlier does not count
        self._remove(earlier)
        self._parts.forget(part.path)
        return Compacted(first=sequence, dropped=sequence - parts[0].first, freed=max(before - self._bytes(), 0))

    def disown(self) -> None:
        """Let go of the parent's file; see `Storage.disown`."""
        self._may_write = False
        if self._writing is not None:
            self._writing.disown()

    def close(self) -> None:
        """Let go of the file; harmless when closed already."""
        self._may_write = False
        self._release()

    def _release(self) -> None:
        if self._writing is not None:
            writing, self._last, self._writing = self._writing, self._writing.last, None
            writing.close()

    def _reading(self) -> Part:
        try:
            return self._open_part(self.path, "r", created=0.0)
        except LogUnavailable as error:
            if not is_missing(error, self.path) or not self.path.parent.exists():
                raise
            with translated("read", self.path):
                parts = self._parts.all()
            if not parts:
                raise
            return parts[-1]  # a rotation was stopped before the new file was there, or goes on just now

    def _begin(self, mode: Mode) -> Part:
        if mode == "x":
            refuse_beside_parts(self.path)
        with translated("open", self.path):
            full = [path for _, path in full_parts(self.path)]
        if mode == "w" and full:
            self._remove_unless_held(full)
            full = []
        self._writing = self._to_append() if mode == "a" else self._open_part(self.path, mode, created=self._now())
        return self._writing

    def _to_append(self) -> Part:
        """Open the file; anew if it was just being rotated, and was made with numbers that are taken."""
        while True:
            self._parts.forget(self.path)
            first = self._parts.last_of_full() + 1 if self._parts.current() is None else 1
            part = self._open_part(self.path, "a", created=self._now(), first=first)
            with _closed_if_raised(part):
                if not self._is_taken(part):
                    return part
                self._discard(part)

    def _discard(self, part: Part) -> None:
        with translated("open", self.path):
            self.path.unlink()  # nothing is in it; who opens it just now notices that it is gone
        part.close()

    def _is_taken(self, part: Part) -> bool:
        with suppress(LogError):  # a full file that is damaged holds nothing up
            return part.last < part.first <= self._parts.last_of_full()
        return False

    def _now(self) -> float:
        now = self._clock()
        if isinstance(now, bool) or not isinstance(now, (int, float)) or not abs(now) < math.inf:
            message = f"got a clock that says {now!r}; expected a number of seconds since 1970, as of time.time"
            raise UsageError(message)
        return now

    def _remove_unless_held(self, full: list[Path]) -> None:
        with ExitStack() as held:
            with suppress(LogCorrupted, LogVersionError):  # which are found when nobody else writes to it
                held.enter_context(closing(self._open_part(self.path, "a", created=self._now())))
            self._remove(full)

    def _opened(self) -> Part:
        if not self._may_write:
            message = f"{self.path} is not open for writing; open it with open_log(path, mode='a')"
            raise LogUnavailable(message)
        if self._writing is None:  # a rotation came to no end, or the log was compacted
            self._writing = self._reopened()
        return self._writing

    def _reopened(self) -> Part:
        """Open the file again; meanwhile others may have written to it, whose entries have the next numbers."""
        part = self._to_append()
        with _closed_if_raised(part):
            if part.last == self._last:
                return part
            message = (
                f"{self.path} ends with entry {part.last}, and ended with entry {self._last} before a rotation or "
                "compact() let go of it: another program has written to it; close this log, and open it again"
            )
            raise LogUnavailable(message)

    def _is_due(self, part: Part, more: int) -> bool:
        if self._rotation is None or self.last < part.first:
            return False
        return self._rotation.is_due(size=part.size + more, age=self._clock() - part.created)

    def _rotate(self, part: Part, first: int) -> Part:
        part.check()  # or the name leads to what belongs to another log
        created = self._now()
        with translated("rotate", self.path):
            full = self._parts.next_full(part)
        self._last, self._writing = part.last, None  # which is opened anew if this is stopped
        try:
            self._writing = fresh = part.rotate(full, created=created, first=first)
        finally:
            if self._writing is not part:
                part.close()  # a traceback may keep it, and its lock, for long
        if self._is_taken(fresh):  # others have gone on, and rotated, before the new file was there
            self._discard(fresh)
            self._writing = None
        self._remove_old()
        return self._opened()

    def _remove_old(self) -> None:
        keep = self._rotation.keep if self._rotation else None
        if keep is not None:
            full = [path for _, path in full_parts(self.path)]
            self._remove(full[: max(len(full) - keep, 0)])

    def _remove(self, paths: list[Path]) -> None:
        with translated("remove parts of", self.path):
            for path in paths:  # oldest first: what is left is always the end of the log
                path.unlink(missing_ok=True)
                self._parts.forget(path)

    def _bytes(self) -> int:
        paths = itertools.chain((path for _, path in full_parts(self.path)), [self.path])
        return sum(path.stat().st_size for path in paths if path.exists())


@contextmanager
def _closed_if_raised(part: Part) -> Iterator[None]:
    """Let go of a file that nobody else has yet, if something is raised: a traceback may keep it, and its lock."""
    try:
        yield
    except BaseException:
        part.close()
        raise
