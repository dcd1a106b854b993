"""From entering the context of some effects to leaving it: the event loop, and all that runs in it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic

from socketstore.middleware.effects.definition import Definition, Report
from socketstore.middleware.effects.hearing import Hearing
from socketstore.middleware.effects.paces import Pace
from socketstore.middleware.effects.run import EffectRun, error_of
from socketstore.store.store import Store
from socketstore.store.types import S

PATIENCE = 10.0  # seconds for an effect that was cancelled to clean up; then it is cancelled again


class Session(Generic[S]):
    """The loop in which a context was entered, and the tasks that must have ended when it is left.

    Attributes:
        store: whose actions are heard.
        hearing: those who wait for an action.
        leaving: whether nothing new may begin.
    """

    def __init__(self, store: Store[S], report: Report) -> None:
        self.store = store
        self.report = report
        self.hearing = Hearing()
        self.leaving = False
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._inbox: deque[Callable[[], None]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runs: dict[Definition, Runs[S]] = {}

    def here(self) -> bool:
        """Whether the caller runs in the loop, or at least in its thread."""
        return threading.get_ident() == self._thread

    @property
    def alive(self) -> bool:
        """Whether there still is a loop."""
        return not self._loop.is_closed()

    def call_later(self, seconds: float, function: Callable[..., None], *arguments: Any) -> asyncio.TimerHandle:
        """Have a function called in the loop after some seconds, by its clock; from the loop."""
        return self._loop.call_later(seconds, function, *arguments)

    def post(self, function: Callable[..., None], *arguments: object) -> None:
        """Have a function called in the loop; from any thread, in the order of the calls.

        Once the loop is closed nothing waits for it any more.
        """
        self._inbox.append(partial(function, *arguments))
        if self.here():
            self._work_off()
            return
        try:
            self._loop.call_soon_threadsafe(self._work_off)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def trigger(self, definition: Definition, action: Any, before: S, after: S) -> None:
        """Tell an effect of an action that it wants; from any thread."""
        runs = self._runs.get(definition)
        if runs is None:
            runs = self._runs.setdefault(definition, Runs(self, definition))
        run = EffectRun(self.store, action, before, after, runs)
        self.hearing.keep(run)
        self.post(runs.trigger, run)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Make a task that is cancelled and awaited when the context is left."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def refuse_when_leaving(self) -> None:
        """Raise ``CancelledError`` to an effect that has swallowed one, and would otherwise go on."""
        if self.leaving:
            raise asyncio.CancelledError

    async def end(self) -> None:
        """Cancel everything and wait for its end, also when this is cancelled itself: then it goes on, and raises."""
        self.leaving = True
        for runs in list(self._runs.values()):  # another thread may be adding one
            runs.pace.stop()
        cancelled: asyncio.CancelledError | None = None
        while self._tasks:
            try:
                await self._cancel_all()
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _cancel_all(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=PATIENCE)

    def _work_off(self) -> None:
        while self._inbox:
            self._inbox.popleft()()


class Runs(Generic[S]):
    """The runs of one effect."""

    def __init__(self, session: Session[S], definition: Definition) -> None:
        self.session = session
        self.pace: Pace = definition.pace(self)
        self._definition = definition
        self._tasks: dict[EffectRun[S], asyncio.Task[None]] = {}

    @property
    def active(self) -> bool:
        """Whether one is under way."""
        return bool(self._tasks)

    def trigger(self, run: EffectRun[S]) -> None:
        """Let the pace decide, in the loop, when it begins."""
        if not self.session.leaving:
            self.pace.trigger(run)
        if run not in self._tasks:
            self.session.hearing.forget(run)

    def start(self, run: EffectRun[S]) -> None:
        """Begin it."""
        if self._definition.removed:
            return
        if not self._definition.is_async:
            self._definition.call(run, run._action, self.session.report)
            return
        self.session.hearing.keep(run)
        task = self._tasks[run] = self.session.spawn(self._perform(run))
        task.add_done_callback(partial(self._ended, run))

    def cancel(self, besides: EffectRun[S] | None = None) -> None:
        """Cancel those that are under way."""
        for run, task in tuple(self._tasks.items()):
            if run is not besides:
                task.cancel()

    async def _perform(self, run: EffectRun[S]) -> None:
        self.session.hearing.resume(run)
        await self._definition.function(run._action, run)

    def _ended(self, run: EffectRun[S], task: asyncio.Task[None]) -> None:
        """Clean up in a callback: a task that was cancelled before it began has no ``finally``."""
        del self._tasks[run]
        self.session.hearing.forget(run)
        run._end(self._report(run))
        error = error_of(task)
        if error is not None:
            self._report(run)(error)

    def _report(self, run: EffectRun[S]) -> Callable[[BaseException], None]:
        return lambda error: self.session.report(error, run._action, self._definition.function)
