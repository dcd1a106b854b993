"""When a recorded entry is due."""

from __future__ import annotations

import asyncio
import math
import sys

from socketstore.codec import short
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
        """Wait until a time of the recording has come; one that is past is made up for. Safe to cancel.

        Not-a-number and the infinities are no times: they have come.
        """
        wait = 0.0 if math.isinf(self._speed) or not math.isfinite(at) else self._rest(at)
        self._unwaited += 1
        if wait > 0 or self._unwaited >= GO_ROUND:
            self._unwaited = 0
            await asyncio.sleep(max(wait, 0.0))

    def _rest(self, at: float) -> float:
        if not math.isfinite(self._begin):
            self.go_on_from(at)
        return self._began + (at - self._begin) / self._speed - self._now()

    def go_on_from(self, at: float) -> None:
        """Have this time of the recording be now: something came later than it had."""
        self._begin = at
        self._began = self._now()


def check_speed(speed: object) -> None:
    """Return if a recording can be played at this speed.

    Raises:
        UsageError: it cannot.
    """
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not speed > 0 or _is_huge(speed):
        message = f"got speed={short(speed)}; expected a number above 0: 1.0 is as it was, math.inf waits for nothing"
        raise UsageError(message)


def _is_huge(number: float) -> bool:
    """Tell whether this is an integer that is larger than any float."""
    return isinstance(number, int) and number > sys.float_info.max
