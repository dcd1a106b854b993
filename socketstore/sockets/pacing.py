"""How fast messages are handed on: in slices, so that no flood and no slow listener keeps the event loop away.

Messages are handed on at once while a slice of time lasts; what comes then waits in an inbox, and is handed on in
slices, between which the event loop goes round. Whoever keeps up never meets the inbox. When it is full nothing more is
read, so that the peer has to wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from math import inf
from time import monotonic
from typing import Any

from socketstore.sockets.crowd import crowd_of
from socketstore.sockets.inbox import MAX_INBOX, Inbox
from socketstore.sockets.wire import Sink

SLICE = 0.005
"""Seconds that listeners have in one round of the event loop. The message that is in hand then is finished."""

SHARES = 10
"""Sockets that share a slice, when messages wait for many: with more of them, a round takes longer."""

LAST = 8 * 1024 * 1024
"""Bytes by which an inbox may grow beyond its limit with what lies unparsed when the connection ends: all of it, unless
it is compressed to a thirtieth."""


class Pacing:
    """The half of `Wire` that decides when what has come is handed on, whatever brings it.

    Attributes:
        loop: the event loop.
        inbox: the messages that wait.
        dropped: how many messages came and were not handed on, because the connection was cut on this side.
        over: set once the sink has been told of the end.
        held_up: whether this side reads nothing at present.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inbox = Inbox(MAX_INBOX)  # the classes below take max_inbox: those of websockets in between would not
        self.dropped = 0
        self.over = asyncio.Event()
        self.held_up = False
        self._sink: Sink | None = None
        self._pieces: deque[Any] = deque()  # came, not parsed
        self._until = 0.0
        self._stop = inf  # when parsing has to stop: those below look at the clock in a piece that takes long
        self._turn: asyncio.Handle | None = None
        self._crowd = crowd_of(asyncio.get_running_loop())
        self._cut = False
        self._lost = False
        self._is_heard = True
        self._is_put_off = False

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

    def put_off(self) -> None:
        """Let messages wait until `be_heard`, and the peer when there is no room for more."""
        self._is_heard, self._is_put_off = False, True
        self._until = 0.0

    def be_heard(self) -> None:
        """Hand on the messages that have waited for somebody to listen."""
        if not self._is_heard:
            self._is_heard, self._is_put_off = True, False
            self._look_after()

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

    # What those below say of what brings the messages.

    def _parse(self, piece: Any) -> None:
        """Make messages of a piece, and deliver them."""
        raise NotImplementedError

    def _pause_reading(self, wanted: bool) -> None:  # noqa: FBT001 - what is wanted is the whole question
        """Let nothing more come, or everything again."""
        raise NotImplementedError

    def _is_deaf(self) -> bool:
        """Tell whether what still comes is thrown away: there is no reason to hold it up."""
        raise NotImplementedError

    def _hand_over(self, sink: Sink) -> None:
        """Hand on what came before the sink did, if it does not wait in pieces."""

    def _next_piece(self) -> Any:
        """Take what is to be parsed next."""
        return self._pieces.popleft()

    def _may_parse(self) -> bool:
        """Tell whether there is somebody to tell, and room for what nobody can be told of yet."""
        return self._sink is not None and (not self.inbox.full or self._is_deaf())

    # What those below call.

    def _came(self) -> None:
        """Handle the pieces that came, as far as there is room and time; let the rest wait."""
        try:
            with nullcontext() if self._sink is None else self._sink.reading():
                # A turn that is due has the slice of this round.
                self._read_on(self._begin_slice() if self._turn is None else 0.0)
        finally:
            self._look_after()

    def _come_to_an_end(self) -> None:
        """Take the end of the line into account; the sink is told when all messages have been handed on."""
        self._lost = True
        self._look_after()

    def _drop_all(self) -> None:
        """Hand on nothing more of what has come: the connection is cut."""
        self._cut = True
        self._until = 0.0
        self.dropped += self.inbox.clear()
        self._pieces.clear()

    def _parse_the_rest(self) -> None:
        """Parse what came before the end, as far as memory allows."""
        self._until, self._stop = 0.0, inf
        while self._pieces and self.inbox.size < self.inbox.limit + LAST:
            self._parse(self._next_piece())
        self._pieces.clear()

    def _begin_slice(self) -> float:
        """Let messages be handed on until the time that is returned, if anybody listens and nothing was cut."""
        now = monotonic()
        until = self._until  # what is left of one that began in this round
        if now >= until:
            until = now + SLICE / min(len(self._crowd) + 1, SHARES)
        self._until = until if self._is_heard and not self._cut else 0.0
        return until

    def _look_after(self) -> None:
        """Give what waits its turn, let no more come than there is room for, and tell of the end when nothing waits."""
        if not self._is_heard and not self._is_put_off and (self.inbox.full or self._lost):
            self._wait_no_more()
        waits = bool(self._pieces or (self.inbox.messages and self._is_heard))
        if not waits and not self.held_up and not self._lost:
            return
        self._hold_up(bool(self._pieces) or (self.inbox.full and not self._is_deaf()))
        if self._sink is None:
            return
        if waits:
            if self._turn is None and (self._is_heard or self._may_parse()):
                self._turn = self.loop.call_soon(self._take_turn)
                self._crowd.add(id(self))
        elif self._lost and not self.over.is_set() and not (self._is_put_off and self.inbox.messages):
            self.over.set()
            self._sink.connection_ended()

    def _in_time(self, messages: Iterator[str | bytes]) -> Iterator[str | bytes]:
        """Give messages until the slice is over, or the connection was cut."""
        for message in messages:
            yield message
            if monotonic() >= self._until:  # 40 ns, 2 % of a message: not worth a slice that is sometimes longer
                return

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
            if monotonic() >= until and self._sink is not None:  # a handshake is small, and nobody has a turn yet
                return

    def _wait_no_more(self) -> None:
        """Forget what waits for somebody to listen: nobody wants it, and the peer must not wait for that."""
        self._is_heard = True
        self.inbox.clear()

    def _hold_up(self, wanted: bool) -> None:  # noqa: FBT001 - what is wanted is the whole question
        if wanted != self.held_up:
            self.held_up = wanted
            self._pause_reading(wanted)
