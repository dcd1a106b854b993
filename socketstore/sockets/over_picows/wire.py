"""An open connection of picows, as a `Wire`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport
from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode

from socketstore.sockets.closing import how_it_ended
from socketstore.sockets.events import CloseEvent
from socketstore.sockets.inbox import Inbox
from socketstore.sockets.over_picows.assembling import TEXT, Assembler, MessageTooBig, check_reserved
from socketstore.sockets.over_picows.settings import Settings
from socketstore.sockets.over_picows.traffic import bytes_received
from socketstore.sockets.pacing import Pacing
from socketstore.sockets.pings import Pings
from socketstore.sockets.wire import Sink

PING, PONG, CLOSE = WSMsgType.PING, WSMsgType.PONG, WSMsgType.CLOSE
CONTROL_BYTES = 125  # RFC 6455, section 5.5


class PicowsWire(Pacing, Pings, WSListener):  # type: ignore[misc]  # picows is typed as Any where it is not installed
    """A connection of picows that is read at the pace of `Pacing`, and kept alive by `Pings`: a `Wire`.

    picows hands on one frame after the other while it reads. Messages are gathered until the read is over, so that what
    has to be done for them together is done once; other frames keep their place among them.

    Args:
        settings: what the socket was told.
        subprotocol: what both sides agreed on.
        hide: hides the secrets that the socket was given.

    Attributes:
        hide: the same.
        subprotocol: the same.
    """

    def __init__(self, settings: Settings, subprotocol: str | None, hide: Callable[[str], str]) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.hide = hide
        self.subprotocol = subprotocol
        self.inbox = Inbox(settings.max_inbox)
        self.ping_interval, self.ping_timeout = settings.ping_interval, settings.ping_timeout
        self.pending_pings = {}
        self.latency = 0.0
        self._settings = settings
        self._assembler = Assembler(settings.max_message)
        self._messages: list[str | bytes] = []  # of the read that is under way, behind the last piece
        self._received: Close | None = None
        self._sent: Close | None = None
        self._error: Exception | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._patience: asyncio.TimerHandle | None = None

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Begin to send pings."""
        self._transport = transport
        self._tcp = transport.underlying_transport
        self._tcp.set_write_buffer_limits(*self._settings.write_limits)
        self._keeping_alive = self.loop.create_task(self.keepalive(), name="keepalive")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Keep what came until the read is over."""
        if frame.msg_type is TEXT and frame.fin and self._assembler.idle and not frame.rsv1:
            try:
                self._messages.append(frame.get_payload_as_utf8_text())
            except UnicodeDecodeError as error:
                self._add(partial(self._wrong, error))
        else:
            self._take(frame)
        if frame.last_in_buffer:
            self.reads += 1
            self.read_at = self.loop.time()
            self._end_run()
            self._came()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Tell the sink of the end, when codes and reasons are settled and all messages handed on."""
        self._keeping_alive.cancel()
        if self._patience is not None:
            self._patience.cancel()
        if self._sink is not None:
            self._parse_the_rest()
        self._note_failure_of_picows()
        self._fail_pings()
        self._room.set()
        self._come_to_an_end()

    def pause_writing(self) -> None:
        """Let those who send wait."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Let them go on."""
        self._room.set()

    # What the socket calls.

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        ends = self._received or self._sent or self.failure
        return ends is None and not self._transport.is_close_frame_sent and not self._is_lost()

    @property
    def unsent(self) -> int:
        """Bytes that wait to be taken by the operating system."""
        return 0 if self._transport.is_disconnected else int(self._tcp.get_write_buffer_size())

    @property
    def cause(self) -> Exception | None:
        """What the connection was failed over."""
        return self._error

    def write(self, message: str | bytes | bytearray | memoryview) -> None:
        """Put a message into the send buffer.

        Raises:
            TypeError: it is neither text nor bytes.
            UnicodeEncodeError: it is no valid Unicode.
        """
        if isinstance(message, str):
            self._transport.send(TEXT, message.encode())
        else:
            self._transport.send(WSMsgType.BINARY, memoryview(message).tobytes())

    async def drain(self) -> None:
        """Wait until the send buffer has room.

        Raises:
            ConnectionResetError: the line broke.
        """
        await self._room.wait()
        if self._transport.is_disconnected:
            message = "the connection is lost"
            raise ConnectionResetError(message)

    async def measure(self, data: bytes) -> float:
        """Send a ping, and return the seconds until its pong.

        Raises:
            ValueError: it is no ping that can be sent, or one like it is on its way.
            ConnectionError: the connection closed before the pong came.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)) or len(data) > CONTROL_BYTES:
            message = "control frame too long, or no bytes"
            raise ValueError(message)
        if bytes(data) in self.pending_pings:
            message = "already waiting for a pong with the same data"
            raise ValueError(message)
        return await self._send_ping(bytes(data))

    async def close_in_time(self, code: int, reason: str) -> None:
        """Shake hands for closing, while what has come is still handed on; cut both when ``close_timeout`` is over."""
        if self.is_open:
            self._send_close(Close(code, reason))
        try:
            async with asyncio.timeout(self._settings.close_timeout):
                await self.over.wait()
        except TimeoutError as error:
            self._error = self._error or error
            self.cut()

    def fail(self, code: CloseCode, error: Exception) -> None:
        """Fail the connection (RFC 6455, section 7.1.7): say so, and cut it after at most ``close_timeout`` seconds."""
        failure = Close(code, str(error).encode()[:120].decode(errors="ignore"))
        self._error = self._error or error
        if self.is_open:
            self._send_close(failure)
        self.failure = failure
        self._end_in_time()

    def cut(self) -> None:
        """Cut the connection, and hand on nothing more of what has come."""
        self._drop_all()
        self._messages = []
        self._hang_up()

    def how_it_ended(self, *, close_asked: bool) -> CloseEvent:
        """Say how the connection has ended."""
        event = how_it_ended(self.failure, self._received, self._sent, close_asked=close_asked)
        return replace(event, dropped=self.dropped)

    # From frames to pieces.

    def _take(self, frame: WSFrame) -> None:
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
            self._add(partial(self._wrong, error))

    def _add(self, piece: Callable[[Sink], None]) -> None:
        self._end_run()
        self._pieces.append(piece)

    def _end_run(self) -> None:
        if self._messages and not self._cut:
            self._pieces.append(partial(self.deliver, self._messages))
        self._messages = []

    def _parse(self, piece: Callable[[Sink], None]) -> None:
        if self._sink is not None and not self._is_deaf():
            piece(self._sink)

    def _ping(self, data: bytes, sink: Sink) -> None:
        if self.is_open:
            self._transport.send_pong(data)
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
            return
        if self.is_open:
            self._send_close(close)
        self._received = close
        self._end_in_time()

    def _wrong(self, error: Exception, _: Sink) -> None:
        codes = {MessageTooBig: CloseCode.MESSAGE_TOO_BIG, UnicodeDecodeError: CloseCode.INVALID_DATA}
        self.fail(codes.get(type(error), CloseCode.PROTOCOL_ERROR), error)

    # The rest of what `Pacing` and `Pings` ask for.

    def _is_deaf(self) -> bool:
        return self._received is not None or self.failure is not None

    def _pause_reading(self, wanted: bool) -> None:  # noqa: FBT001 - what is wanted is the whole question
        if not self._is_lost():
            (self._tcp.pause_reading if wanted else self._tcp.resume_reading)()

    def _write_ping(self, data: bytes) -> None:
        self._transport.send_ping(data)

    def _hang_up(self) -> None:
        if not self._transport.is_disconnected:
            self._transport.disconnect(graceful=False)

    def _has_room(self) -> bool:
        return self._room.is_set()

    def _traffic(self) -> Hashable:
        return self.reads, bytes_received(self._tcp)  # of a long frame picows tells nothing until it is complete

    def _is_lost(self) -> bool:
        return bool(self._transport.is_disconnected or self._tcp.is_closing())

    def _send_close(self, close: Close) -> None:
        self._sent = close
        if close.code == CloseCode.NO_STATUS_RCVD:  # for which picows would write a code of 0
            self._transport.send(CLOSE, b"")
        else:
            self._transport.send_close(close.code, close.reason)

    def _end_in_time(self) -> None:
        """Wait for the peer to end the TCP connection, at most ``close_timeout`` seconds, and cut it then."""
        if self._patience is None and self._settings.close_timeout is not None:
            self._patience = self.loop.call_later(self._settings.close_timeout, self._hang_up)

    def _note_failure_of_picows(self) -> None:
        """Remember what picows failed the connection over by itself: a frame that it could not read."""
        handshake = self._transport.close_handshake
        if self.failure is not None or self._sent is not None or handshake is None or handshake.sent is None:
            return
        self.failure = Close(int(handshake.sent.code), handshake.sent.reason)
        self._error = ProtocolError(handshake.sent.reason)
        self.loop.create_task(self._hear_it_out())  # noqa: RUF006 - it ends at once, and nothing depends on it

    async def _hear_it_out(self) -> None:
        """Take the exception that picows keeps for us, which asyncio would complain of otherwise."""
        with suppress(Exception):
            await self._transport.wait_disconnected()

    def _fail_pings(self) -> None:
        pings, self.pending_pings = self.pending_pings, {}
        for pong, _ in pings.values():
            if not pong.done():
                pong.set_exception(ConnectionResetError("the connection closed"))
                pong.exception()  # nobody may wait for it
