"""A bounded number of states, from each of which those behind it can be made."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic

from socketstore.errors import UsageError
from socketstore.log.beginning import Checkpoint
from socketstore.store.types import S


class Checkpoints(Generic[S]):
    """Checkpoints in the order of their numbers; the first is always there.

    One thread may change them while others ask.

    Args:
        first: the beginning.
        every: how many entries lie between two.
        most: how many there may be.

    Raises:
        UsageError: one of the numbers is too small.
    """

    def __init__(self, first: Checkpoint[S], every: int, most: int) -> None:
        _check("every", every, 1)
        _check("checkpoints", most, 2)
        self.every = every
        self._most = most
        self._all = [first]  # nothing is taken out of it, but it replaced: others may be looking at it

    def __len__(self) -> int:
        return len(self._all)

    @property
    def due(self) -> int:
        """The number from which on the next one is wanted."""
        return self._all[-1].sequence + self.every

    def add(self, sequence: int, state: S) -> None:
        """Add one behind the others; if there are too many now, drop every other one."""
        self._all.append(Checkpoint(sequence, state))
        if len(self._all) > self._most:
            self.every *= 2
            self._all = self._all[::2]

    def forget_behind(self, sequence: int) -> None:
        """Drop those that stand behind an entry."""
        self._all = self._all[: bisect_right(self._all, sequence, key=_sequence)]

    @property
    def first(self) -> Checkpoint[S]:
        """The beginning."""
        return self._all[0]

    def before(self, sequence: int) -> Checkpoint[S]:
        """Return the last one that does not stand behind an entry."""
        found = self._all
        return found[bisect_right(found, sequence, key=_sequence) - 1]

    def behind(self, sequence: int) -> int | None:
        """Return the number of the first one that stands behind an entry, if there is one."""
        found = self._all
        index = bisect_right(found, sequence, key=_sequence)
        return found[index].sequence if index < len(found) else None

    def last_without(self, holds: Callable[[Checkpoint[S]], bool], end: int) -> Checkpoint[S]:
        """Return the last one for which something does not hold that holds for all behind it, and not for the first.

        Args:
            holds: tells whether it does.
            end: none behind this entry counts.
        """
        found = self._all
        return found[bisect_left(found, x=True, lo=1, hi=bisect_right(found, end, key=_sequence), key=holds) - 1]


_sequence = attrgetter("sequence")


def _check(name: str, number: Any, least: int) -> None:
    if type(number) is not int or number < least:
        message = f"got {name}={number!r}; expected {least} or more"
        raise UsageError(message)
