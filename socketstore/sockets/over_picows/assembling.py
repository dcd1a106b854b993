"""From frames to messages: what picows leaves to its caller (RFC 6455, sections 5.4 and 8.1)."""

from __future__ import annotations

from picows import WSFrame, WSMsgType
from websockets.exceptions import ProtocolError

from socketstore.sockets import frames

TEXT = WSMsgType.TEXT
BINARY = WSMsgType.BINARY
CONTINUATION = WSMsgType.CONTINUATION


class MessageTooBig(ValueError):
    """A message is longer than it may be, or has more frames."""


class Assembler:
    """Puts fragments together.

    Args:
        limit: bytes that a message may hold; ``None``: any number.

    Attributes:
        idle: whether the next frame of data begins a message.
    """

    def __init__(self, limit: int | None) -> None:
        self.idle = True
        self._limit = limit
        self._kind = BINARY
        self._parts: list[bytes] = []
        self._size = 0

    def take(self, frame: WSFrame) -> str | bytes | None:
        """Take a frame of data, and return the message that is complete with it, if one is.

        Raises:
            ProtocolError: it may not stand here.
            MessageTooBig: the message is too long, or has too many frames.
            UnicodeDecodeError: it is no text.
        """
        check_reserved(frame)
        if (frame.msg_type is CONTINUATION) is self.idle:
            message = "unexpected continuation frame" if self.idle else "expected a continuation frame"
            raise ProtocolError(message)
        if self.idle:
            self._kind, self.idle = frame.msg_type, False
        self._add(frame.get_payload_as_bytes())
        return self._message() if frame.fin else None

    def _add(self, payload: bytes) -> None:
        self._parts.append(payload)
        self._size += len(payload)
        if self._limit is not None and self._size > self._limit:
            message = f"a message of {self._size} bytes or more exceeds limit of {self._limit} bytes"
            raise MessageTooBig(message)
        if len(self._parts) > frames.MAX_FRAGMENTS:
            message = f"a message of more than {frames.MAX_FRAGMENTS} frames"
            raise MessageTooBig(message)

    def _message(self) -> str | bytes:
        parts, self._parts, self._size, self.idle = self._parts, [], 0, True
        data = b"".join(parts)
        return data.decode() if self._kind is TEXT else data


def check_reserved(frame: WSFrame) -> None:
    """Return if no bit is set that only an extension gives a meaning (RFC 6455, section 5.2).

    Raises:
        ProtocolError: one is.
    """
    if frame.rsv1 or frame.rsv2 or frame.rsv3:
        message = "reserved bits must be 0"
        raise ProtocolError(message)
