"""Where in a stream of bytes the frames and messages of RFC 6455 begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FIN = 0x80
MASKED = 0x80
CONTROL = 0x08
CONTINUATION = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of one frame.

    Attributes:
        data: the bytes.
        control: it is of a control frame, which may stand between the frames of a message.
        begins: a message begins with it.
        ends: a message ends with it.
    """

    data: bytes
    control: bool = False
    begins: bool = False
    ends: bool = False


class Splitter:
    """Splits a stream as it comes at the ends of its frames. Keeps nothing back but a header that is not complete."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._left = 0
        self._control = self._fin = False

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take some bytes, and return what can be told of them."""
        rest = memoryview(data)
        while rest:
            piece, rest = self._within(rest) if self._left else self._header_of(rest)
            if piece is not None:
                yield piece

    def unfinished(self) -> bytes:
        """Return what was kept back, at the end."""
        return bytes(self._header)

    def _within(self, rest: memoryview) -> tuple[Piece, memoryview]:
        part, rest = rest[: self._left], rest[self._left :]
        self._left -= len(part)
        return Piece(bytes(part), self._control, ends=self._ends()), rest

    def _header_of(self, rest: memoryview) -> tuple[Piece | None, memoryview]:
        missing = header_size(self._header) - len(self._header)
        self._header += rest[:missing]
        rest = rest[missing:]
        if len(self._header) < header_size(self._header):
            return None, rest
        header = bytes(self._header)
        self._header.clear()
        return self._begun(header), rest

    def _begun(self, header: bytes) -> Piece:
        opcode = header[0] & 0x0F
        self._control, self._fin = bool(opcode & CONTROL), bool(header[0] & FIN)
        self._left = payload_size(header)
        begins = not self._control and opcode != CONTINUATION
        return Piece(header, self._control, begins=begins, ends=self._ends())

    def _ends(self) -> bool:
        return self._left == 0 and self._fin and not self._control


def header_size(start: bytes | bytearray) -> int:
    """Return the bytes of a header, as far as its start tells; at least 2."""
    if len(start) < 2:
        return 2
    length = start[1] & 0x7F
    return 2 + {126: 2, 127: 8}.get(length, 0) + (4 if start[1] & MASKED else 0)


def payload_size(header: bytes) -> int:
    """Return how many bytes follow a complete header."""
    length = header[1] & 0x7F
    extended = {126: 2, 127: 8}.get(length, 0)
    return int.from_bytes(header[2 : 2 + extended], "big") if extended else length
