"""CPU time of alternated runs, and what two sides are to one another."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
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
        return min(self.ratios), max(self.ratios)

    @property
    def medians(self) -> tuple[float, float]:
        """The median of each side in seconds per item; their quotient need not be `ratio`."""
        return median(self.ours), median(self.peer)


def compare(ours: Side, peer: Side, runs: int) -> Comparison:
    """Run the two sides in turn, ours first, `runs` times each, after one round that does not count."""
    ours()
    peer()
    pairs = [(ours(), peer()) for _ in range(runs)]
    return Comparison(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def side(job: Callable[[], object], items: int) -> Side:
    """Make a side of a function of this process that handles so many items."""
    return lambda: cpu_seconds(job) / items


def cpu_seconds(job: Callable[[], object]) -> float:
    """Return the CPU time, user and system, that this process spends in a function. Collects garbage before."""
    gc.collect()
    start = time.process_time()
    job()
    return time.process_time() - start
