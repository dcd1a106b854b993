"""Positions that were known shortly before, where positions cannot be compared."""

from __future__ import annotations

from collections import deque
from typing import Any

KEPT = 1_024
"""How many positions of a stream are remembered."""


class Known:
    """The last positions of a stream."""

    def __init__(self) -> None:
        self._order: deque[Any] = deque()
        self._set: set[Any] = set()

    def __contains__(self, position: Any) -> bool:
        return position in self._set

    def add(self, position: Any) -> None:
        """Remember a position, and forget the oldest one if there are too many."""
        if position in self._set:
            return
        self._set.add(position)
        self._order.append(position)
        if len(self._order) > KEPT:
            self._set.discard(self._order.popleft())

    def clear(self) -> None:
        """Forget all."""
        self._order.clear()
        self._set.clear()
