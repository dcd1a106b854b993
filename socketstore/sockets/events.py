"""What listeners are called with: one frozen class for each event, as in the browser's `WebSocket`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from websockets.datastructures import Headers
    from websockets.http11 import Request

    from socketstore.sockets.websocket import WebSocket

SocketEventName = Literal["open", "message", "error", "close", "ping", "pong"]
ServerEventName = Literal["listening", "headers", "connection", "error", "close"]


class ReadyState(IntEnum):
    """The phases of a socket, numbered as in the browser."""

    CONNECTING = 0
    OPEN = 1
    CLOSING = 2
    CLOSED = 3


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """The handshake is done; secrets in `url` and `subprotocol` are masked."""

    url: str
    subprotocol: str | None = None


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """A complete message: `str` for a text message, `bytes` for a binary one."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """Something went wrong; on a socket a `CloseEvent` follows."""

    error: Exception


@dataclass(frozen=True, slots=True)
class CloseEvent:
    """The socket is closed, once and for all.

    Attributes:
        code: the code in the peer's close frame (RFC 6455, section 7.4); 1005 if it held none. Without such a frame,
            the code with which this side failed the connection (1002, 1007, 1009, 1011), else 1006.
        reason: the text beside the code.
        clean: both sides have sent a close frame.
    """

    code: int
    reason: str = ""
    clean: bool = False


@dataclass(frozen=True, slots=True)
class PingEvent:
    """A ping came; it has been answered."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PongEvent:
    """A pong came, asked for or not.

    Attributes:
        data: what the ping held.
        round_trip: seconds since that ping was sent, if it was sent here; not compared.
    """

    data: bytes
    round_trip: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ListeningEvent:
    """The server accepts connections at `url`."""

    url: str


@dataclass(frozen=True, slots=True)
class HeadersEvent:
    """A server is about to answer a handshake; what a listener puts into `headers` is sent with the answer."""

    request: Request = field(repr=False)  # it may hold credentials
    headers: Headers = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConnectionEvent:
    """A client has connected. What listeners add to `socket` now hears every message, the first included."""

    socket: WebSocket
    request: Request = field(repr=False)


SocketEvent = OpenEvent | MessageEvent | ErrorEvent | CloseEvent | PingEvent | PongEvent
ServerEvent = ListeningEvent | HeadersEvent | ConnectionEvent | ErrorEvent | CloseEvent
