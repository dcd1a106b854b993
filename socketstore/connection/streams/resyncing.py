"""Calls `resync`, again and again until the stream is complete, but never too often, and never too many at once."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from socketstore.actions import ResyncFailed, ResyncStarted
from socketstore.connection.backoff import Pace
from socketstore.connection.session import Session
from socketstore.connection.streams.definition import Cause, Resync, Streams
from socketstore.connection.streams.machine import Machine
from socketstore.connection.streams.outlet import Outlet, Phase

if TYPE_CHECKING:
    from socketstore.connection.connection import Connection


@dataclass(slots=True)
class Effort:
    """How hard it is to keep one stream complete, over all sockets.

    Attributes:
        pace: the delays.
        attempts: how many resyncs there were since the stream was live for a while.
        live_since: when it became live; ``None`` while it is not.
    """

    pace: Pace
    attempts: int = 0
    live_since: float | None = None

    def delay(self, now: float, healthy_after: float) -> float:
        """Count an attempt, and return the seconds to wait before it: none for the first."""
        if self.live_since is not None and now - self.live_since >= healthy_after:
            self.pace.reset()
            self.attempts = 0
        self.live_since = None
        self.attempts += 1
        return 0.0 if self.attempts == 1 else self.pace.delay()


class Resyncer:
    """The resyncs of one socket.

    Args:
        streams: what the program wants.
        connection: what `resync` is told of.
        session: the socket.
        outlet: what the streams work with.
        efforts: by stream, kept from socket to socket.
    """

    def __init__(
        self, streams: Streams, connection: Connection, session: Session, outlet: Outlet, efforts: dict[str, Effort]
    ) -> None:
        self._streams = streams
        self._connection = connection
        self._session = session
        self._outlet = outlet
        self._efforts = efforts
        self._ready = asyncio.Event()
        self._slots = asyncio.Semaphore(streams.concurrency)
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._causes: dict[str, tuple[Cause, str]] = {}
        self._asking: set[str] = set()

    def be_ready(self) -> None:
        """``on_open`` has ended: what waited for that begins."""
        self._ready.set()

    def begin(self, machine: Machine, cause: Cause, reason: str) -> None:
        """Resync a stream, in the place of a resync of it that runs."""
        self._causes[machine.name] = cause, reason
        self._session.say(ResyncStarted, stream=machine.name, reason=reason)
        self._start(machine, self._run(machine))

    def doubt(self, machine: Machine) -> None:
        """Give a stream some time to show that nothing is missing."""
        self._start(machine, self._despair(machine))

    def fail(self, machine: Machine, error: str, message: str) -> None:
        """Say that what the stream waited for is of no use, and ask again.

        A snapshot that came on the socket by itself is no reason to ask again while an answer is on its way.
        """
        if error == "NotJoined" and machine.name in self._asking:
            return
        self._say_failed(machine, error, message)
        self._start(machine, self._run(machine))

    def settle(self, machine: Machine) -> None:
        """End a resync that is not needed any more."""
        if machine.phase is Phase.LIVE:
            self._effort(machine).live_since = self._session.now
        self._replace(machine, None)

    def _start(self, machine: Machine, work: Coroutine[Any, Any, None]) -> None:
        if self._streams.resync is None or self._session.over:
            work.close()
            return
        self._replace(machine, self._session.start(work))

    def _replace(self, machine: Machine, job: asyncio.Task[None] | None) -> None:
        before = self._jobs.pop(machine.name, None)
        if before is not None and before is not asyncio.current_task():
            before.cancel()
        if job is not None:
            self._jobs[machine.name] = job

    def _is_current(self, machine: Machine) -> bool:
        return self._jobs.get(machine.name) is asyncio.current_task() and not self._session.over

    def _take_part(self, machine: Machine, action: Any) -> str | None:
        """Hand over one action of an answer; behind a snapshot what cannot be used is rejected, as from the socket."""
        try:
            return machine.take_answer(action)
        except Exception as error:
            if self._is_current(machine):
                raise
            self._outlet.reject("", f"resync= returned {action!r:.200}, which raised {type(error).__name__}: {error}")
            return None

    def _is_taken_over(self, machine: Machine) -> bool:
        return self._session.over or self._jobs.get(machine.name) not in (None, asyncio.current_task())

    async def _despair(self, machine: Machine) -> None:
        await self._ready.wait()
        await asyncio.sleep(self._streams.timeout)
        machine.despair()

    async def _run(self, machine: Machine) -> None:
        """Make one attempt after another, until the stream is complete or something else has taken its place."""
        await self._ready.wait()
        effort, healthy_after = self._effort(machine), self._streams.backoff.healthy_after
        while True:
            await asyncio.sleep(effort.delay(self._session.now, float(healthy_after)))
            error, message = await self._attempt(machine, effort.attempts)
            if not self._is_current(machine):
                return
            self._say_failed(machine, error, message)

    async def _attempt(self, machine: Machine, number: int) -> tuple[str, str]:
        """Make an attempt; return why it failed, if the stream has not become complete meanwhile."""
        try:
            answer = await self._ask(machine, number)
            complaint = self._take(machine, answer)
        except TimeoutError as error:
            return "TimeoutError", str(error) or f"resync= gave no answer within {self._streams.timeout:g} s"
        except asyncio.CancelledError as error:
            if _is_being_cancelled():
                raise
            return _named(error)
        except Exception as error:  # noqa: BLE001 - what the program's own function raises
            return _named(error)
        if complaint is not None or not self._is_current(machine):
            return "NotJoined", complaint or ""
        await asyncio.sleep(self._streams.timeout)
        return "Timeout", f"what makes the stream complete did not come within {self._streams.timeout:g} s"

    async def _ask(self, machine: Machine, number: int) -> Any:
        resync = self._streams.resync
        async with self._slots:
            machine.begin_anew()
            cause, reason = self._causes[machine.name]
            position = machine.progress.position
            self._asking.add(machine.name)
            try:
                async with asyncio.timeout(self._streams.timeout):
                    answer = resync and resync(Resync(self._connection, machine.name, cause, reason, position, number))
                    return await answer if inspect.isawaitable(answer) else answer
            finally:
                self._asking.discard(machine.name)

    def _take(self, machine: Machine, answer: Any) -> str | None:
        """Hand over what `resync` returned; tell why it is of no use, if it is not."""
        if answer is None or not self._is_current(machine):  # settled, or cancelled, which the program took no note of
            return None
        with self._outlet.together(), machine.answering():
            for action in answer if isinstance(answer, (list, tuple)) else (answer,):
                if self._is_taken_over(machine):  # by what this answer has done
                    return None
                self._outlet.serial += 1
                complaint = self._take_part(machine, action)
                if complaint is not None:
                    return complaint
            return machine.confirm() if self._is_current(machine) else None

    def _say_failed(self, machine: Machine, error: str, message: str) -> None:
        number = max(self._effort(machine).attempts, 1)
        self._session.say(ResyncFailed, stream=machine.name, error=error, message=message, attempt=number)

    def _effort(self, machine: Machine) -> Effort:
        effort = self._efforts.get(machine.name)
        if effort is None:
            effort = self._efforts[machine.name] = Effort(self._streams.backoff.pace())
        return effort


def _named(error: BaseException) -> tuple[str, str]:
    return type(error).__name__, str(error)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
