"""When a recorded entry is due."""

from __future__ import annotations

import asyncio
import math

from socketstore.errors import UsageError

GO_ROUND = 64
"""Entries after which the event loop goes round, when none of them is waited for."""


class Pace:
    """Turns the times of a recording into waits.

    Args:
        begin: the Unix time of the recording at which now is, in seconds.
        speed: 2.0 is twice as fast as it was; `math.inf` waits for nothing.
    """

    def __init__(self, begin: float, speed: float) -> None:
        self._begin = begin
        self._speed = speed
        self._now = asyncio.get_running_loop().time
        self._began = self._now()
        self._unwaited = 0

    async def until(self, at: float) -> None:
        """Wait until a time of the recording has come; one that is past is made up for. Safe to cancel."""
        wait = 0.0 if math.isinf(self._speed) else self._began + (at - self._begin) / self._speed - self._now()
        self._unwaited += 1
        if wait > 0 or self._unwaited >= GO_ROUND:
            self._unwaited = 0
            await asyncio.sleep(max(wait, 0.0))

    def go_on_from(self, at: float) -> None:
        """Have this time of the recording be now: something came later than it had."""
        self._begin = at
        self._began = self._now()


def check_speed(speed: object) -> None:
    """Return if a recording can be played at this speed.

    Raises:
        UsageError: it cannot.
    """
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not speed > 0:
        message = f"got speed={speed!r:.200}; expected a number above 0: 1.0 is as it was, math.inf waits for nothing"
        raise UsageError(message)
