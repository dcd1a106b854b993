"""Most frames are one whole message, and a short one: those are read here, straight from the bytes.

The parser of `websockets` can do everything, in generators that are entered for each part of a frame, and takes about
2 µs for a short message. What is read here takes 0.2 µs. Everything else (control frames, fragments, long messages, and
whatever is wrong) is left to it.

RFC 6455, section 5.2, says what a frame looks like, RFC 7692, section 6, what a packed one does.
"""

from __future__ import annotations

from collections.abc import Callable

from websockets.frames import Opcode
from websockets.utils import apply_mask

TEXT = 0x80 | Opcode.TEXT
BINARY = 0x80 | Opcode.BINARY
PACKED = 0x40
"""Set in the first byte of a message that permessage-deflate has made smaller."""
MASKED = 0x80
"""Set in the second byte of a frame that a client sends."""

KINDS = frozenset((TEXT, BINARY, TEXT | PACKED, BINARY | PACKED))
OPCODES = frozenset(Opcode)

UNKNOWN = 0
"""Where a frame ends that does not tell yet."""

Unpack = Callable[[int, bytes], bytes]
"""Unpacks the payload of a frame that begins with this byte."""


def read_messages(  # noqa: C901 - the innermost loop: with one call in it, it takes a fifth longer
    data: bytes, at: int, mask: int, limit: float, into: list[str | bytes], unpack: Unpack | None
) -> int:
    """Read messages until there is something else, and return where that is.

    That may be the end, a frame that has not come as a whole, one that is none of these, or one that is wrong.

    Args:
        data: what has come; it goes on at the beginning of a frame.
        at: where to begin.
        mask: `MASKED` if frames have to be masked, as those of a client are; else 0.
        limit: bytes that a frame may hold.
        into: where messages are put.
        unpack: for packed messages, if there may be any.

    Raises:
        UnicodeDecodeError: in a packed message. What came before it is in `into`.
        Exception: what `unpack` raises; likewise.
    """
    end = len(data)
    while at + 2 <= end:
        length = data[at + 1] - mask
        start = at + 2
        if length == 126 and at + 4 <= end:
            length = data[start] << 8 | data[start + 1]
            start += 2
        elif not 0 <= length < 126:
            break
        if mask:
            start += 4
        stop = start + length
        if stop > end or length > limit:
            break
        payload = data[start:stop]
        if mask:
            payload = apply_mask(payload, data[start - 4 : start])
        kind = data[at]
        if kind == TEXT:
            try:
                into.append(payload.decode())
            except UnicodeDecodeError:
                break
        elif kind == BINARY:
            into.append(payload)
        elif unpack is not None and kind in KINDS:
            payload = unpack(kind, payload)
            into.append(payload.decode() if kind == TEXT | PACKED else payload)
        else:
            break
        at = stop
    return at


def frame_end(data: bytes, at: int, mask: int) -> int | None:
    """Return where the frame that begins at a place ends, or will end.

    Returns:
        `UNKNOWN` if too little is there to tell; ``None`` if it is no frame.
    """
    have = len(data) - at
    if have < 2:
        return UNKNOWN
    length = data[at + 1] - mask
    if not 0 <= length < 128 or data[at] & 0x0F not in OPCODES:
        return None
    size = 0 if length < 126 else 2 if length == 126 else 8
    if have < 2 + size:
        return UNKNOWN
    start = at + 2 + size
    if size:
        length = int.from_bytes(data[at + 2 : start], "big")
    return start + (4 if mask else 0) + length
