"""One message of the program, as the socket takes it."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Hashable

from socketstore.connection.session import Session
from socketstore.errors import NotOpen, SocketError, UsageError


class Message:
    """A message on its way out.

    Args:
        data: text or bytes.
        key: what it takes the place of: a message that waits under the same key.
        ttl: seconds that it may wait.

    Attributes:
        size: bytes.
        expires: when it is too old, in the time of the event loop, once it waits.
        patient: whether somebody awaits that there is room for it.
        error: why it was dropped, if it was.

    Raises:
        UsageError: it is no message.
    """

    def __init__(
        self, data: str | bytes | bytearray | memoryview, *, key: Hashable = None, ttl: float = math.inf
    ) -> None:
        self.data = data if isinstance(data, str) else _as_bytes(data)  # a copy: it may be changed while it waits
        self.size = _size(self.data)
        self.key = key
        self.ttl = ttl
        self.expires = math.inf
        self.patient = False
        self.error: SocketError | None = None

    def sent(self, session: Session) -> None:
        """It is handed to this socket."""

    def unsent(self) -> None:
        """It was not, after all."""

    def dropped(self, error: SocketError) -> None:
        """It will not be sent."""
        self.error = error


def write(session: Session, message: Message) -> Awaitable[None] | None:
    """Hand a message to a socket; ``None`` if that takes no more, because it is closing."""
    message.sent(session)  # first: the answer may be there when the socket returns
    try:
        return session.transmit(message.data)
    except NotOpen:
        message.unsent()
        return None


def _as_bytes(data: object) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    complaint = f"encode= returned {data!r:.200}; expected text or bytes"
    raise UsageError(complaint)


def _size(data: str | bytes) -> int:
    try:
        return len(data) if isinstance(data, bytes) or data.isascii() else len(data.encode())
    except UnicodeEncodeError as error:
        complaint = f"got {data!r:.200}; expected a str of valid Unicode: {error}"
        raise UsageError(complaint) from error
