"""The opening handshake on its way through a proxy."""

from __future__ import annotations

from socketstore.testing.proxy.faults import Direction

END = b"\r\n\r\n"
LONGEST = 65_536
"""Bytes that the head of a handshake may have; what is longer passes as it is."""


class Head:
    """Holds the head of a request or an answer back until it is complete.

    Compression is kept from being agreed on: it ties each message to those before it, and none could be dropped,
    repeated or reordered without making all that follow unreadable.
    """

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._data = b""
        self.is_complete = False
        self.upgrades = False

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes, and return what is to be passed on of the head, and what stands behind it."""
        self._data += data
        head, end, rest = self._data.partition(END)
        if not end and len(self._data) <= LONGEST:
            return b"", b""
        self.is_complete, self._data = True, b""
        lines = head.split(b"\r\n")
        self.upgrades = bool(end) and (self._direction == "to_server" or b" 101 " in lines[0])
        return b"\r\n".join(line for line in lines if _is_kept(line)) + end, rest

    def unfinished(self) -> bytes:
        """Return what was held back, at the end."""
        return self._data


def _is_kept(line: bytes) -> bool:
    return not line.lower().startswith(b"sec-websocket-extensions:")
