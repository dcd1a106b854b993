"""How far a stream has come in the order of its messages, and what waits to follow."""

from __future__ import annotations

from collections import deque
from typing import Any

from socketstore.connection.streams.joining import joined
from socketstore.connection.streams.ordering import REPEATED, Follows, Missing, Ordering, Verdict
from socketstore.connection.streams.waiting import Held, Room, Waiting

KEPT = 1_024
"""How many positions of a stream are remembered."""


class Progress:
    """How far a stream has come.

    Args:
        ordering: the order of its messages; without one, each follows on any other.
        room: how much may wait.

    Attributes:
        ordering: the same.
        position: all messages up to here are in the state; ``None``: it cannot be gone on from anywhere.
        floor: the newest that is known to exist: a snapshot from before it would make the stream older.
        waiting: what waits.
        at_start: nothing has been dispatched yet: what may come first of all follows.
    """

    def __init__(self, ordering: Ordering | None, room: Room) -> None:
        self.ordering = ordering
        self.position: Any = None
        self.floor: Any = None
        self.waiting = Waiting(room, ordered=ordering is not None and ordering.sorted)
        self.at_start = True
        self._known = Known() if ordering is not None and not ordering.sorted else None
        self._serial = 0

    def judge(self, action: Any) -> Verdict:
        """Judge a message after the position."""
        ordering = self.ordering
        if ordering is None:
            return Follows(None)
        verdict = ordering.check(self.position, action)
        if type(verdict) is Missing and self._known is not None and ordering.position(action) in self._known:
            return REPEATED
        return verdict

    def held(self, action: Any, raw: str | bytes, serial: int) -> Held:
        """Return a message with its position."""
        return Held(None if self.ordering is None else self.ordering.position(action), serial, action, raw)

    def move(self, position: Any, serial: int) -> None:
        """Stand at a position, after a message or a snapshot; without an order there is none to go on from."""
        self._serial, self.at_start = serial, False
        if self.ordering is None:
            return
        self.position = position
        if self._known is not None:
            self._known.add(position)
        if self.floor is not None and (self._known is not None or position > self.floor):
            self.floor = position

    def is_of_last(self, held: Held) -> bool:
        """Tell whether a message that came before is the last one itself, of which several actions were made."""
        return held.serial == self._serial and held.position == self.position

    def is_older(self, standing: Any, than: Any) -> bool:
        """Tell whether a position is known to come before another one."""
        if self.ordering is None or than is None:
            return False
        if self.ordering.sorted:
            return bool(standing < than)
        return bool(standing != than and self._known is not None and standing in self._known)

    @property
    def is_whole(self) -> bool:
        """Nothing is known of that has not been dispatched."""
        return not self.waiting and self.position is not None and not self.is_older(self.position, self.floor)

    def newer(self, standing: Any, *, pushed: bool) -> list[Held] | Missing | None:
        """Choose what is to follow a snapshot; see `joined`."""
        try:
            return joined(self.ordering, standing, tuple(self.waiting), pushed=pushed)
        except BaseException:
            self.drop_waiting()  # one of them would raise again
            raise

    def follower(self) -> Held | None:
        """Let the next one go that waits, if it follows; drop what waits and came before.

        Raises:
            Unjudged: the detector raised; the message has been let go.
        """
        while (held := self.waiting.first) is not None:
            try:
                verdict = self.judge(held.action)
            except Exception as error:
                self._lose(self.waiting.take_first())
                raise Unjudged(held, error) from error
            if isinstance(verdict, Missing):
                return None
            self.waiting.take_first()
            if isinstance(verdict, Follows) or self.is_of_last(held):
                return held
        return None

    def rebase(self, standing: Any) -> None:
        """A snapshot is put in the place of the state: what is known beyond it comes again."""
        self.waiting.clear()
        self.floor = None
        if self._known is not None and standing in self._known:
            self._known.clear()

    def drop_waiting(self) -> None:
        """Drop what waits: from now on only what is newer than all of it makes the stream complete."""
        last = self.waiting.last
        self.waiting.clear()
        if last is not None:
            self._lose(last)

    def _lose(self, held: Held) -> None:
        """Take note that nothing up to this message can make the stream complete."""
        if self.ordering is not None and self.ordering.sorted:
            self.floor = held.position if self.floor is None else max(self.floor, held.position)
        else:
            self.position = None

    def distrust(self) -> None:
        """The state is wrong at this position: nothing can be put on top of it."""
        self.floor, self.position = self.position, None

    def restart(self) -> None:
        """Positions begin anew."""
        self.waiting.clear()
        self.position = self.floor = None
        if self._known is not None:
            self._known.clear()

    def leave_socket(self) -> None:
        """Forget what means nothing on another socket."""
        if self.ordering is None or not self.ordering.lasting:
            self.at_start = False
            self.restart()
        self.waiting.clear()
        self.floor = None


class Unjudged(Exception):
    """A detector raised on a message that waited."""

    def __init__(self, held: Held, error: Exception) -> None:
        super().__init__(f"detect= raised {type(error).__name__}: {error}")
        self.held = held


class Known:
    """The last positions of a stream, where positions cannot be compared."""

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
