"""From the frames that picows hands on to what a socket is told, at the pace of `Pacing`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from picows import WSFrame, WSListener, WSMsgType, WSTransport
from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode

from socketstore.sockets.over_picows.assembling import TEXT, Assembler, MessageTooBig, check_reserved
from socketstore.sockets.pacing import Pacing
from socketstore.sockets.pings import Pings
from socketstore.sockets.wire import Sink

PING, PONG, CLOSE = WSMsgType.PING, WSMsgType.PONG, WSMsgType.CLOSE

Piece = Callable[[Sink], None]
"""Tells the sink of the messages that stood between two other frames, or of one such frame."""

CODES = {MessageTooBig: CloseCode.MESSAGE_TOO_BIG, UnicodeDecodeError: CloseCode.INVALID_DATA}
"""What a connection is failed with over a message; 1002 over everything else."""


class Reading(Pacing, Pings, WSListener):
    """The half of a connection of picows that reads.

    picows hands on one frame after the other while it reads. Messages are gathered until the read is over, so that what
    has to be done for them together is done once; other frames keep their place among them.

    Args:
        limit: bytes that a message may hold; ``None``: any number.
    """

    def __init__(self, limit: int | None) -> None:
        super().__init__()
        self._assembler = Assembler(limit)
        self._messages: list[str | bytes] = []  # of the read that is under way, behind the last piece
        self._received: Close | None = None
        self._is_broken = False  # what still comes is nonsense

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002 - so it is called
        """Keep what came until the read is over."""
        is_odd = frame.rsv1 or frame.rsv2 or frame.rsv3
        if self._is_broken:  # picows goes on behind a frame that it could not read, also in the middle of it
            pass
        elif frame.msg_type is TEXT and frame.fin and self._assembler.idle and not is_odd:
            try:
                self._messages.append(frame.get_payload_as_utf8_text())
            except UnicodeDecodeError as error:
                self._break_off(partial(self._wrong, error))
        else:
            self._keep(frame)
        if frame.last_in_buffer:
            self.reads += 1
            self.read_at = self.loop.time()
            self._end_run()
            self._came()

    # For those below.

    def _send_pong(self, data: bytes) -> None:
        """Answer a ping, if something can be sent."""
        raise NotImplementedError

    def _peer_closes(self, close: Close) -> None:
        """Answer a close frame, and wait for the end."""
        raise NotImplementedError

    # From frames to pieces.

    def _keep(self, frame: WSFrame) -> None:
        """Keep a frame that is not the common case."""
        kind = frame.msg_type
        try:
            if kind in {PING, PONG, CLOSE}:
                check_reserved(frame)
                handle = {PING: self._ping, PONG: self._pong, CLOSE: self._close}[kind]
                self._add(partial(handle, frame.get_payload_as_bytes()))
            elif (message := self._assembler.take(frame)) is not None:
                self._messages.append(message)
        except (ProtocolError, MessageTooBig, UnicodeDecodeError) as error:
            self._break_off(partial(self._wrong, error))

    def _add(self, piece: Piece) -> None:
        self._end_run()
        self._pieces.append(piece)

    def _break_off(self, piece: Piece) -> None:
        """Keep this, and nothing that comes behind it."""
        self._add(piece)
        self._is_broken = True

    def _end_run(self) -> None:
        if self._messages and not self._cut:
            self._pieces.append(partial(self.deliver, self._messages))
        self._messages = []

    # From pieces to what the sink is told.

    def _parse(self, piece: Piece) -> None:
        if self._sink is not None and not self._is_deaf():
            piece(self._sink)

    def _is_deaf(self) -> bool:
        return self._received is not None or self.failure is not None

    def _ping(self, data: bytes, sink: Sink) -> None:
        self._send_pong(data)
        self.ping_answered(len(data))
        sink.ping_came(data)

    def _pong(self, data: bytes, sink: Sink) -> None:
        asked = data in self.pending_pings
        self.acknowledge_pings(data)
        sink.pong_came(data, self.latency if asked else None)

    def _close(self, data: bytes, sink: Sink) -> None:
        try:
            close = Close.parse(data)
        except (ProtocolError, UnicodeDecodeError) as error:
            self._wrong(error, sink)
        else:
            self._received = close
            self._peer_closes(close)

    def _wrong(self, error: Exception, _: Sink) -> None:
        self.fail(CODES.get(type(error), CloseCode.PROTOCOL_ERROR), error)
