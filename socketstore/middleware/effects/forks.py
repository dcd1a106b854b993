"""The parts of an effect that run beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Fork(Generic[T]):
    """A part of an effect that runs beside it; made by `EffectRun.fork`. Await it for its result."""

    def __init__(
        self, task: asyncio.Task[T], cancel: Callable[[asyncio.Task[T]], None], ended: Callable[[Fork[Any]], None]
    ) -> None:
        self._task = task
        self._cancel = cancel
        self._awaited = False
        task.add_done_callback(lambda _: ended(self))

    def __await__(self) -> Generator[Any, None, T]:
        """Wait for its result, or raise what it raised; ``CancelledError`` if it was cancelled."""
        self._awaited = True
        try:
            return (yield from self._task.__await__())
        finally:
            self._awaited = self._task.done()

    def cancel(self) -> None:
        """Cancel it; once it is being cancelled, or is done, nothing happens."""
        self._cancel(self._task)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._task.done()

    @property
    def _unheard(self) -> BaseException | None:
        """What it has raised, unless that was raised to one who awaited it."""
        return None if self._awaited else error_of(self._task)


def error_of(task: asyncio.Task[Any]) -> BaseException | None:
    """Return what a task that is done has raised; to be cancelled, or to be interrupted, is no error."""
    error = None if task.cancelled() else task.exception()
    return None if isinstance(error, (KeyboardInterrupt, SystemExit)) else error
