"""An open connection of picows, as a `Wire`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from picows import WSMsgType, WSTransport
from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode

from socketstore.sockets.closing import how_it_ended
from socketstore.sockets.events import CloseEvent
from socketstore.sockets.inbox import Inbox
from socketstore.sockets.options import CONTROL_BYTES
from socketstore.sockets.over_picows.reading import Reading
from socketstore.sockets.over_picows.settings import Settings
from socketstore.sockets.over_picows.traffic import bytes_received
from socketstore.sockets.over_picows.watching import Watch
from socketstore.sockets.wire import Sink


class PicowsWire(Reading):
    """A connection of picows that is read at the pace of `Pacing`, and kept alive by `Pings`: a `Wire`.

    Args:
        settings: what the socket was told.
        subprotocol: what both sides agreed on.
        hide: hides the secrets that the socket was given.

    Attributes:
        subprotocol: the same.
        hide: the same.
    """

    def __init__(self, settings: Settings, subprotocol: str | None, hide: Callable[[str], str]) -> None:
        super().__init__(settings.max_message)
        self.loop = asyncio.get_running_loop()
        self.subprotocol = subprotocol
        self.hide = hide
        self.inbox = Inbox(settings.max_inbox)
        self.ping_interval, self.ping_timeout = settings.ping_interval, settings.ping_timeout
        self.pending_pings = {}
        self.latency = 0.0
        self._settings = settings
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
        self._tcp.set_protocol(Watch(cast(asyncio.BufferedProtocol, self._tcp.get_protocol()), self))
        self.loop.call_soon(self.read_is_over)  # this one, which brought the answer, is not watched
        self._keeping_alive = self.loop.create_task(self.keepalive(), name="keepalive")
        self._hearing_out = self.loop.create_task(self._hear_it_out(), name="picows")

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - so it is called
        """Tell the sink of the end, when codes and reasons are settled and all messages handed on."""
        self._keeping_alive.cancel()
        if self._patience is not None:
            self._patience.cancel()
        self._note_failure_of_picows()
        if self._sink is not None:
            self._parse_the_rest()
        self._fail_pings()
        self._room.set()
        self._come_to_an_end()

    def read_is_over(self) -> None:
        """Fail the connection, in its turn, if picows has; that hangs up soon, unless the peer reads nothing."""
        if self._note_failure_of_picows():
            self._came()
            self._end_in_time()

    def peer_is_done(self) -> None:
        """Wait until what was sent has been taken, but not for ever: nobody may read it any more."""
        self._end_in_time()

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
        return 0 if self._transport.is_disconnected else self._tcp.get_write_buffer_size()

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
            self._transport.send(WSMsgType.TEXT, message.encode())
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
            message = "it is too long, or no bytes"
            raise ValueError(message)
        if bytes(data) in self.pending_pings:
            message = "one with the same bytes waits for its pong"
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

    # What those above ask for.

    def _send_pong(self, data: bytes) -> None:
        if self.is_open:
            self._transport.send_pong(data)

    def _peer_closes(self, close: Close) -> None:
        if self._transport.is_close_frame_sent:  # by picows, as nonsense stands behind the close frame
            self._sent = self._sent or close
        else:
            self._send_close(close)
        self._end_in_time()

    def _send_close(self, close: Close) -> None:
        self._sent = close
        if close.code == CloseCode.NO_STATUS_RCVD:  # for which picows would write a code of 0
            self._transport.send(WSMsgType.CLOSE, b"")
        else:
            self._transport.send_close(close.code, close.reason)  # type: ignore[arg-type]  # it takes any number

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
        return self._transport.is_disconnected or self._tcp.is_closing()

    def _end_in_time(self) -> None:
        """Wait for the peer to end the TCP connection, at most ``close_timeout`` seconds, and cut it then."""
        if self._patience is None and self._settings.close_timeout is not None and not self._transport.is_disconnected:
            self._patience = self.loop.call_later(self._settings.close_timeout, self._hang_up)

    def _note_failure_of_picows(self) -> bool:
        """Remember if picows has failed the connection by itself, over a frame that it could not read."""
        if self._is_broken or not self._transport.is_close_frame_sent or self._sent is not None:
            return False
        self._break_off(self._picows_failed)
        return True

    def _picows_failed(self, _: Sink) -> None:
        words: Any = self._transport.close_handshake.sent  # its code is any number
        self.failure = Close(int(words.code), words.reason)
        self._error = ProtocolError(words.reason)

    async def _hear_it_out(self) -> None:
        """Take the exception that picows keeps for whoever waits, of which asyncio would complain otherwise."""
        with suppress(Exception):
            await self._transport.wait_disconnected()

    def _fail_pings(self) -> None:
        pings, self.pending_pings = self.pending_pings, {}
        for pong, _ in pings.values():
            if not pong.done():
                pong.set_exception(ConnectionResetError("the connection closed"))
                pong.exception()  # nobody may wait for it
