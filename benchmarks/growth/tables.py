"""A table of figures that belong together, and the machine's own noise in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

RUNS = 5


@dataclass(frozen=True, slots=True)
class Growth:
    """One table.

    Attributes:
        title: what it is about.
        headings: of its columns.
        rows: its lines, as text.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        lines = [self.headings, ["---:"] * len(self.headings), *self.rows]
        return f"### {self.title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def middle(measure: Callable[[], float], runs: int = RUNS) -> float:
    """Return the median of several measurements, after one that does not count."""
    measure()
    return median(measure() for _ in range(runs))


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} µs"


def milli(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms"


def mega(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


def powers(first: int, last: int) -> Iterable[int]:
    """Return the powers of ten from 10 to the power of `first` up to that of `last`."""
    return (10**power for power in range(first, last + 1))
