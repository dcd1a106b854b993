"""CPU time of alternated runs, and what two sides are to one another. The standard library only."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

Side = Callable[[], float]
"""Does its work once and returns the CPU seconds that one item (a dispatch, a message) took."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The CPU seconds per item of both sides, run by run: `ours[i]` and `peer[i]` stood next to each other."""

    ours: tuple[float, ...]
    peer: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours to the peer's, pair by pair, so that what slows the machine for a while slows both sides of a pair."""
        return tuple(ours / peer for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """Where the middle half of the ratios lies; of three or fewer, the smallest and the largest."""
        ordered = sorted(self.ratios)
        outer = len(ordered) // 4
        return ordered[outer], ordered[-1 - outer]

    @property
    def medians(self) -> tuple[float, float]:
        """The median of each side in seconds per item; their quotient need not be `ratio`."""
        return median(self.ours), median(self.peer)


def compare(ours: Side, peer: Side, runs: int) -> Comparison:
    """Run each side so many times, in turn, after one round that does not count.

    Ours is first in one pair and second in the next: whatever comes second may profit, or suffer, from what the first
    left behind, in the caches or as heat.
    """
    ours()
    peer()
    pairs = [both(ours, peer) if index % 2 == 0 else both(peer, ours)[::-1] for index in range(runs)]
    return Comparison(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def both(first: Side, second: Side) -> tuple[float, float]:
    return first(), second()


def joined(comparisons: Iterable[Comparison]) -> Comparison:
    """Make one comparison of the pairs of several."""
    every = tuple(comparisons)
    return Comparison(
        tuple(seconds for one in every for seconds in one.ours), tuple(seconds for one in every for seconds in one.peer)
    )


def side(job: Callable[[], object], items: int) -> Side:
    """Make a side of a function of this process that handles so many items."""
    return lambda: cpu_seconds(job) / items


def cpu_seconds(job: Callable[[], object]) -> float:
    """Return the CPU time, user and system, that this process spends in a function. Collects garbage before."""
    gc.collect()
    start = time.process_time()
    job()
    return time.process_time() - start
