"""A log played into a live store, in the time that it took, or faster."""

from __future__ import annotations

from typing import Any, Generic

from socketstore.decoding.decoder import Decode
from socketstore.errors import UsageError
from socketstore.log.beginning import beginning
from socketstore.log.entries import ActionEntry
from socketstore.log.folding import jumped
from socketstore.log.log import Log
from socketstore.log.pace import Pace
from socketstore.log.replaying import check_until, steps_until
from socketstore.log.scripts import script
from socketstore.sockets.options import check_loop, expect
from socketstore.store.store import Store
from socketstore.store.types import S


async def play(
    log: Log,
    store: Store[Any],
    *,
    speed: float = 1.0,
    until: int | None = None,
    max_gap: float | None = None,
    messages: Any = None,
    decode: Decode | None = None,
    connection: str | None = None,
) -> int:
    """Dispatch the actions of a log to a live store, at the intervals at which they were recorded.

    The store's middleware and subscribers are at work, as ever: give it no effects whose actions are in the log as
    well, and no ``record()`` into the same log. Safe to cancel, between two actions. `Playback` can be paused.

    Args:
        log: as `open_log` returns it. If it was compacted, the store is first put into the state of its snapshot.
        store: the one to play to.
        speed: 2.0 is twice as fast, ``math.inf`` as fast as possible.
        until: the number of the last entry that is played; ``None``: all.
        max_gap: seconds of the recording that are waited at most between two actions, before `speed` is applied.
        messages: as for `replay`; likewise ``decode=`` and ``connection=``.
        decode: as for `replay`.
        connection: as for `replay`.

    Returns:
        How many actions were dispatched.

    Raises:
        Exception: what the store's ``dispatch`` raises.
        ReplayError: the log has lost its first entries and holds no snapshot.
        LogCorrupted: an entry cannot be read.
        DecodeError: an action's class is unknown, or its fields do not fit; or the state in a snapshot.
        UsageError: an argument cannot be used.
    """
    playback = Playback(
        log,
        store,
        speed=speed,
        until=until,
        max_gap=max_gap,
        messages=messages,
        decode=decode,
        connection=connection,
    )
    return await playback.run()


class Playback(Generic[S]):
    """A `play` that can be paused; the arguments are the same.

    Attributes:
        position: the number of the entry that was played last.
        played: how many actions have been dispatched.
    """

    def __init__(
        self,
        log: Log,
        store: Store[S],
        *,
        speed: float = 1.0,
        until: int | None = None,
        max_gap: float | None = None,
        messages: Any = None,
        decode: Decode | None = None,
        connection: str | None = None,
    ) -> None:
        check_until(until)
        expect(store, "store", Store, "a Store")
        self.position = 0
        self.played = 0
        self._pace = Pace(speed, max_gap)
        self._script = script(messages, decode, connection)
        self._log = log
        self._store = store
        self._until = until
        self._is_running = False

    async def run(self) -> int:
        """Play it, from the beginning, and return how many actions were dispatched; see `play`.

        Raises:
            UsageError: it is being played already.
        """
        if self._is_running:
            message = "got a playback that is running; expected one that has ended, or another one of the same log"
            raise UsageError(message)
        self._is_running = True
        try:
            return await self._run()
        finally:
            self._is_running = False

    async def _run(self) -> int:
        dispatch = self._script.dispatch(self._store.dispatch)
        begin = beginning(self._log, self._store.state, until=self._until)
        self._script.check(self._log)
        if begin.sequence:
            self._store.restore(begin.state)
        self._pace.begin()
        self.position, self.played = begin.sequence, 0
        for step in steps_until(self._until, self._script.steps(self._log.read_on(begin.sequence))):
            if isinstance(step, ActionEntry):
                await self._pace.wait_for(step.at)
                dispatch(step.action)
                self.played += 1
            elif step.jumped:
                await self._pace.wait_for(step.at)
                self._store.restore(jumped(self._store.state, step))
            self.position = step.sequence
        return self.played

    def pause(self) -> None:
        """Dispatch nothing more until `resume`; harmless when paused already.

        Raises:
            UsageError: it is being played in another event loop; call it there, with ``loop.call_soon_threadsafe``.
        """
        check_loop(self._pace.loop, self)
        self._pace.pause()

    def resume(self) -> None:
        """Go on, with what was left of the time until the next action; harmless when not paused.

        Raises:
            UsageError: it is being played in another event loop; call it there, with ``loop.call_soon_threadsafe``.
        """
        check_loop(self._pace.loop, self)
        self._pace.resume()
