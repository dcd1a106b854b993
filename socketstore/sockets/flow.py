"""How fast a socket is read: in pieces and slices, so that no flood and no slow listener keeps the event loop away.

Bytes are parsed as they come, and pings answered. Messages are handed on at once while a slice of time lasts; what
comes then waits in an inbox, and is handed on in slices, between which the event loop goes round. Whoever keeps up
never meets the inbox.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from math import inf
from time import monotonic
from typing import Any

from websockets.protocol import State

from socketstore.sockets.crowd import crowd_of
from socketstore.sockets.inbox import MAX_INBOX, Inbox
from socketstore.sockets.keepalive import KeptAlive
from socketstore.sockets.lost import LostTransport
from socketstore.sockets.wire import Sink

SLICE = 0.005
"""Seconds that listeners have in one round of the event loop. The message that is in hand then is finished."""

SHARES = 10
"""Sockets that share a slice, when messages wait for many: with more of them, a round takes longer."""

PIECE = 8192
"""Bytes that are parsed without looking at the clock: at most 4096 messages, and what they may be when unpacked."""

LAST = 8 * 1024 * 1024
"""Bytes by which an inbox may grow beyond its limit with what lies unparsed when the connection ends: all of it, unless
it is compressed to a thirtieth."""


class Paced(KeptAlive):
    """A `websockets` connection that is read in pieces, and hands messages on in slices.

    Attributes:
        inbox: the messages that wait.
        dropped: how many messages came and were not handed on, because the connection was cut on this side.
        over: set once the sink has been told of the end.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inbox = Inbox(MAX_INBOX)  # the classes below take max_inbox: those of websockets in between would not
        self.dropped = 0
        self.over = asyncio.Event()
        self._sink: Sink | None = None
        self._pieces: deque[bytes] = deque()  # came, not parsed
        self._until = 0.0
        self._stop = inf  # when parsing has to stop, at the end of a frame
        self._turn: asyncio.Handle | None = None
        self._crowd = crowd_of(self.loop)
        self._cut = False
        self._lost = False
        self._is_heard = True
        self._is_deserted = False

    def attach(self, sink: Sink, *, is_heard: bool = True) -> None:
        """Hand over what has come so far, then everything as it comes; nothing changes the second time.

        Args:
            sink: who is told.
            is_heard: whether anybody listens to the sink; else messages wait for `be_heard`, as long as there is room.
        """
        if self._sink is not None:
            return
        self._sink = sink
        self._is_heard = is_heard
        try:
            with sink.reading():
                until = self._begin_slice()
                self._hand_over(sink)
                self._read_on(until)
        finally:
            self._look_after()

    def be_heard(self) -> None:
        """Hand on the messages that have waited for somebody to listen."""
        if not self._is_heard:
            self._is_heard = True
            self._look_after()

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
        try:
            with nullcontext() if self._sink is None else self._sink.reading():
                # A turn that is due has the slice of this round.
                self._read_on(self._begin_slice() if self._turn is None else 0.0)
        finally:
            self._look_after()

    def eof_received(self) -> None:
        """Take what came before the peer's last byte into account, and end."""
        self._parse_the_rest()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink of the end, when codes and reasons are settled and all messages handed on."""
        self._parse_the_rest()
        super().connection_lost(exc)
        self.transport = LostTransport(self.transport)
        self._lost = True
        self._look_after()

    def cut(self) -> None:
        """Cut the connection, and hand on nothing more of what has come."""
        self._cut = True
        self._until = 0.0
        self.dropped += self.inbox.clear()
        self._pieces.clear()
        self.transport.abort()

    def deliver(self, messages: Iterable[str | bytes], sink: Sink) -> None:
        """Hand messages on at once if their turn has come and as long as there is time; let the others wait."""
        coming = iter(messages)
        try:
            if not self.inbox.messages and monotonic() < self._until:
                sink.messages_came(self._in_time(coming))
        finally:  # also after an interrupt, which does not end every program
            for message in coming:
                if self._cut:
                    self.dropped += 1
                else:
                    self.inbox.put(message)

    def _in_time(self, messages: Iterator[str | bytes]) -> Iterator[str | bytes]:
        """Give messages until the slice is over, or the connection was cut."""
        for message in messages:
            yield message
            if monotonic() >= self._until:  # 40 ns, 2 % of a message: not worth a slice that is sometimes longer
                return

    def _hand_over(self, sink: Sink) -> None:
        """Hand on what came before the sink did; for those below."""

    def _are_frames(self) -> bool:
        """Tell whether what comes now are frames, no handshake; for those below."""
        return self.state is not State.CONNECTING

    def _take_turn(self) -> None:
        self._turn = None
        self._crowd.discard(id(self))
        sink = self._sink
        if sink is None:
            return
        try:
            with sink.reading():
                until = self._begin_slice()
                if self.inbox.messages:
                    sink.messages_came(self._that_waited(until))
                self._read_on(until)
        finally:
            self._look_after()

    def _that_waited(self, until: float) -> Iterator[str | bytes]:
        """Give what waits in the inbox, until the slice is over."""
        while self.inbox.messages and self._is_heard:
            yield self.inbox.take()
            if monotonic() >= until:
                return

    def _read_on(self, until: float) -> None:
        """Parse until the slice is over, and one piece in any case: pings are answered however slow listeners are."""
        self._stop = until
        while self._pieces and self._may_parse():
            self._parse(self._next_piece())
            self._look_at_state()
            if monotonic() >= until and self._sink is not None:  # a handshake is small, and nobody has a turn yet
                return

    def _next_piece(self) -> bytes:
        """Take the next piece, or the next line of a handshake: what stands behind its last one waits for the sink."""
        piece = self._pieces.popleft()
        end = 0 if self._are_frames() else piece.find(b"\n") + 1
        if not 0 < end < len(piece):
            return piece
        self._pieces.appendleft(piece[end:])
        return piece[:end]

    def _begin_slice(self) -> float:
        """Let messages be handed on until the time that is returned, if anybody listens and nothing was cut."""
        now = monotonic()
        if now < self._until:  # what is left of one that began in this round
            return self._until
        until = now + SLICE / min(len(self._crowd) + 1, SHARES)
        self._until = until if self._is_heard and not self._cut else 0.0
        return until

    def _look_at_state(self) -> None:
        if self.state is State.CLOSING:
            self.end_in_time()  # the peer has spoken its last word, and may still keep the TCP connection open
        elif self.state is State.CONNECTING and self.protocol.handshake_exc is not None:
            self.transport.close()  # no handshake will come of this; websockets would wait for the peer to hang up

    def _may_parse(self) -> bool:
        if self._sink is None and self._are_frames():
            return self._is_deaf()
        return not self.inbox.full or self._is_deaf()

    def _is_deaf(self) -> bool:
        """Tell whether what still comes is thrown away by the protocol: there is no reason to hold it up."""
        protocol = self.protocol
        ended = protocol.eof_sent or protocol.close_rcvd is not None or protocol.parser_exc is not None
        return ended or self.failure is not None

    def _look_after(self) -> None:
        """Give what waits its turn, let no more come than there is room for, and tell of the end when nothing waits."""
        if not self._is_heard and (self.inbox.full or self._lost):
            self._wait_no_more()
        waits = bool(self._pieces or (self.inbox.messages and self._is_heard))
        if not waits and not self.held_up and not self._lost:
            return
        self._hold_up(bool(self._pieces) or (self.inbox.full and not self._is_deaf()))
        if self._sink is None:
            return
        if waits:
            if self._turn is None:
                self._turn = self.loop.call_soon(self._take_turn)
                self._crowd.add(id(self))
        elif self._lost and not self.over.is_set():
            self.over.set()
            self._sink.connection_ended()

    def _wait_no_more(self) -> None:
        """Forget what waits for somebody to listen: nobody wants it, and the peer must not wait for that."""
        self._is_heard = True
        self.inbox.clear()

    def _hold_up(self, wanted: bool) -> None:  # noqa: FBT001 - what is wanted is the whole question
        if wanted == self.held_up:
            return
        self.held_up = wanted
        if self.transport.is_closing():
            return
        if wanted:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _parse(self, data: bytes) -> None:
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
        """Parse what came before the end, as far as memory allows; answers would reach nobody."""
        self._until, self._stop = 0.0, inf
        self._is_deserted = True
        while self._pieces and self.inbox.size < self.inbox.limit + LAST:
            self._parse(self._next_piece())
        self._pieces.clear()
