"""Sockets without a network, for tests in virtual time; and what a test notes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from socketstore import CloseEvent, NotOpen, OpenEvent, PongEvent, ReadyState
from socketstore.connection.liveness.timer import ROUNDS
from socketstore.sockets.eventually import Eventually
from socketstore.sockets.listening import SocketListeners

Sent = tuple[float, str | bytes]


class Wire(SocketListeners):
    """A socket that opens at once; the test says what comes. `sent` holds what was sent, and when."""

    def __init__(
        self, url: str, *, reading: Callable[[], AbstractContextManager[object]] = nullcontext, **_: Any
    ) -> None:
        super().__init__()
        self.url = url
        self.reading = reading
        self.ready_state = ReadyState.CONNECTING
        self.sent: list[Sent] = []
        self.answers: dict[str | bytes, str] = {}
        self._closed = asyncio.Event()

    async def open(self) -> None:
        self.ready_state = ReadyState.OPEN
        self._emit("open", OpenEvent(self.url))

    def send(self, message: str | bytes) -> Eventually:
        if self.ready_state is not ReadyState.OPEN:
            raise NotOpen("it is closed, or closing")
        self.sent.append((asyncio.get_running_loop().time(), message))
        if message in self.answers:
            asyncio.get_running_loop().call_later(0.25, self.bring, self.answers[message])
        return Eventually(nothing)

    def bring(self, *messages: str) -> None:
        """Let messages come in one read."""
        if self.ready_state is ReadyState.OPEN:
            with self.reading():
                self.messages_came(messages)

    def pong(self, round_trip: float | None) -> None:
        self._emit("pong", PongEvent(b"", round_trip))

    def begin_closing(self) -> None:
        """Be where a closing handshake waits for its answer."""
        self.ready_state = ReadyState.CLOSING

    def close(self, code: int = 1000, reason: str = "") -> Eventually:
        self.end(CloseEvent(code, reason, clean=True))
        return Eventually(self.wait_closed)

    def abort(self) -> None:
        asyncio.get_running_loop().call_soon(self.end, CloseEvent(1006))

    def end(self, event: CloseEvent) -> None:
        if self.ready_state is not ReadyState.CLOSED:
            self.ready_state = ReadyState.CLOSED
            self._emit("close", event)
            self._closed.set()

    async def wait_closed(self) -> None:
        await self._closed.wait()


async def nothing() -> None:
    """Wait for nothing."""


class Wires:
    """Makes the sockets of a connection, and keeps them."""

    def __init__(self, **answers: str) -> None:
        self.made: list[Wire] = []
        self._answers = answers

    def __call__(self, url: str, **options: Any) -> Any:
        wire = Wire(url, **options)
        wire.answers.update(self._answers)
        self.made.append(wire)
        return wire

    @property
    def last(self) -> Wire:
        return self.made[-1]

    def sent(self, since: float = 0.0) -> list[list[Sent]]:
        """What each socket was sent, and how many seconds after that."""
        return [[(round(at - since, 3), message) for at, message in wire.sent] for wire in self.made]


def waits() -> list[asyncio.TimerHandle]:
    """What the event loop would still call at some time."""
    loop: Any = asyncio.get_running_loop()
    return [handle for handle in loop._scheduled if not handle.cancelled()]


async def until(when: float) -> None:
    """Go on in virtual time, until just after all that belongs to that time has happened."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(when - loop.time())
    for _ in range(ROUNDS + 4):
        await asyncio.sleep(0)
