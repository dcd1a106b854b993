"""Which frames take the shortcut of `whole_frames`, and how `websockets` gets the others, each where it begins."""

from __future__ import annotations

import math
from typing import Any

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.protocol import Protocol, Side, State

from socketstore.sockets.flow import PIECE, Paced
from socketstore.sockets.whole_frames import MASKED, UNFINISHED, frame_end, is_message, read_messages


class Shortcut(Paced):
    """A `websockets` connection that reads most frames itself.

    Its parser gets whole frames, or the beginning of one that is long and then the rest of it, so that it always stands
    between two frames when the shortcut is taken.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = b""  # the beginning of a frame
        self._owed = 0  # bytes of the frame of which websockets has the beginning
        self._mask = MASKED if self.protocol.side is Side.SERVER else 0
        self._limit = _limit(self.protocol)
        self._most_held = min(PIECE, self._limit)  # what is longer is joined by websockets, in time that grows with it

    def _parse(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        at = self._pay(data) if self._owed else 0
        while at < len(data):
            at = self._advance(data, at)

    def _parse_the_rest(self) -> None:
        super()._parse_the_rest()
        if self._held:
            held, self._held = self._held, b""
            self._leave_to_websockets(held)

    def _pay(self, data: bytes) -> int:
        """Give `websockets` the rest of the frame that it has the beginning of."""
        part = data[: self._owed]
        self._owed -= len(part)
        self._leave_to_websockets(part)
        return len(part)

    def _advance(self, data: bytes, at: int) -> int:
        """Handle what follows, up to the next change between the two parsers; return how far that is."""
        sink, protocol = self._sink, self.protocol
        if sink is None or protocol.state is not State.OPEN or not self._is_plain():
            self._leave_to_websockets(data[at:])
            return len(data)
        if protocol.current_size is None:  # no fragments under way
            messages: list[str | bytes] = []
            until = read_messages(data, at, self._mask, self._limit, messages)
            if messages:
                self.deliver(messages, sink)
                return until
        return self._pass_frames(data, at)

    def _is_plain(self) -> bool:
        """Tell whether nobody wants to see every frame: the log of the wire, or an extension."""
        protocol = self.protocol
        return not protocol.debug and all(type(extension) is PerMessageDeflate for extension in protocol.extensions)

    def _pass_frames(self, data: bytes, at: int) -> int:
        """Give `websockets` the frame that begins here, with those behind it that take no shortcut."""
        end = frame_end(data, at, self._mask)
        if end == UNFINISHED or (end is not None and self._is_to_be_held(data, at, end)):
            self._held = data[at:]
            return len(data)
        if end is None or end > len(data):
            self._leave_to_websockets(data[at:])
            self._owed = 0 if end is None else end - len(data)
            return len(data)
        until = self._end_of_run(data, end)
        self._leave_to_websockets(data[at:until])
        return until

    def _is_to_be_held(self, data: bytes, at: int, end: int) -> bool:
        """Tell whether a frame of which only the beginning is there may take the shortcut later."""
        fits = len(data) < end <= at + self._most_held
        return fits and is_message(data, at) and self.protocol.current_size is None

    def _end_of_run(self, data: bytes, at: int) -> int:
        while at < len(data) and not is_message(data, at):
            end = frame_end(data, at, self._mask)
            if end is None or end == UNFINISHED or end > len(data):
                break
            at = end
        return at


def _limit(protocol: Protocol) -> float:
    """Return how many bytes a message in one frame may have."""
    limits = [size for size in (protocol.max_message_size, protocol.max_fragment_size) if size is not None]
    return min(limits, default=math.inf)
