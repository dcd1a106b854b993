"""What a row of the table is, and how one is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.measure import Comparison, Side, compare, joined, side

Prepare = Callable[[int], AbstractContextManager[tuple[Side, Side]]]
"""From the number of items to the two sides, ours first; what they need (a server, a file) lives that long."""

Program = Callable[[int], AbstractContextManager[Side]]
"""From the number of items to one side, in a process of its own that lives that long."""

Job = Callable[[], object]


class NotMeasured(Exception):
    """A row cannot be measured here; its text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        name: for ``--only``.
        what: what is measured.
        against: the peer.
        target: the ratio that it may have at most; ``None`` where the row is only for information.
        prepare: makes the two sides.
        size: how many items one run handles.
        network: the peer has to be installed first.
    """

    name: str
    what: str
    against: str
    target: float | None
    prepare: Prepare
    size: int = 0
    network: bool = False

    @property
    def quick_size(self) -> int:
        return max(self.size // 20, 1)

    def measure(self, size: int, runs: int, rounds: int = 1) -> Comparison | NotMeasured:
        """Compare the two sides, or return the reason why that is not possible here.

        Args:
            size: how many items one run handles.
            runs: how many pairs of runs there are in a round.
            rounds: how often both sides are made anew: objects lie elsewhere, processes have other hash seeds.
        """
        try:
            return joined([self._round(size, runs) for _ in range(rounds)])
        except NotMeasured as reason:
            return reason

    def _round(self, size: int, runs: int) -> Comparison:
        with self.prepare(size) as (ours, peer):
            return compare(ours, peer, runs)


def in_one_process(ours: Callable[[int], Job], peer: Callable[[int], Job]) -> Prepare:
    """Compare two functions that handle so many items, both in this process."""

    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        yield side(ours(size), size), side(peer(size), size)

    return prepare


def in_two_processes(ours: Program, peer: Program) -> Prepare:
    """Compare two programs, each in a process of its own, so that neither carries what only the other needs."""

    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with ExitStack() as running:
            theirs = running.enter_context(peer(size))  # the one that may not be there
            yield running.enter_context(ours(size)), theirs

    return prepare
