"""Finds the streams on which nothing comes, with one timer for all of them."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count

from socketstore.actions import Resynced, WentSilent
from socketstore.connection.session import Session
from socketstore.connection.streams.machine import Machine
from socketstore.connection.streams.outlet import Phase
from socketstore.connection.streams.watches import Silence


class Silences:
    """The silences of one socket's streams.

    Each stream stands in a heap, with the moment at which it has been silent for too long if nothing comes; what
    has come meanwhile is looked up then. A message costs no timer.

    Args:
        silence: how long a stream may be silent.
        session: the socket.
    """

    def __init__(self, silence: Silence, session: Session) -> None:
        self._silence = silence
        self._session = session
        self._heap: list[tuple[float, int, Machine]] = []
        self._numbers = count()
        self._watched: dict[str, int] = {}
        self._silent: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, machine: Machine) -> None:
        """Follow a stream that has become live."""
        machine.heard_at = self._session.now
        if machine.name in self._silent or machine.name not in self._watched:
            self._silent.discard(machine.name)
            self._push(machine.heard_at + self._silence.seconds, machine)

    def heard(self, machine: Machine) -> None:
        """Take note of a message; say so if the stream was silent, and is complete all the same."""
        machine.heard_at = self._session.heard_at
        if machine.name not in self._silent:
            return
        if machine.phase is Phase.LIVE:
            self.watch(machine)
            self._session.say(Resynced, stream=machine.name)
        else:
            self._silent.discard(machine.name)

    def forget(self, name: str) -> None:
        """Follow a stream no longer."""
        self._watched.pop(name, None)
        self._silent.discard(name)

    def stop(self) -> None:
        """Look at nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._heap.clear()

    def _push(self, due: float, machine: Machine) -> None:
        number = self._watched[machine.name] = next(self._numbers)
        heappush(self._heap, (due, number, machine))
        self._arm()

    def _arm(self) -> None:
        due = self._heap[0][0] if self._heap else None
        if self._timer is not None and self._timer.when() == due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._session.now
        while self._heap and self._heap[0][0] <= now:
            due, number, machine = heappop(self._heap)
            if self._watched.get(machine.name) == number:  # else it has been put in again since
                del self._watched[machine.name]
                self._look_at(machine, max(due, now))
        self._arm()

    def _look_at(self, machine: Machine, now: float) -> None:
        quiet, due = now - machine.heard_at, machine.heard_at + self._silence.seconds
        if machine.phase is not Phase.LIVE:
            self._silent.discard(machine.name)
        elif machine.name in self._silent:
            self._silent.discard(machine.name)
            machine.fall_silent(f"nothing came for {quiet:g} s")
        elif due > now:
            self._push(due, machine)
        else:
            self._say_silent(machine, quiet, now)

    def _say_silent(self, machine: Machine, quiet: float, now: float) -> None:
        self._silent.add(machine.name)
        self._session.say(WentSilent, stream=machine.name, silence=quiet)
        if self._silence.resync_after is not None:
            self._push(now + self._silence.resync_after, machine)
