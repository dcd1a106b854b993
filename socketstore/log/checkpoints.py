"""A bounded number of states, from each of which those behind it can be made."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, Generic

from socketstore.errors import UsageError
from socketstore.log.beginning import Checkpoint
from socketstore.store.types import S


class Checkpoints(Generic[S]):
    """Checkpoints in the order of their numbers; the first is always there.

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
        self._numbers = [first.sequence]
        self._states = [first.state]

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Checkpoint[S]:
        return Checkpoint(self._numbers[index], self._states[index])

    @property
    def due(self) -> int:
        """The number from which on the next one is wanted."""
        return self._numbers[-1] + self.every

    def add(self, sequence: int, state: S) -> None:
        """Add one behind the others; if there are too many now, drop every other one."""
        self._numbers.append(sequence)
        self._states.append(state)
        if len(self._numbers) > self._most:
            self.every *= 2
            del self._numbers[1::2], self._states[1::2]

    def before(self, sequence: int) -> Checkpoint[S]:
        """Return the last one that does not stand behind an entry."""
        return self[bisect_right(self._numbers, sequence) - 1]

    def behind(self, sequence: int) -> int | None:
        """Return the number of the first one that stands behind an entry, if there is one."""
        index = bisect_right(self._numbers, sequence)
        return self._numbers[index] if index < len(self._numbers) else None

    def last_without(self, holds: Callable[[Checkpoint[S]], bool]) -> Checkpoint[S]:
        """Return the last one for which something does not hold that holds for all behind it, and not for the first."""
        return self[bisect_left(range(len(self)), x=True, lo=1, key=lambda index: holds(self[index])) - 1]


def _check(name: str, number: Any, least: int) -> None:
    if type(number) is not int or number < least:
        message = f"got {name}={number!r}; expected {least} or more"
        raise UsageError(message)
