"""A damaged log made a whole one again, elsewhere: what is good is kept, and what is lost is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from socketstore.errors import LogCorrupted
from socketstore.log.drafts import whole
from socketstore.log.files import refuse_if_there, translated
from socketstore.log.opening import FORMATS, checked_path
from socketstore.log.parts import full_parts, refuse_beside_parts
from socketstore.log.salvaging import Piece, pieces_of_database, pieces_of_lines
from socketstore.log.storage import Part

PIECES: dict[str, Callable[[Path], Iterator[Piece]]] = {".jsonl": pieces_of_lines, ".db": pieces_of_database}

GROUP = 1_048_576
"""Bytes that are written at once."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A stretch of a log that could not be kept.

    Attributes:
        path: the file.
        place: where it begins: the number of the line, or in a database of the entry.
        until: where it ends, the last one that is damaged.
        after: the number of the good entry before it, 0 if there is none.
        lost: how many entries are missing, as far as the numbers around it tell; at least how many lines are damaged.
        problem: what is wrong with the first of them.
    """

    path: Path
    place: int
    until: int
    after: int
    lost: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What `repair` did.

    Attributes:
        kept: how many entries stand in the new log.
        lost: how many do not.
        places: where they were.
    """

    kept: int
    lost: int
    places: tuple[Damage, ...]


def repair(source: Path, target: Path, *, progress: Progress | None = None) -> Repaired:
    """Write every whole entry of a damaged log into a new one; they keep their numbers and their order.

    What cannot be read is left out, and told. A log without damage is copied. The source is never changed; the
    formats may differ; of a log in several files all are read.

    Args:
        source: the damaged log.
        target: the new one.
        progress: is called now and then with how many bytes have been read, and how many there are.

    Returns:
        How much was kept, and what was lost where.

    Raises:
        UsageError: a suffix is unknown.
        LogUnavailable: the source cannot be read, or the target is there already or cannot be written.
        LogCorrupted: the source holds no entry that can be read; perhaps it is no log.
        LogVersionError: it is of a newer version.
    """
    source, target = checked_path(source), checked_path(target)
    refuse_if_there(target)
    with translated("read", source):
        paths = [path for _, path in full_parts(source)] + ([source] if source.exists() else [])
        if not paths:
            source.stat()  # it says what is wrong
        refuse_beside_parts(target)
    with whole(target) as draft, closing(_Copying(draft)) as copying:
        return _copied(paths, copying, progress)


def _copied(paths: list[Path], copying: _Copying, progress: Progress | None) -> Repaired:
    total = sum(path.stat().st_size for path in paths)
    for path in paths:
        with translated("read", path):
            for piece in PIECES[path.suffix](path):
                copying.take(path, piece)
                if progress:
                    copying.tell(progress, total)
    return copying.finish()


@dataclass(slots=True)
class _Copying:
    """What has been kept and lost so far."""

    target: Path
    kept: int = 0
    last: int = 0
    read: int = 0
    told: int = 0
    places: list[Damage] = field(default_factory=list)
    waiting: list[bytes] = field(default_factory=list)
    size: int = 0
    part: Part | None = None
    damaged: Damage | None = None
    doubtful: tuple[Path, Piece, int] | None = None
    begins: dict[Path, int] = field(default_factory=dict)
    copied: int = 0

    def take(self, path: Path, piece: Piece) -> None:
        self.read += len(piece.text) + 1
        self._settle(piece.sequence)
        self._begin(path, piece.sequence)
        if piece.sequence is None:
            self._lose(path, piece, piece.problem)
        elif self.last < piece.sequence:
            self._take_next(path, piece, piece.sequence)
        elif piece.sequence > self.copied:
            self._lose(path, piece, f"entry {piece.sequence} stands behind entry {self.last}")

    def tell(self, progress: Progress, total: int) -> None:
        if self.read - self.told >= GROUP:
            self.told = self.read
            progress(min(self.read, total), total)

    def finish(self) -> Repaired:
        self._settle(None)
        self._end_damage(None)
        if self.places and not self.kept:
            damage = self.places[0]
            message = f"{damage.path} holds no entry that can be read, at {damage.place}: {damage.problem}"
            raise LogCorrupted(message, line=damage.place)
        self._write()
        self._opened(1).sync()
        return Repaired(kept=self.kept, lost=sum(place.lost for place in self.places), places=tuple(self.places))

    def close(self) -> None:
        """Let go of the new log."""
        if self.part is not None:
            self.part.close()

    def _begin(self, path: Path, sequence: int | None) -> None:
        """Notice a file that begins like an earlier one: that is its copy, as a rotation was stopped."""
        if sequence is not None and path not in self.begins:
            self.copied = self.last if sequence in self.begins.values() else 0
            self.begins[path] = sequence

    def _take_next(self, path: Path, piece: Piece, sequence: int) -> None:
        self.copied = 0  # what stands behind it was never copied
        if sequence == self.last + 1:
            self._keep(piece.text, sequence)
        else:
            self.doubtful = path, piece, sequence

    def _settle(self, following: int | None) -> None:
        """Keep an entry behind a gap, unless the next one shows that it is the number which is damaged."""
        if self.doubtful is None:
            return
        (path, piece, sequence), self.doubtful = self.doubtful, None
        if following is not None and self.last < following <= sequence:
            self._lose(path, piece, f"entry {sequence} stands before entry {following}")
        else:
            self._keep(piece.text, sequence)

    def _keep(self, text: bytes, sequence: int) -> None:
        self._end_damage(sequence)
        self._opened(sequence)
        if self.waiting and sequence != self.last + 1:
            self._write()  # a block of a database has no gaps
        self.waiting.append(text)
        self.size += len(text)
        self.kept, self.last = self.kept + 1, sequence
        if self.size >= GROUP:
            self._write()

    def _lose(self, path: Path, piece: Piece, problem: str) -> None:
        if self.damaged is not None and self.damaged.path == path:
            until, lost = piece.place + piece.entries - 1, self.damaged.lost + piece.entries
            self.damaged = replace(self.damaged, until=until, lost=lost)
            return
        self._end_damage(None)
        place, until = piece.place, piece.place + piece.entries - 1
        self.damaged = Damage(path=path, place=place, until=until, after=self.last, lost=piece.entries, problem=problem)

    def _end_damage(self, following: int | None) -> None:
        if self.damaged is not None:
            gap = following - self.last - 1 if following and self.last else 0
            self.places.append(replace(self.damaged, lost=max(gap, self.damaged.lost)))
            self.damaged = None

    def _opened(self, first: int) -> Part:
        if self.part is None:
            self.part = FORMATS[self.target.suffix](self.target, "x", created=time.time(), first=first)
        return self.part

    def _write(self) -> None:
        if self.waiting:
            lines = b"".join(text + b"\n" for text in self.waiting)
            self._opened(1).write(lines, self.last - len(self.waiting) + 1, self.last)
            self.waiting, self.size = [], 0
