"""From entering the context of some effects to leaving it: the event loop, and all that runs in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from socketstore.errors import UsageError
from socketstore.middleware.effects.definition import Definition, Report
from socketstore.middleware.effects.hearing import Hearing
from socketstore.middleware.effects.inbox import Inbox
from socketstore.middleware.effects.listeners import Heard
from socketstore.middleware.effects.run import EffectRun
from socketstore.middleware.effects.runs import Runs
from socketstore.store.store import Store
from socketstore.store.types import S

T = TypeVar("T")

PATIENCE = 10.0  # seconds for an effect that was cancelled to clean up; then, on leaving, it is cancelled again
EAGER = getattr(asyncio, "eager_task_factory", None)  # from Python 3.12 on


class Session(Generic[S]):
    """The loop in which a context was entered, and the tasks that must have ended when it is left.

    Attributes:
        store: whose actions are heard.
        hearing: those who wait for an action.
        leaving: whether nothing new may begin.
        left: whether all has ended.
        closed: tells whether the loop is gone.
        here: tells whether the caller runs in the loop.
        post: has a function called in the loop, from any thread; see `Inbox.post`.
    """

    def __init__(self, store: Store[S], report: Report) -> None:
        self.store = store
        self.report = report
        self.hearing = Hearing()
        self.leaving = False
        self.left = False
        self._loop = asyncio.get_running_loop()
        self.closed = self._loop.is_closed
        inbox = Inbox(self._loop)
        self.here = inbox.here
        self.post = inbox.post
        self._tasks: dict[asyncio.Task[Any], float | None] = {}  # when they were cancelled
        self._runs: dict[Definition, Runs[S]] = {}

    def call_later(self, seconds: float, function: Callable[..., None], *arguments: Any) -> asyncio.TimerHandle:
        """Have a function called in the loop after some seconds, by its clock; from the loop."""
        return self._loop.call_later(seconds, function, *arguments)

    def trigger(self, definition: Definition, action: Any, before: S, after: S) -> None:
        """Tell an effect of an action that it wants; from any thread."""
        self.post(self._trigger, definition, EffectRun(self.store, action, before, after), self.hearing.last)

    def drop_removed(self) -> None:
        """Let go of the effects that were taken away; what has begun goes on."""
        for definition in [definition for definition in self._runs if definition.removed]:
            self._runs.pop(definition).pace.stop()

    def spawn(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Make a task that is cancelled and awaited when the context is left; it begins in a turn of its own."""
        task = self._new_task(coroutine)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        return task

    def _new_task(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        factory = self._loop.get_task_factory()
        if factory is not None and factory is EAGER:  # it would begin before it is known
            return asyncio.Task(coroutine, loop=self._loop)
        return self._loop.create_task(coroutine)

    def cancel(self, task: asyncio.Task[Any]) -> None:
        """Cancel a task, but only once: the second time would interrupt it in cleaning up."""
        if self._tasks.get(task, 0.0) is None:
            self._tasks[task] = self._loop.time()
            task.cancel()

    def refuse_when_leaving(self) -> None:
        """Raise ``CancelledError`` to an effect that has swallowed one, and would otherwise go on."""
        if self.left:
            message = "the context of this run's effect has been left; expected a run that is under way"
            raise UsageError(message)
        if self.leaving:
            raise asyncio.CancelledError

    async def end(self) -> None:
        """Cancel everything and wait for its end, also when this is cancelled itself: then it goes on, and raises.

        Raises:
            UsageError: this is called by what it would wait for.
        """
        self.refuse_to_wait_for_the_caller()
        self.leaving = True
        for runs in self._runs.values():
            runs.pace.stop()
        cancelled: asyncio.CancelledError | None = None
        while self._tasks:
            try:
                await self._cancel_all()
            except asyncio.CancelledError as error:
                cancelled = error
        self.left = True
        if cancelled is not None:
            raise cancelled

    def refuse_to_wait_for_the_caller(self) -> None:
        """Return if the task that calls is none of those that `end` waits for.

        Raises:
            UsageError: it is one.
        """
        if asyncio.current_task() in self._tasks:
            message = "an effect cannot leave its own context, which waits for its end; set an asyncio.Event instead"
            raise UsageError(message)

    async def _cancel_all(self) -> None:
        now = self._loop.time()
        for task, at in tuple(self._tasks.items()):
            if at is None or at + PATIENCE <= now:
                self._tasks[task] = now
                task.cancel()
        longest = min(at for at in self._tasks.values() if at is not None)
        await asyncio.wait(tuple(self._tasks), timeout=longest + PATIENCE - now)

    def _trigger(self, definition: Definition, run: EffectRun[S], place: Heard) -> None:
        if self.leaving or definition.removed:
            return
        runs = self._runs.get(definition)
        if runs is None:
            runs = self._runs[definition] = Runs(self, definition)
        runs.trigger(run, place)
