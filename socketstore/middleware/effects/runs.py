"""The runs of one effect: begun, cancelled, ended."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Generic

from socketstore.middleware.effects.definition import Definition
from socketstore.middleware.effects.forks import error_of
from socketstore.middleware.effects.listeners import Heard
from socketstore.middleware.effects.paces import Pace
from socketstore.middleware.effects.run import EffectRun
from socketstore.store.types import S

if TYPE_CHECKING:
    from socketstore.middleware.effects.session import Session


class Runs(Generic[S]):
    """The runs of one effect, in the event loop.

    Attributes:
        session: where their tasks are kept.
        pace: when they begin.
    """

    def __init__(self, session: Session[S], definition: Definition) -> None:
        self.session = session
        self.pace: Pace = definition.pace(self)
        self._definition = definition
        self._under_way: dict[EffectRun[S], asyncio.Task[None]] = {}
        self._cancelled: set[EffectRun[S]] = set()
        self._place: Heard | None = None

    @property
    def active(self) -> bool:
        """Whether one is under way, were it only to clean up."""
        return bool(self._under_way or self._cancelled)

    def trigger(self, run: EffectRun[S], place: Heard) -> None:
        """Let the pace decide when it begins; if that is at once, it hears what came after `place`."""
        self._place = place
        try:
            self.pace.trigger(run)
        finally:
            self._place = None

    def start(self, run: EffectRun[S]) -> None:
        """Begin it."""
        if self._definition.removed:
            return
        if not self._definition.is_async:
            self._definition.call(run, run._action, self.session.report)
            return
        run._runs = self
        task = self.session.spawn(self._perform(run, self._place or self.session.hearing.last))
        self._under_way[run] = task
        task.add_done_callback(partial(self._ended, run))

    def cancel(self, besides: EffectRun[S] | None = None) -> None:
        """Cancel those that are under way, each of them once."""
        for run in [run for run in self._under_way if run is not besides]:
            self.cancel_one(run)

    def cancel_one(self, run: EffectRun[S]) -> None:
        """Cancel a run, unless it has been already, or has ended."""
        task = self._under_way.pop(run, None)
        if task is not None:
            self._cancelled.add(run)
            self.session.cancel(task)

    def report(self, run: EffectRun[S], error: BaseException) -> None:
        """Tell what went wrong in a run."""
        self.session.report(error, run._action, self._definition.function)

    async def _perform(self, run: EffectRun[S], place: Heard) -> None:
        self.session.hearing.go_on_from(place)
        del place  # or all that comes would be kept until the run ends
        try:
            await self._definition.function(run._action, run)
        finally:
            self._forget(run)

    def _forget(self, run: EffectRun[S]) -> None:
        self._under_way.pop(run, None)
        self._cancelled.discard(run)

    def _ended(self, run: EffectRun[S], task: asyncio.Task[None]) -> None:
        """Clean up in a callback: a task that was cancelled before it began has no ``finally``."""
        self._forget(run)
        run._end()
        error = error_of(task)
        if error is not None:
            self.report(run, error)
