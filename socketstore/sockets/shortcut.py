"""Which frames take the shortcut of `whole_frames`, and how `websockets` gets the others, each one by itself."""

from __future__ import annotations

from time import monotonic
from typing import Any

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from socketstore.sockets.flow import PIECE, Paced
from socketstore.sockets.whole_frames import KINDS, MASKED, UNKNOWN, Unpack, frame_end, read_messages
from socketstore.sockets.wire import Sink


class Shortcut(Paced):
    """A `websockets` connection that reads most messages itself.

    The parser of `websockets` gets whole frames, or the beginning of a long one and then the rest of it: so it always
    stands between two frames when the shortcut is taken.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = b""  # came, not handled: as a rule the beginning of a frame
        self._at = 0  # how much of what is being parsed has been
        self._owed = 0  # bytes of the frame of which websockets has the beginning
        self._mask = MASKED if self.protocol.side is Side.SERVER else 0
        self._limit = _limit(self.protocol)
        self._most_held = PIECE if self._limit is None else min(PIECE, self._limit)

    def _parse_bytes(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        self._at = 0
        try:
            if self._owed:
                self._pay(data)
            while self._at < len(data) and self._advance(data, self._at):
                if monotonic() >= self._stop and self._at < len(data):
                    self._put_back(data)
        except BaseException:  # a listener may be interrupted: what is left must not begin in the middle of a frame
            self._put_back(data)
            raise
        self._held = data[self._at :]

    def _put_back(self, data: bytes) -> None:
        """Leave what has not been parsed to the turn that follows."""
        self._pieces.appendleft(data[self._at :])
        self._at = len(data)

    def _parse_the_rest(self) -> None:
        super()._parse_the_rest()
        if self._held:
            held, self._held = self._held, b""
            self._leave_to_websockets(held)

    def _pay(self, data: bytes) -> None:
        """Give `websockets` the rest of the frame that it has the beginning of."""
        part = min(self._owed, len(data))
        self._owed -= part
        self._pass(data, part)

    def _pass(self, data: bytes, until: int) -> bool:
        """Give `websockets` all up to a place."""
        at, self._at = self._at, until
        self._leave_to_websockets(data[at:until])
        return True

    def _advance(self, data: bytes, at: int) -> bool:
        """Handle all that takes the shortcut, or else one frame; tell whether anything could be done."""
        sink = self._sink
        if sink is None:  # it is the handshake, or will be thrown away
            return self._pass(data, len(data))
        if self._is_open_to_shortcuts() and self._read(data, at, sink):
            return True
        return self._pass_frame(data, at)

    def _is_open_to_shortcuts(self) -> bool:
        """Tell whether no fragments are under way, and nobody sees every frame: the log of the wire, an extension."""
        protocol = self.protocol
        if protocol.state is not State.OPEN or protocol.current_size is not None or protocol.debug:
            return False
        return all(type(extension) is PerMessageDeflate for extension in protocol.extensions)

    def _read(self, data: bytes, at: int, sink: Sink) -> bool:
        """Hand on the messages that take the shortcut; tell whether there were any."""
        limit = len(data) if self._limit is None else self._limit
        messages: list[str | bytes] = []
        error: Exception | None = None
        try:
            self._at = read_messages(data, at, self._mask, limit, messages, self._unpacking())
        except (ProtocolError, PayloadTooBig, UnicodeDecodeError) as wrong:  # in a packed one
            self._at, error = len(data), wrong  # nothing behind it counts
        if messages:
            self.deliver(messages, sink)
        if error is not None:
            self.fail(_close_code(error), error)
        return self._at > at

    def _unpacking(self) -> Unpack | None:
        """Return what unpacks messages; without it each takes 2 µs more, a third of the way to the subscriber."""
        if not self.protocol.extensions:
            return None
        (deflate,) = self.protocol.extensions

        def unpack(kind: int, payload: bytes) -> bytes:
            frame = Frame(Opcode(kind & 0x0F), payload, rsv1=True)
            return bytes(deflate.decode(frame, max_size=self._limit).data)

        return unpack

    def _pass_frame(self, data: bytes, at: int) -> bool:
        """Give `websockets` the frame that begins here, unless it has to wait: for its length, or for the shortcut."""
        end = frame_end(data, at, self._mask)
        if end is None:  # it will fail the connection
            return self._pass(data, len(data))
        if end == UNKNOWN or (len(data) < end <= at + self._most_held and data[at] in KINDS):
            return False
        self._owed = max(end - len(data), 0)
        return self._pass(data, min(end, len(data)))


def _limit(protocol: Protocol) -> int | None:
    """Return how many bytes a frame may hold that is a message; ``None``: any number."""
    return min(
        (size for size in (protocol.max_message_size, protocol.max_fragment_size) if size is not None), default=None
    )


def _close_code(error: Exception) -> CloseCode:
    """Return what `websockets` fails a connection with over a message that cannot be unpacked."""
    if isinstance(error, PayloadTooBig):
        return CloseCode.MESSAGE_TOO_BIG
    return CloseCode.INVALID_DATA if isinstance(error, UnicodeDecodeError) else CloseCode.PROTOCOL_ERROR
