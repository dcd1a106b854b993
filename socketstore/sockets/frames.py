"""From frames to messages, as the bytes arrive, with `websockets`.

`websockets` lets its connection classes be subclassed and given to ``connect`` and ``serve``. Frames are handled within
``data_received``, in the order in which they came, with no task in between; `flow` says when messages are handed on,
`shortcut` which frames are read without the parser of `websockets`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.frames import BINARY, CONT, PING, PONG, TEXT, CloseCode, Frame, Opcode
from websockets.protocol import Event

from socketstore.sockets.conversing import Conversing
from socketstore.sockets.inbox import MAX_INBOX, Inbox
from socketstore.sockets.shortcut import Shortcut
from socketstore.sockets.wire import Sink

MAX_FRAGMENTS = 65_536
"""Frames in one message, beyond which the connection is failed with 1009: ``max_size`` does not count empty ones."""


class FrameReader(Conversing, Shortcut):
    """A `websockets` connection that tells a sink of every message, ping and pong, and of the end: a `Wire`.

    What comes before a sink is attached (a first message in the same packet as the handshake) is kept for it.

    Attributes:
        hide: hides the secrets that the socket was given, for the log of the wire.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hide: Callable[[str], str] = str
        self._early: list[Frame] = []
        self._fragments: list[Frame] = []

    def process_event(self, event: Event) -> None:
        """Handle one frame; the handshake has been handled by the subclass."""
        if not isinstance(event, Frame):
            super().process_event(event)
        elif self._sink is None:
            self._early.append(event)
        else:
            self._hand_on(event, self._sink)

    def _hand_over(self, sink: Sink) -> None:
        early, self._early = self._early, []
        for frame in early:
            self._hand_on(frame, sink)

    def _hand_on(self, frame: Frame, sink: Sink) -> None:
        opcode = frame.opcode
        if opcode is TEXT or opcode is BINARY or opcode is CONT:
            if self.failure is None:
                self._assemble(frame, sink)
        elif opcode is PING:
            self.ping_answered(len(frame.data))
            sink.ping_came(bytes(frame.data))
        elif opcode is PONG:
            self._answered(bytes(frame.data), sink)

    def _answered(self, data: bytes, sink: Sink) -> None:
        asked = data in self.pending_pings
        self.acknowledge_pings(data)
        sink.pong_came(data, self.latency if asked else None)

    def _assemble(self, frame: Frame, sink: Sink) -> None:
        if frame.fin and not self._fragments:
            self._complete(frame.opcode, frame.data, sink)
            return
        self._fragments.append(frame)
        if frame.fin:
            fragments, self._fragments = self._fragments, []
            self._complete(fragments[0].opcode, b"".join(part.data for part in fragments), sink)
        elif len(self._fragments) > MAX_FRAGMENTS:
            self._fragments.clear()
            self.fail(CloseCode.MESSAGE_TOO_BIG, ValueError(f"a message of more than {MAX_FRAGMENTS} frames"))

    def _complete(self, opcode: Opcode, data: Any, sink: Sink) -> None:
        if opcode is not TEXT:
            self.deliver((bytes(data),), sink)
            return
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError as error:
            self.fail(CloseCode.INVALID_DATA, error)
        else:
            self.deliver((text,), sink)


class ClientWire(ClientConnection, FrameReader):
    """The client's side.

    Args:
        *args: as `ClientConnection` takes them.
        max_inbox: bytes of messages that may wait; with more, nothing is read until half of them have been handed on.
        **kwargs: as `ClientConnection` takes them.
    """

    def __init__(self, *args: Any, max_inbox: int = MAX_INBOX, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inbox = Inbox(max_inbox)

    def _are_frames(self) -> bool:
        return self.response is not None


class ServerWire(ServerConnection, FrameReader):
    """The server's side.

    Args:
        *args: as `ServerConnection` takes them.
        on_handshake_failure: told of handshakes that fail, which `websockets` only logs.
        strangers: holds the wire until it has shaken hands.
        max_inbox: bytes of messages that may wait; with more, nothing is read until half of them have been handed on.
        **kwargs: as `ServerConnection` takes them.
    """

    def __init__(
        self,
        *args: Any,
        on_handshake_failure: Callable[[Exception], None],
        strangers: set[ServerWire],
        max_inbox: int = MAX_INBOX,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.inbox = Inbox(max_inbox)
        self._on_handshake_failure = on_handshake_failure
        self._strangers = strangers
        self._patience = asyncio.timeout(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the request; a task that calls `handshake` begins as well."""
        super().connection_made(transport)
        self._strangers.add(self)

    def _are_frames(self) -> bool:
        return self.request is not None

    def turn_away(self) -> None:
        """Give up shaking hands, since the server closes: at once, or in ``close_timeout`` if there is a request."""
        if self.request is None:  # it has only opened a TCP connection, as browsers do to be quick later
            self.transport.abort()
        elif self.close_timeout is not None:
            self._patience.reschedule(self.loop.time() + self.close_timeout)

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Shake hands within the time that the server allows."""
        try:
            async with self._patience:
                await super().handshake(*args, **kwargs)
        except asyncio.CancelledError:
            self._on_handshake_failure(TimeoutError("a client did not finish its opening handshake in time"))
            raise
        finally:
            self._strangers.discard(self)
        if self.protocol.handshake_exc is not None:
            self._on_handshake_failure(self.protocol.handshake_exc)
