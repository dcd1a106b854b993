"""How long to wait before the next attempt."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from socketstore.errors import UsageError

ROUNDING = 1e-9
"""How far sums of floats may be off: 300 times 0.01 s is a little less than 3 s, and a promise holds all the same."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays between attempts: each may be `factor` times as long as the one before, and is a random part of that.

    The random part keeps clients that have lost one server from coming back all at once ("full jitter", as in M.
    Brooker, "Exponential Backoff And Jitter", 2015). Each second draw mirrors the one before it, so that two delays
    together are never shorter than the lesser of their bounds: `most_attempts` holds whatever is drawn.

    Attributes:
        initial: seconds that the first delay may last.
        factor: what each bound is of the one before; 1 keeps it.
        maximum: seconds that no delay exceeds.
        jitter: the random part of each delay, from 0 (none: each is as long as it may be) to 1 (anything down to 0).
        healthy_after: seconds that a socket must have been open before the delays begin anew, or ``"message"``: until
            the first message that could be read. A handshake alone never is enough: a server that accepts and then
            closes would be called without a pause.
    """

    initial: float = 0.5
    factor: float = 2.0
    maximum: float = 60.0
    jitter: float = 1.0
    healthy_after: float | Literal["message"] = 10.0

    def __post_init__(self) -> None:
        """Refuse what would never wait, or wait less each time."""
        if not self._is_sound():
            message = (
                f"got {self!r}; expected initial >= 0, factor >= 1, maximum >= 0, 0 <= jitter <= 1, and healthy_after "
                '>= 0 or "message"'
            )
            raise UsageError(message)

    def bound(self, failures: int) -> float:
        """Return the seconds that the delay after so many failures in a row (from 1) lasts at most."""
        try:
            return min(self.initial * self.factor ** max(failures - 1, 0), self.maximum)
        except OverflowError:
            return self.maximum

    def pace(self, draw: Callable[[], float] = random.random) -> Pace:
        """Begin a series of delays; `draw` gives numbers from 0 to 1."""
        return Pace(self, draw)

    def most_attempts(self, seconds: float) -> float:
        """Return how many attempts in a row at most can fall into so many seconds, whatever is drawn.

        Not counted is an attempt at once that ``retry`` asks for, as after HTTP 401 with fresh credentials.
        """
        seconds *= 1 + ROUNDING
        spent, attempts, failures = 0.0, 1, 1
        while True:
            first, second = self.bound(failures), self.bound(failures + 1)
            pair = first + second * (1 - self.jitter)
            if first == second and failures > 1:  # it stays so
                left = seconds - spent
                pairs = math.inf if pair == 0 else int(left // pair)
                odd = 1 if pair and left % pair >= first * (1 - self.jitter) else 0
                return attempts + 2 * pairs + odd
            if spent + pair > seconds:
                return attempts + (1 if spent + first * (1 - self.jitter) <= seconds else 0)
            spent, attempts, failures = spent + pair, attempts + 2, failures + 2

    def _is_sound(self) -> bool:
        numbers = (self.initial, self.factor, self.maximum, self.jitter)
        if not all(isinstance(number, (int, float)) and math.isfinite(number) for number in numbers):
            return False
        healthy = self.healthy_after == "message" or (
            isinstance(self.healthy_after, (int, float)) and self.healthy_after >= 0
        )
        return healthy and self.initial >= 0 and self.factor >= 1 and self.maximum >= 0 and 0 <= self.jitter <= 1


class Pace:
    """The delays of one connection, one after another."""

    def __init__(self, backoff: Backoff, draw: Callable[[], float]) -> None:
        self._backoff = backoff
        self._draw = draw
        self._mirrored: float | None = None
        self._failures = 0

    def delay(self) -> float:
        """Count a failure, and return the seconds to wait."""
        self._failures += 1
        part, self._mirrored = self._parts()
        return self._backoff.bound(self._failures) * (1 - self._backoff.jitter * part)

    def reset(self) -> None:
        """Begin anew: all was well for a while."""
        self._failures, self._mirrored = 0, None

    def _parts(self) -> tuple[float, float | None]:
        """Return what to take off this delay, and what to take off the next one (``None``: draw)."""
        if self._mirrored is not None:
            return self._mirrored, None
        drawn = self._draw()
        return drawn, 1 - drawn
