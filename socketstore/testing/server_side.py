"""A server's side of one connection, without I/O: what fakes and scripted servers speak with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from socketstore.decoding.decoder import encode_default
from socketstore.errors import NotOpen, UsageError
from socketstore.sockets.options import check_closing_words
from socketstore.sockets.wire_log import wire_logger

Message = str | bytes


def check_status(status: int) -> None:
    """Return if a handshake can be refused with this.

    Raises:
        UsageError: it cannot.
    """
    if status not in HTTPStatus.__members__.values() or status == HTTPStatus.SWITCHING_PROTOCOLS:
        message = f"got status={status!r}; expected an HTTP status other than 101, such as 401, 429 or 503"
        raise UsageError(message)


_CONTROL = (Opcode.PING, Opcode.PONG, Opcode.CLOSE)


class Bell:
    """Rings when something has changed that somebody may wait for."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Have all who wait look again."""
        self._rung.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds. Safe to cancel."""
        while not condition():
            self._rung.clear()
            await self._rung.wait()


class ServerSide:
    """Bytes in, messages out, and the reverse. Pings are answered, and so is a close frame.

    Compression is never agreed on, so that what is sent can be read off the line.

    Args:
        bell: rung when something has come from the client.

    Attributes:
        request: the opening handshake, once it has come.
        messages: what the client has sent.
        pongs: what the client's pongs held.
        farewell: the code and the reason of the client's close frame; the code is 1005 where it held none.
        over: nothing more will come from the client.
    """

    def __init__(self, bell: Bell) -> None:
        self.request: Request | None = None
        self.messages: list[Message] = []
        self.pongs: list[bytes] = []
        self.farewell: tuple[int, str] | None = None
        self.over = False
        self._taken = 0
        self._bell = bell
        self._fragments: list[Frame] = []
        self._protocol = ServerProtocol(max_size=None, logger=wire_logger)

    # From the client.

    def feed(self, data: bytes) -> None:
        """Take what came from the client."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self.request = event
            elif isinstance(event, Frame):
                self._take(event)
        self._bell.ring()

    def feed_eof(self) -> None:
        """Take the end of the line."""
        self.over = True
        self._protocol.receive_eof()
        self._bell.ring()

    def next_message(self) -> Message | None:
        """Return the next message that nobody has taken yet, if there is one."""
        if self._taken == len(self.messages):
            return None
        self._taken += 1
        return self.messages[self._taken - 1]

    @property
    def has_more(self) -> bool:
        """Whether there is a message that nobody has taken yet."""
        return self._taken < len(self.messages)

    @property
    def leaving(self) -> bool:
        """Whether the client will send no other message."""
        return self.over or self.farewell is not None

    @property
    def is_open(self) -> bool:
        """Whether both sides may send: neither has closed, nor has the line ended."""
        return self._protocol.state is State.OPEN

    # To the client.

    def accept(self, subprotocol: str | None, headers: Mapping[str, str] | None) -> None:
        """Answer the handshake with 101.

        Raises:
            NotOpen: there is no handshake to be answered.
            UsageError: the client has not offered the subprotocol.
        """
        request = self._unanswered()
        self._check_offered(request, subprotocol)
        self._protocol.available_subprotocols = None if subprotocol is None else [Subprotocol(subprotocol)]
        response = self._protocol.accept(request)
        response.headers.update(headers or {})
        self._protocol.send_response(response)

    def refuse(self, status: int, retry_after: float | None, headers: Mapping[str, str] | None, body: str) -> None:
        """Answer the handshake with another HTTP status, and hang up.

        Raises:
            NotOpen: there is no handshake to be answered.
        """
        self._unanswered()
        response = self._protocol.reject(status, body)
        if retry_after is not None:
            response.headers["Retry-After"] = f"{retry_after:.3f}".rstrip("0").rstrip(".")
        response.headers.update(headers or {})
        self._protocol.send_response(response)

    def send(self, messages: Iterable[Any]) -> None:
        """Send messages: text and bytes as they are, anything else as JSON.

        Raises:
            NotOpen: the connection is not open.
            EncodeError: a message has no JSON form.
        """
        for message in messages:
            encoded = encode_default(message)
            self._check_open()
            if isinstance(encoded, str):
                self._protocol.send_text(encoded.encode())
            else:
                self._protocol.send_binary(encoded)

    def send_fragments(self, parts: Iterable[Message]) -> None:
        """Send one message in a frame for each part, all of text or all of bytes.

        Raises:
            NotOpen: the connection is not open.
        """
        parts = list(parts)
        self._check_open()
        opcode = Opcode.TEXT if parts and isinstance(parts[0], str) else Opcode.BINARY
        for place, part in enumerate(parts):
            data = part.encode() if isinstance(part, str) else bytes(part)
            frame = Frame(opcode if place == 0 else Opcode.CONT, data, place == len(parts) - 1)
            self.send_raw(frame.serialize(mask=False))

    def send_raw(self, data: bytes) -> None:
        """Send any bytes, in the order in which everything is sent."""
        self._protocol.writes.append(data)

    def ping(self, data: bytes) -> None:
        """Send a ping.

        Raises:
            NotOpen: the connection is not open.
        """
        self._check_open()
        self._protocol.send_ping(data)

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake.

        Raises:
            NotOpen: the connection is not open.
            UsageError: the code or the reason may not be sent; with bytes of your own `send_raw` sends anything.
        """
        check_closing_words(code, reason)
        self._check_open()
        self._protocol.send_close(code, reason)

    def take(self) -> list[bytes]:
        """Return what is to be sent, in one piece; behind it empty bytes where the line is to be ended."""
        pieces = self._protocol.data_to_send()
        data = b"".join(pieces)
        return [*([data] if data else []), *([b""] if b"" in pieces else [])]

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self.pongs.append(bytes(frame.data))
        elif frame.opcode is Opcode.CLOSE:
            close = Close.parse(frame.data)
            self.farewell = int(close.code), close.reason
        elif frame.opcode not in _CONTROL:
            self._assemble(frame)

    def _assemble(self, frame: Frame) -> None:
        self._fragments.append(frame)
        if frame.fin:
            data = b"".join(part.data for part in self._fragments)
            is_text = self._fragments[0].opcode is Opcode.TEXT
            self._fragments.clear()
            self.messages.append(data.decode(errors="replace") if is_text else data)

    def _check_offered(self, request: Request, subprotocol: str | None) -> None:
        offered = ", ".join(request.headers.get_all("Sec-WebSocket-Protocol"))
        if subprotocol is not None and subprotocol not in offered.replace(" ", "").split(","):
            message = (
                f"got subprotocol={subprotocol!r}; expected one that the client offers, which is {offered or 'none'}"
            )
            raise UsageError(message)

    def _unanswered(self) -> Request:
        if self.request is None or self._protocol.state is not State.CONNECTING:
            message = "there is no handshake to be answered; expected one answer to each handshake"
            raise NotOpen(message)
        return self.request

    def _check_open(self) -> None:
        state = self._protocol.state
        if state is not State.OPEN:
            message = (
                f"this side is {state.name}; expected an open connection: accept() first, while the client is there"
            )
            raise NotOpen(message)
