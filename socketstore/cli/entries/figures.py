"""What a session is made of: how many entries of which kind, how large, how fast, and when there were none."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite

from socketstore.cli.entries.raw import RawEntry

PAUSES = 3  # the longest ones that are named
MOMENT = 0.001  # seconds; a session that took less has no rate, and no pause is shorter


@dataclass(slots=True)
class Share:
    """The entries that have something in common.

    Attributes:
        count: how many there are.
        size: their bytes, as JSON.
    """

    count: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        """Count one more."""
        self.count += 1
        self.size += size


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """A time in which nothing was recorded.

    Attributes:
        seconds: how long it was.
        after: the number of the entry before it.
        at: the Unix time of that entry.
    """

    seconds: float
    after: int
    at: float


@dataclass(slots=True)
class Figures:
    """The figures of a session.

    Attributes:
        whole: all entries.
        kinds: by kind.
        types: actions, by tag.
        times: the Unix time of each entry that has one: other programs may have written NaN or Infinity.
        largest: the size in bytes of the largest entry, and its number.
        pauses: the longest ones, the longest first.
    """

    whole: Share = field(default_factory=Share)
    kinds: dict[str, Share] = field(default_factory=dict)
    types: dict[str, Share] = field(default_factory=dict)
    times: array[float] = field(default_factory=lambda: array("d"))
    largest: tuple[int, int] = (0, 0)
    pauses: list[Pause] = field(default_factory=list)

    @property
    def began(self) -> float:
        """The Unix time of the first entry."""
        return min(self.times, default=0.0)

    @property
    def seconds(self) -> float:
        """The time from the first entry to the last one."""
        return max(self.times, default=0.0) - self.began

    def rate(self, count: int) -> float | None:
        """Return how many that is in a second; `None` for a session that took no time."""
        return count / self.seconds if self.seconds >= MOMENT else None

    def histogram(self, columns: int) -> list[int]:
        """Return how many entries there are in each of so many equal parts of the session's time."""
        counts = [0] * columns
        began = self.began / 2  # halves: between two times there may be more seconds than a float can be
        half = max(self.times, default=0.0) / 2 - began or 1.0
        for at in self.times:
            counts[min(int((at / 2 - began) / half * columns), columns - 1)] += 1
        return counts


def figures_of(entries: Iterable[RawEntry]) -> Figures:
    """Count the entries of a session."""
    figures, previous, pauses = Figures(), None, list[Pause]()
    for entry in entries:
        _count(figures, entry)
        if not isfinite(entry.at):
            continue
        figures.times.append(entry.at)
        if previous is not None:
            _keep_longest(pauses, Pause(entry.at - previous.at, previous.sequence, previous.at))
        previous = entry
    figures.pauses = sorted(pauses, reverse=True)
    return figures


def _count(figures: Figures, entry: RawEntry) -> None:
    size = len(entry.text)
    figures.whole.add(size)
    figures.kinds.setdefault(entry.kind, Share()).add(size)
    if (tag := entry.type) is not None:
        figures.types.setdefault(tag, Share()).add(size)
    if size > figures.largest[0]:
        figures.largest = size, entry.sequence


def _keep_longest(pauses: list[Pause], pause: Pause) -> None:
    if pause.seconds < MOMENT:  # or a clock that was set back
        return
    if len(pauses) < PAUSES:
        heapq.heappush(pauses, pause)
    else:
        heapq.heappushpop(pauses, pause)


BARS = " ▁▂▃▄▅▆▇█"


def sparkline(counts: Sequence[int]) -> str:
    """Draw counts as bars on one line; only nothing is a space."""
    highest = max(counts, default=0) or 1
    return "".join(BARS[-(-count * (len(BARS) - 1) // highest)] for count in counts)
