"""What goes wrong in a server beside a test: told to the test at once, in the place of what it was waiting for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from socketstore.sockets.eventually import to_the_end


class Failures:
    """Cancels the block of an ``async with`` when something fails, and has it raise that in its place.

    Args:
        who: whose failures they are, for the note on an error of the block's own.

    Attributes:
        all: what has failed, in order.
    """

    def __init__(self, who: str) -> None:
        self.all: list[BaseException] = []
        self._who = who
        self._owner: asyncio.Task[object] | None = None
        self._cancelled = False
        self._cancellations = 0

    def __bool__(self) -> bool:
        return bool(self.all)

    def enter(self) -> None:
        """Begin the block, in the task that is to be cancelled."""
        self._owner = asyncio.current_task()
        self._cancellations = 0 if self._owner is None else self._owner.cancelling()

    def stand_alone(self) -> None:
        """Cancel nobody: what fails is only noted."""
        self._owner = None

    def add(self, error: BaseException) -> None:
        """Note a failure; the first one cancels the block, if there is one."""
        self.all.append(error)
        if self._owner is not None and not self._owner.done() and len(self.all) == 1:
            self._cancelled = True
            self._owner.cancel()

    async def leave(self, error: BaseException | None, end: Callable[[], Awaitable[None]]) -> None:
        """Leave the block: end the server, whatever cancels it meanwhile, and raise what went wrong first.

        Args:
            error: with which the block is left. If it is of its own, it gets a note, and is not replaced.
            end: ends the server.
        """
        self._owner = None
        late = await _ended(end())
        self._raise_first(error or late)
        if late is not None and error is None:
            raise late

    def _raise_first(self, error: BaseException | None) -> None:
        own = self._is_own(error)
        if not self.all or error is self.all[0]:
            return
        if error is None or own:
            raise self.all[0]
        error.add_note(f"{self._who}: {self.all[0]}")

    def _is_own(self, error: BaseException | None) -> bool:
        """Take back the cancellation that came from here, and tell whether this is it, and nobody else's as well."""
        task = asyncio.current_task()
        others = task.uncancel() if self._cancelled and task is not None else self._cancellations + 1
        return isinstance(error, asyncio.CancelledError) and others <= self._cancellations


async def _ended(end: Awaitable[None]) -> asyncio.CancelledError | None:
    """End it all, and return the cancellation that came meanwhile, if one did."""
    try:
        await to_the_end(end)
    except asyncio.CancelledError as cancelled:
        return cancelled
    return None
