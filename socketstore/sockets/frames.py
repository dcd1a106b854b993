"""From frames to messages, as the bytes arrive: the seam between `websockets` and the event layer.

`websockets` lets its connection classes be subclassed and given to ``connect`` and ``serve``. Frames are handed on from
within ``data_received``, in the order in which they came, with no queue and no task in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import Event, State

MAX_FRAGMENTS = 65_536
"""Frames in one message, beyond which the connection is failed with 1009: ``max_size`` does not count empty ones."""


class Sink(Protocol):
    """Who is told of frames. None of these may raise."""

    def reading(self) -> AbstractContextManager[object]:
        """Surround the handling of one read of the socket."""
        ...

    def message_came(self, data: str | bytes) -> None:
        """Take a complete message."""

    def ping_came(self, data: bytes) -> None:
        """Take a ping, which has been answered."""

    def pong_came(self, data: bytes, round_trip: float | None) -> None:
        """Take a pong, and how many seconds after its ping it came, if it answers one."""

    def connection_ended(self) -> None:
        """Take the end of the TCP connection; nothing follows."""


class FrameReader(Connection):
    """A `websockets` connection that tells a sink of every message, ping and pong, and of the end.

    What comes before a sink is attached (a first message in the same packet as the handshake) is kept for it.

    Attributes:
        failure: the close frame with which this side failed the connection over the content of a message.
        hide: hides the secrets that the socket was given, for the log of the wire.
    """

    hide: Callable[[str], str] = staticmethod(str)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sink: Sink | None = None
        self._early: list[Frame] = []
        self._fragments: list[Frame] = []
        self.failure: Close | None = None
        self._ended = False
        self._last_task: asyncio.Task[None] | None = None

    def attach(self, sink: Sink) -> None:
        """Hand over what has come so far, then everything as it comes."""
        self._sink = sink
        early, self._early = self._early, []
        if early and not self.transport.is_closing():
            self.transport.resume_reading()
        with sink.reading():
            for frame in early:
                self._hand_on(frame, sink)
        if self._ended:
            sink.connection_ended()

    def data_received(self, data: bytes) -> None:
        """Handle one read of the socket."""
        with nullcontext() if self._sink is None else self._sink.reading():
            super().data_received(data)
        if self.state is State.CLOSING and self._last_task is None:
            # The peer has spoken its last word. It may still keep the TCP connection open: close() bounds that.
            self._last_task = self.loop.create_task(self.close())
        elif self.state is State.CONNECTING and self.protocol.handshake_exc is not None:
            self.transport.close()  # no handshake will come of this; websockets would wait for the peer to hang up

    def process_event(self, event: Event) -> None:
        """Handle one frame; the handshake has been handled by the subclass."""
        if not isinstance(event, Frame):
            super().process_event(event)
        elif self._sink is None:
            self.transport.pause_reading()  # for whoever sends without end while the program decides on his request
            self._early.append(event)
        else:
            self._hand_on(event, self._sink)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink of the end, when codes and reasons are settled."""
        super().connection_lost(exc)
        self._ended = True
        if self._sink is not None:
            self._sink.connection_ended()

    def _hand_on(self, frame: Frame, sink: Sink) -> None:
        opcode = frame.opcode
        if opcode is Opcode.PING:
            sink.ping_came(bytes(frame.data))
        elif opcode is Opcode.PONG:
            data = bytes(frame.data)
            was_asked_for = data in self.pending_pings
            super().process_event(frame)  # measures the latency, answers the keepalive
            sink.pong_came(data, self.latency if was_asked_for else None)
        elif opcode is not Opcode.CLOSE and self.failure is None:
            self._assemble(frame, sink)

    def _assemble(self, frame: Frame, sink: Sink) -> None:
        if frame.fin and not self._fragments:
            self._complete(frame.opcode, frame.data, sink)
            return
        self._fragments.append(frame)
        if frame.fin:
            fragments, self._fragments = self._fragments, []
            self._complete(fragments[0].opcode, b"".join(part.data for part in fragments), sink)
        elif len(self._fragments) > MAX_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, ValueError(f"a message of more than {MAX_FRAGMENTS} frames"))

    def _complete(self, opcode: Opcode, data: Any, sink: Sink) -> None:
        if opcode is not Opcode.TEXT:
            sink.message_came(bytes(data))
            return
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError as error:
            self._fail(CloseCode.INVALID_DATA, error)
        else:
            sink.message_came(text)

    def _fail(self, code: CloseCode, error: Exception) -> None:
        """Fail the connection (RFC 6455, section 7.1.7): say so, hand on nothing more."""
        self.failure = Close(code, str(error).encode()[:120].decode(errors="ignore"))
        self._fragments.clear()
        self.set_connection_exc(error)
        self._last_task = self.loop.create_task(self._send_failure(self.failure))

    async def _send_failure(self, failure: Close) -> None:
        with suppress(ConnectionClosed):  # what send_context() raises once the connection is closed
            async with self.send_context():
                self.protocol.fail(failure.code, failure.reason)


class ClientWire(ClientConnection, FrameReader):
    """The client's side."""


class ServerWire(ServerConnection, FrameReader):
    """The server's side.

    Args:
        *args: as `ServerConnection` takes them.
        on_handshake_failure: told of handshakes that fail, which `websockets` only logs.
        strangers: holds the wire until it has shaken hands.
        **kwargs: as `ServerConnection` takes them.
    """

    def __init__(
        self,
        *args: Any,
        on_handshake_failure: Callable[[Exception], None],
        strangers: set[ServerWire],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._on_handshake_failure = on_handshake_failure
        self._strangers = strangers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the request; a task that calls `handshake` begins as well."""
        super().connection_made(transport)
        self._strangers.add(self)

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Shake hands within the time that the server allows."""
        try:
            await super().handshake(*args, **kwargs)
        except asyncio.CancelledError:
            self._on_handshake_failure(TimeoutError("a client did not finish its opening handshake in time"))
            raise
        finally:
            self._strangers.discard(self)
        if self.protocol.handshake_exc is not None:
            self._on_handshake_failure(self.protocol.handshake_exc)
