"""Which episode a client gets: each has a seat, and who sits down on one that is free goes on where it was left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from socketstore.testing.sessions.episodes import Episode

Then = Literal["again", "last", "refuse"]
"""What a client gets that comes again after the last episode: the first, the last, or HTTP 503."""


@dataclass(eq=False, slots=True)
class Seat:
    """The place of one client at a time.

    Attributes:
        number: 1, 2, ...
        taken: how many episodes were given here.
        busy: whether a client is there.
    """

    number: int
    taken: int = 0
    busy: bool = False


class Seating:
    """Gives the clients their episodes. Two at once have two seats; one that comes again has the seat it left.

    Args:
        episodes: those of the recording, at least one.
        then: what comes after the last of them.
    """

    def __init__(self, episodes: Sequence[Episode], then: Then) -> None:
        self._episodes = episodes
        self._then = then
        self._seats: list[Seat] = []

    def next(self) -> Episode | None:
        """Return the episode of whoever comes next; `None` if there is none for it."""
        return self._episode(self._free() or Seat(0))

    def take(self) -> tuple[Seat, Episode] | None:
        """Seat a client, and return its episode; `None` if there is none for it."""
        seat = self._free()
        if seat is None:
            seat = Seat(len(self._seats) + 1)
            self._seats.append(seat)
        episode = self._episode(seat)
        if episode is None:
            return None
        seat.taken += 1
        seat.busy = True
        return seat, episode

    def _free(self) -> Seat | None:
        free = [seat for seat in self._seats if not seat.busy]
        return min(free, key=lambda seat: seat.taken >= len(self._episodes), default=None)

    def _episode(self, seat: Seat) -> Episode | None:
        if seat.taken < len(self._episodes):
            return self._episodes[seat.taken]
        if self._then == "refuse":
            return None
        return self._episodes[seat.taken % len(self._episodes) if self._then == "again" else -1]
