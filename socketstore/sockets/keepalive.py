"""The pings that keep a connection alive, judged fairly: it is failed over the peer's silence, never over our own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

from websockets.asyncio.connection import Connection
from websockets.frames import Close, CloseCode
from websockets.protocol import State

STEPS = 8
"""Parts of ``ping_timeout`` that must pass in silence, and one more as a last chance, before a peer counts as dead."""

KEEPALIVE_FAILED = "keepalive ping timeout"
"""The reason with which a connection is failed then."""

MAX_UNREAD_PONGS = 1024 * 1024
"""Bytes of answers to a peer's pings that may wait to be taken by it, beyond which the connection is failed with 1008:
who sends pings without end and reads nothing lives, as silence goes, and would fill the memory."""

PONG_HEADER = 6  # bytes, with a mask


class KeptAlive(Connection):
    """A `websockets` connection with another keepalive, that can be failed whatever the peer does.

    The keepalive of `websockets` fails a connection when the pong has not been handled in time, and waits for ever for
    a write buffer that is full. This one counts only time in which the event loop went round, this side was reading,
    nothing came, and nothing of what waits to be sent was taken: a busy program does not take itself for a dead peer.

    Attributes:
        failure: the close frame with which this side failed the connection: over a message, or over silence.
        reads: how often bytes have come.
        read_at: when they last came, in the time of the event loop.
        held_up: whether this side reads nothing at present.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.failure: Close | None = None
        self.reads = 0
        self.read_at = 0.0
        self.held_up = False
        self._last_task: asyncio.Task[None] | None = None
        self._unread_pongs = 0

    def fail(self, code: CloseCode, error: Exception) -> None:
        """Fail the connection (RFC 6455, section 7.1.7): say so, and cut it after at most ``close_timeout`` seconds."""
        self.failure = Close(code, str(error).encode()[:120].decode(errors="ignore"))
        self.set_connection_exc(error)
        if self.state is State.OPEN:
            self.protocol.fail(code, self.failure.reason)
            self.send_data()
        self.end_in_time()

    def end_in_time(self) -> None:
        """Wait for the peer to end the TCP connection, at most ``close_timeout`` seconds, and cut it then."""
        if self._last_task is None:
            self._last_task = self.loop.create_task(self.close())

    def ping_answered(self, size: int) -> None:
        """Count the pongs that pile up because the peer reads nothing, and cut the connection over too many."""
        if not self.paused:  # the write buffer has room
            self._unread_pongs = 0
            return
        self._unread_pongs += size + PONG_HEADER
        if self._unread_pongs > MAX_UNREAD_PONGS and self.failure is None:
            self.fail(CloseCode.POLICY_VIOLATION, ValueError("pings without end, whose answers are not read"))
            self.transport.abort()

    async def keepalive(self) -> None:
        """Send pings at regular intervals, and fail the connection over one that has no answer."""
        latency = 0.0
        while self.ping_interval is not None:
            await asyncio.sleep(self.ping_interval - latency)
            if self.state is not State.OPEN:
                return
            pong = self._send_ping()
            if self.ping_timeout is None:
                continue
            if not await self._is_answered(pong, self.ping_timeout):
                if self.state is State.OPEN:  # else the closing handshake has begun, and has a time of its own
                    self._lose_patience()
                return
            latency = self.latency

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

    def _send_ping(self) -> asyncio.Future[float]:
        data = os.urandom(4)
        while data in self.pending_pings:
            data = os.urandom(4)
        pong: asyncio.Future[float] = self.loop.create_future()
        self.pending_pings[data] = pong, self.loop.time()
        self.protocol.send_ping(data)
        self.send_data()  # without waiting for the buffer to have room: a dead peer takes nothing out of it
        return pong

    async def _is_answered(self, pong: asyncio.Future[float], timeout: float) -> bool:  # noqa: ASYNC109 - of silence, not of this call
        """Wait for a pong; give up when nothing at all has come meanwhile.

        The silence is counted in steps, so that one during which the loop stood still counts as one, however long it
        took; and a step that is over has seen the socket polled, and what lay in it read.
        """
        silence = 0
        while silence <= STEPS:
            reads, unsent = self.reads, self.transport.get_write_buffer_size()
            await asyncio.wait([pong], timeout=timeout / STEPS)
            if pong.done():
                return True
            lives = self.reads != reads or self.held_up or self.transport.get_write_buffer_size() < unsent
            silence = 0 if lives else silence + 1
        return False

    def _lose_patience(self) -> None:
        self.fail(CloseCode.INTERNAL_ERROR, TimeoutError(KEEPALIVE_FAILED))
        self.transport.abort()  # the close frame is on its way; no answer to it is to be expected either
