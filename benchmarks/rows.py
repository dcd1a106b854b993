"""What a row of the table is, and how one is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from benchmarks.measure import Comparison, Side, compare

Prepare = Callable[[int], AbstractContextManager[tuple[Side, Side]]]
"""From the number of items to the two sides, ours first; what they need (a server, a file) lives that long."""


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

    def measure(self, size: int, runs: int) -> Comparison | NotMeasured:
        """Compare the two sides, or return the reason why that is not possible here."""
        try:
            with self.prepare(size) as (ours, peer):
                return compare(ours, peer, runs)
        except NotMeasured as reason:
            return reason


def not_built(name: str, what: str, against: str, target: float) -> Row:
    """Make a row for something that is designed and does not exist yet."""

    @contextmanager
    def prepare(_: int) -> Iterator[tuple[Side, Side]]:
        raise NotMeasured("not built yet")
        yield  # makes it a generator

    return Row(name, what, against, target, prepare)
