"""When the next action of a log that is played is due."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Any

from socketstore.codec import short
from socketstore.errors import UsageError

SET_BACK = 1.0
"""Seconds by which a time has to be earlier than those before it to show that the clock was set back. What comes a
little too early, as in recordings of several sources, is due at once, and changes nothing for those after it."""

TOGETHER = 100  # actions that are due at once, after which others of the loop have their turn


class Pace:
    """Turns the times of a recording into times of the event loop.

    Args:
        speed: how many seconds of the recording pass in one.
        max_gap: seconds of the recording that are waited at most in one go; ``None``: any number.

    Raises:
        UsageError: one of them is no such number.
    """

    def __init__(self, speed: float, max_gap: float | None) -> None:
        expected = "more than 0; math.inf is as fast as possible"
        _check("speed", speed, is_right=lambda: speed > 0 and float(speed), expected=expected)
        _check("max_gap", max_gap, is_right=lambda: max_gap is None or max_gap >= 0, expected="seconds, 0 or more")
        self._speed = speed
        self._max_gap = math.inf if max_gap is None else max_gap
        self._running = asyncio.Event()
        self._running.set()
        self._paused = asyncio.Event()
        self._paused_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.begin()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop in which it goes on; ``None`` if it does not, or that loop has ended."""
        return self._loop if self._loop is not None and self._loop.is_running() else None

    def begin(self) -> None:
        """Forget what was, but for a pause that is on; the next action is due at once, in this event loop."""
        if self._loop is not None:  # another one may have waited for these before
            self._running, self._paused = _like(self._running), _like(self._paused)
        self._loop = None
        self._at: float | None = None
        self._due: float | None = None
        self._together = 0

    async def wait_for(self, at: float) -> None:
        """Return when what was recorded at a Unix time is due, and no pause is on.

        What was recorded at no time, but at not-a-number or an infinity, is due with what came before it.
        """
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        if self._due is None:
            self._due = self._paused_at = now  # a pause that is on already begins here
        self._due += min(self._passed(at), self._max_gap) / self._speed
        if self._running.is_set() and self._due <= now and self._together < TOGETHER:
            self._together += 1
            return
        self._together = 0
        await self._until_due()

    def _passed(self, at: float) -> float:
        """Return the seconds of the recording since what came before, and go on from here."""
        if not math.isfinite(at):
            return 0.0
        before = at if self._at is None else self._at
        self._at = at if at < before - SET_BACK else max(at, before)
        return max(at - before, 0.0)

    async def _until_due(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        while not self._running.is_set() or (self._due or 0.0) > loop.time():
            await self._running.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._due):
                    await self._paused.wait()

    def pause(self) -> None:
        """Let the time stand still; in the loop that waits for it, if one does."""
        if self._running.is_set():
            self._paused_at = self._time()
            self._running.clear()
            self._paused.set()

    def resume(self) -> None:
        """Let it go on; in the loop that waits for it, if one does."""
        if not self._running.is_set():
            if self._due is not None:
                self._due += self._time() - self._paused_at
            self._paused.clear()
            self._running.set()

    def _time(self) -> float:
        return 0.0 if self._loop is None else self._loop.time()


def _like(event: asyncio.Event) -> asyncio.Event:
    fresh = asyncio.Event()
    if event.is_set():
        fresh.set()
    return fresh


def _check(name: str, value: Any, *, is_right: Any, expected: str) -> None:
    try:
        if is_right():
            return
    except (TypeError, OverflowError):
        pass
    message = f"got {name}={short(value)}; expected {expected}"
    raise UsageError(message)
