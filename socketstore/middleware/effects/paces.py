"""How often an effect runs: each time, only the latest, only the leading, after quiet, or once an interval.

One of these serves one effect, from entering its context to leaving; always in the event loop, by its clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from socketstore.middleware.effects.run import EffectRun

if TYPE_CHECKING:
    from socketstore.middleware.effects.runs import Runs


class Pace(Protocol):
    """Decides what becomes of an action that an effect wants."""

    def trigger(self, run: EffectRun[Any]) -> None:
        """Take note of one, in the event loop."""

    def stop(self) -> None:
        """Drop what has not begun."""


PaceFactory: TypeAlias = "Callable[[Runs[Any]], Pace]"
"""Makes one for the runs of an effect."""


class EachTime:
    """Begins at once, beside those that are under way."""

    def __init__(self, runs: Runs[Any]) -> None:
        self._runs = runs

    def trigger(self, run: EffectRun[Any]) -> None:
        """Begin it."""
        self._runs.start(run)

    def stop(self) -> None:
        """Drop nothing: what came has begun."""


class Latest(EachTime):
    """Begins at once, and cancels the one that is under way."""

    def trigger(self, run: EffectRun[Any]) -> None:
        """Cancel the one before, and begin it."""
        self._runs.cancel()
        self._runs.start(run)


class Leading(EachTime):
    """Begins at once, unless one is under way."""

    def trigger(self, run: EffectRun[Any]) -> None:
        """Begin it, or drop it."""
        if not self._runs.active:
            self._runs.start(run)


class Debounce:
    """Begins when no action has come for some seconds, with the last one."""

    def __init__(self, runs: Runs[Any], seconds: float) -> None:
        self._runs = runs
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def trigger(self, run: EffectRun[Any]) -> None:
        """Begin it after the seconds, and drop the one that waits."""
        self.stop()
        self._timer = self._runs.session.call_later(self._seconds, self._runs.start, run)

    def stop(self) -> None:
        """Drop the one that waits."""
        if self._timer is not None:
            self._timer.cancel()


class Throttle:
    """Begins at once, then at most once in so many seconds, with the last action that came."""

    def __init__(self, runs: Runs[Any], seconds: float) -> None:
        self._runs = runs
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: EffectRun[Any] | None = None

    def trigger(self, run: EffectRun[Any]) -> None:
        """Begin it, or let it wait for the end of the interval."""
        if self._timer is not None:
            self._waiting = run
        else:
            self._begin(run)

    def stop(self) -> None:
        """Drop the one that waits."""
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self, run: EffectRun[Any]) -> None:
        self._timer = self._runs.session.call_later(self._seconds, self._interval_over)
        self._runs.start(run)

    def _interval_over(self) -> None:
        self._timer = None
        run, self._waiting = self._waiting, None
        if run is not None:
            self._begin(run)
