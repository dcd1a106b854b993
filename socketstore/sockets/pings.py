"""The pings that keep a connection alive, judged fairly: it is failed over the peer's silence, never over our own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Hashable, Iterator
from typing import Any

from websockets.frames import Close, CloseCode

STEPS = 8
"""Parts of ``ping_timeout`` that must pass in silence, and one more as a last chance, before a peer counts as dead."""

KEEPALIVE_FAILED = "keepalive ping timeout"
"""The reason with which a connection is failed then."""

MAX_UNREAD_PONGS = 1024 * 1024
"""Bytes of answers to a peer's pings that may wait to be taken by it, beyond which the connection is failed with 1008:
who sends pings without end and reads nothing lives, as silence goes, and would fill the memory."""

PONG_HEADER = 6  # bytes, with a mask


class Pings:
    """The half of `Wire` that sends pings, whatever carries them.

    It counts only time in which the event loop went round, this side was reading, nothing came, and nothing of what
    waits to be sent was taken: a busy program does not take itself for a dead peer.

    Attributes:
        loop: the event loop.
        ping_interval: seconds between two pings; ``None``: there are none.
        ping_timeout: seconds of silence after a ping over which the connection is failed; ``None``: never.
        pending_pings: what each ping that waits for its pong holds, the time of which it was sent, in that order.
        latency: seconds that the last ping took that was answered.
        failure: the close frame with which this side failed the connection: over a message, or over silence.
        reads: how often bytes have come.
        read_at: when they last came, in the time of the event loop.
        held_up: whether this side reads nothing at present.
    """

    loop: asyncio.AbstractEventLoop
    ping_interval: float | None
    ping_timeout: float | None
    latency: float
    pending_pings: dict[bytes, tuple[asyncio.Future[float], float]]
    held_up: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.failure: Close | None = None
        self.reads = 0
        self.read_at = 0.0
        self._unread_pongs = 0

    @property
    def is_open(self) -> bool:
        """Whether something can be sent."""
        raise NotImplementedError

    @property
    def unsent(self) -> int:
        """Bytes that wait to be taken by the operating system."""
        raise NotImplementedError

    def fail(self, code: CloseCode, error: Exception) -> None:
        """Fail the connection (RFC 6455, section 7.1.7): say so, and cut it after at most ``close_timeout`` seconds."""
        raise NotImplementedError

    def _write_ping(self, data: bytes) -> None:
        """Send a ping, without waiting for the buffer to have room: a dead peer takes nothing out of it."""
        raise NotImplementedError

    def _hang_up(self) -> None:
        """Cut the TCP connection; what was handed on stays so."""
        raise NotImplementedError

    def _has_room(self) -> bool:
        """Tell whether the write buffer has room."""
        raise NotImplementedError

    def _traffic(self) -> Hashable:
        """Return what changes when something comes; more than `reads` where a read can come to nothing."""
        return self.reads

    async def keepalive(self) -> None:
        """Send pings at regular intervals, and fail the connection over one that has no answer."""
        latency = 0.0
        while self.ping_interval is not None:
            await asyncio.sleep(self.ping_interval - latency)
            if not self.is_open:
                return
            pong = self._send_ping()
            if self.ping_timeout is None:
                continue
            if not await self._is_answered(pong, self.ping_timeout):
                if self.is_open:  # else the closing handshake has begun, and has a time of its own
                    self._lose_patience()
                return
            latency = self.latency

    def ping_answered(self, size: int) -> None:
        """Count the pongs that pile up because the peer reads nothing, and cut the connection over too many."""
        if self._has_room():
            self._unread_pongs = 0
            return
        self._unread_pongs += size + PONG_HEADER
        if self._unread_pongs > MAX_UNREAD_PONGS and self.failure is None:
            self.fail(CloseCode.POLICY_VIOLATION, ValueError("pings without end, whose answers are not read"))
            self._hang_up()

    def acknowledge_pings(self, data: bytes) -> None:
        """Answer those who wait for a pong: with the seconds until it was read, however long others were in its way."""
        for ping in tuple(self._answered_by(data)):
            pong, sent_at = self.pending_pings.pop(ping)
            self.latency = self.read_at - sent_at
            if not pong.done():
                pong.set_result(self.latency)

    def _answered_by(self, data: bytes) -> Iterator[bytes]:
        """Give the pings that a pong answers: also those before (RFC 6455, section 5.5.3)."""
        if data in self.pending_pings:
            for ping in self.pending_pings:
                yield ping
                if ping == data:
                    return

    def _send_ping(self, data: bytes = b"") -> asyncio.Future[float]:
        while not data or data in self.pending_pings:
            data = os.urandom(4)
        pong: asyncio.Future[float] = self.loop.create_future()
        self.pending_pings[data] = pong, self.loop.time()
        self._write_ping(data)
        return pong

    async def _is_answered(self, pong: asyncio.Future[float], timeout: float) -> bool:  # noqa: ASYNC109 - of silence, not of this call
        """Wait for a pong; give up when nothing at all has come meanwhile.

        The silence is counted in steps, so that one during which the loop stood still counts as one, however long it
        took; and a step that is over has seen the socket polled, and what lay in it read.
        """
        silence = 0
        while silence <= STEPS:
            traffic, unsent = self._traffic(), self.unsent
            await asyncio.wait([pong], timeout=timeout / STEPS)
            if pong.done():
                return True
            lives = self._traffic() != traffic or self.held_up or self.unsent < unsent
            silence = 0 if lives else silence + 1
        return False

    def _lose_patience(self) -> None:
        self.fail(CloseCode.INTERNAL_ERROR, TimeoutError(KEEPALIVE_FAILED))
        self._hang_up()  # the close frame is on its way; no answer to it is to be expected either
