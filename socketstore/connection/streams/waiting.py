"""Messages that wait until their stream can go on, bounded over all streams of a connection."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits.

    Attributes:
        position: where its stream stands after it; ``None`` without an ordering.
        serial: tells which message of the socket it was made of.
        action: what was made of it.
        raw: the message as it came.
    """

    position: Any
    serial: int
    action: Any
    raw: str | bytes


class Room:
    """How much may wait, over all streams of a connection.

    Attributes:
        messages: how many messages wait.
        size: their size.
    """

    def __init__(self, max_messages: float, max_bytes: float) -> None:
        self.messages = 0
        self.size = 0
        self._max_messages = max_messages
        self._max_bytes = max_bytes

    def add(self, sign: int, held: Held) -> None:
        """Count a message that comes (1) or goes (-1)."""
        self.messages += sign
        self.size += sign * len(held.raw)

    @property
    def overflows(self) -> bool:
        """Whether more waits than may."""
        return self.messages > self._max_messages or self.size > self._max_bytes

    def share(self, waiting: Waiting) -> float:
        """Return how much of what may wait one stream takes."""
        return len(waiting) / self._max_messages + waiting.size / self._max_bytes


class Waiting:
    """What waits of one stream: by position if positions can be compared, else as it came.

    Args:
        room: counts it, with that of other streams.
        ordered: positions can be compared.

    Attributes:
        size: of what waits.
    """

    def __init__(self, room: Room, *, ordered: bool) -> None:
        self._room = room
        self._ordered = ordered
        self._held: deque[Held] = deque()
        self._serials: dict[Any, int] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Held]:
        return iter(self._held)

    @property
    def first(self) -> Held | None:
        """The one whose turn is next."""
        return self._held[0] if self._held else None

    @property
    def last(self) -> Held | None:
        """The newest one."""
        return self._held[-1] if self._held else None

    @property
    def overflows(self) -> bool:
        """Whether more waits, of all streams, than may."""
        return self._room.overflows

    def knows(self, held: Held) -> bool:
        """Tell whether another message at this position waits already."""
        return held.position is not None and self._serials.get(held.position, held.serial) != held.serial

    def add(self, held: Held) -> None:
        """Keep a message in its place."""
        self._room.add(1, held)
        self.size += len(held.raw)
        self._serials[held.position] = held.serial
        last = self.last
        if not self._ordered or last is None or held.position >= last.position:
            self._held.append(held)
        else:
            self._held.insert(bisect_right(self._held, held.position, key=lambda other: other.position), held)

    def take_first(self) -> Held:
        """Let the next one go."""
        held = self._held.popleft()
        self._serials.pop(held.position, None)
        self._room.add(-1, held)
        self.size -= len(held.raw)
        return held

    def clear(self) -> None:
        """Let all go."""
        while self._held:
            self._room.add(-1, self._held.popleft())
        self._serials.clear()
        self.size = 0
