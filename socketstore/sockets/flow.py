"""How a `websockets` connection is read: in pieces, at the pace of `Pacing`. Pings are answered as they come."""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.protocol import State

from socketstore.sockets.keepalive import KeptAlive
from socketstore.sockets.lost import LostTransport
from socketstore.sockets.pacing import Pacing

PIECE = 8192
"""Bytes that are parsed without looking at the clock: at most 4096 messages, and what they may be when unpacked."""


class Paced(Pacing, KeptAlive):
    """A `websockets` connection that is read in pieces, and hands messages on in slices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_deserted = False
        self._grace: asyncio.TimerHandle | None = None

    def let_go(self) -> None:
        """Throw away what waits for a sink if there will be none, since the handshake was refused."""
        if self._is_deaf():
            self._pieces.clear()
            self._look_after()

    def data_received(self, data: bytes) -> None:
        """Handle what came, as far as there is room and time; let the rest wait."""
        self.reads += 1
        self.read_at = self.loop.time()
        if len(data) <= PIECE:
            self._pieces.append(data)
        else:
            self._pieces.extend(data[at : at + PIECE] for at in range(0, len(data), PIECE))
        self._came()

    def eof_received(self) -> None:
        """Take what came before the peer's last byte into account, and end."""
        self._parse_the_rest()
        super().eof_received()
        if self.close_timeout is not None:  # what waits is sent first, and some read nothing
            self._grace = self.loop.call_later(self.close_timeout, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink of the end, when codes and reasons are settled and all messages handed on."""
        if self._grace is not None:
            self._grace.cancel()
        self._parse_the_rest()
        super().connection_lost(exc)
        self.transport = LostTransport(self.transport)
        self._come_to_an_end()

    def cut(self) -> None:
        """Cut the connection, and hand on nothing more of what has come."""
        self._drop_all()
        self.transport.abort()

    def _are_frames(self) -> bool:
        """Tell whether what comes now are frames, no handshake; for those below."""
        return self.state is not State.CONNECTING

    def _next_piece(self) -> bytes:
        """Take the next piece, or the next line of a handshake: what stands behind its last one waits for the sink."""
        piece: bytes = self._pieces.popleft()
        end = 0 if self._are_frames() else piece.find(b"\n") + 1
        if not 0 < end < len(piece):
            return piece
        self._pieces.appendleft(piece[end:])
        return piece[:end]

    def _may_parse(self) -> bool:
        if self._sink is None and self._are_frames():
            return self._is_deaf()
        return not self.inbox.full or self._is_deaf()

    def _is_deaf(self) -> bool:
        protocol = self.protocol
        ended = protocol.eof_sent or protocol.close_rcvd is not None or protocol.parser_exc is not None
        return ended or self.failure is not None

    def _pause_reading(self, wanted: bool) -> None:  # noqa: FBT001 - what is wanted is the whole question
        if self.transport.is_closing():
            return
        if wanted:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _parse(self, piece: bytes) -> None:
        self._parse_bytes(piece)
        if self._is_deserted:
            return
        if self.state is State.CLOSING:
            self.end_in_time()  # the peer has spoken its last word, and may still keep the TCP connection open
        elif self.state is State.CONNECTING and self.protocol.handshake_exc is not None:
            self.transport.close()  # no handshake will come of this; websockets would wait for the peer to hang up

    def _parse_bytes(self, data: bytes) -> None:
        """Handle what is in bytes; those below need not leave all of it to `websockets`."""
        self._leave_to_websockets(data)

    def _leave_to_websockets(self, data: bytes) -> None:
        if not self._is_deserted:
            super().data_received(data)
            return
        self.protocol.receive_data(data)
        self.protocol.data_to_send()
        for event in self.protocol.events_received():
            self.process_event(event)

    def _parse_the_rest(self) -> None:
        self._is_deserted = True  # answers would reach nobody
        super()._parse_the_rest()
